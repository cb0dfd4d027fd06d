import '../helpers/bare.js';
import { hostsFaults } from '../../torture/proofs/hosts-faults.js';
import { shortForm } from '../helpers/proof.js';

shortForm(hostsFaults);

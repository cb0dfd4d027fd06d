import '../helpers/bare.js';
import { kill } from '../../torture/proofs/kill.js';
import { shortForm } from '../helpers/proof.js';

shortForm(kill);

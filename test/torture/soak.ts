import '../helpers/bare.js';
import { soak } from '../../torture/proofs/soak.js';
import { shortForm } from '../helpers/proof.js';

shortForm(soak);

import '../helpers/bare.js';
import { sweeps } from '../../torture/proofs/sweeps.js';
import { shortForm } from '../helpers/proof.js';

shortForm(sweeps);

import '../helpers/bare.js';
import { workers } from '../../torture/proofs/workers.js';
import { shortForm } from '../helpers/proof.js';

shortForm(workers);

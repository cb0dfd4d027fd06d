import '../helpers/bare.js';
import { configurations } from '../../torture/proofs/configurations.js';
import { shortForm } from '../helpers/proof.js';

shortForm(configurations, ['gradients', 'threads']);

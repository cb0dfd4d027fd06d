import '../helpers/bare.js';
import { powerLoss } from '../../torture/proofs/power-loss.js';
import { shortForm } from '../helpers/proof.js';

shortForm(powerLoss, ['the rename', 'the fsync of the file', 'the fsync of the folder']);

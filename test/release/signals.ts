import '../helpers/bare.js';
import { signals } from '../../torture/proofs/signals.js';
import { shortForm } from '../helpers/proof.js';

shortForm(signals);

import '../helpers/bare.js';
import { ioErrors } from '../../torture/proofs/io-errors.js';
import { shortForm } from '../helpers/proof.js';

shortForm(ioErrors);

import '../helpers/bare.js';
import { native } from '../../torture/proofs/native.js';
import { shortForm } from '../helpers/proof.js';

shortForm(native, ['the last bit of a sum', 'the end of what a list writes']);

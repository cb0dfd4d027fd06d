import '../helpers/bare.js';
import { loading } from '../../torture/proofs/loading.js';
import { shortForm } from '../helpers/proof.js';

shortForm(loading);

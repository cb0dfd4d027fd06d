import '../helpers/bare.js';
import { damage } from '../../torture/proofs/damage.js';
import { shortForm } from '../helpers/proof.js';

shortForm(damage, ['the checksum']);

import '../helpers/bare.js';
import { hosts } from '../../torture/proofs/hosts.js';
import { shortForm } from '../helpers/proof.js';

shortForm(hosts);

import '../helpers/bare.js';
import { resume } from '../../torture/proofs/resume.js';
import { shortForm } from '../helpers/proof.js';

shortForm(resume);

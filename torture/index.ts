/** The proofs in the order of docs/reliability.md. A proof's name is its file's name. */
import type { Proof } from './proof.js';
import { proof as schedule } from './proofs/schedule.js';

export const proofs: readonly Proof[] = [schedule];

/** The losses by the names they have in a configuration: a name is its file's name. */
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { binaryFocal } from './binary-focal.js';
import { categoricalHinge } from './categorical-hinge.js';
import { crossEntropy } from './cross-entropy.js';
import { focal } from './focal.js';
import { hinge } from './hinge.js';
import { huber } from './huber.js';
import { klDivergence } from './kl-divergence.js';
import { logCosh } from './log-cosh.js';
import type { Loss } from './loss.js';
import { meanAbsoluteError } from './mean-absolute-error.js';
import { meanSquaredError } from './mean-squared-error.js';
import { poisson } from './poisson.js';
import { quantile } from './quantile.js';

/** With the types of their options. */
export const lossMembers = {
  'binary-cross-entropy': binaryCrossEntropy,
  'binary-focal': binaryFocal,
  'categorical-hinge': categoricalHinge,
  'cross-entropy': crossEntropy,
  focal,
  hinge,
  huber,
  'kl-divergence': klDivergence,
  'log-cosh': logCosh,
  'mean-absolute-error': meanAbsoluteError,
  'mean-squared-error': meanSquaredError,
  poisson,
  quantile,
};

export type LossName = keyof typeof lossMembers;
export const losses: Readonly<Record<LossName, Loss>> = lossMembers;
export const lossNames = Object.keys(losses) as LossName[];

/** A loss as a run is set up with it: its name and the values of its options. */
export interface LossSpec {
  readonly name: LossName;
  readonly [option: string]: unknown;
}

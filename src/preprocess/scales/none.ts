/** Leaves values as they are. */
import { unscaled } from '../fitted.js';
import type { Scale } from './scale.js';

export const none: Scale = {
  description: 'Values as they are.',
  fit: () => unscaled,
};

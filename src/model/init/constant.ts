/** The same for all weights. The units of a layer then begin alike, and remain so: for a layer of one unit, or for trials. */
import type { Options } from '../../options.js';
import { filledWith, type Initializer } from './init.js';

const options = {
  value: { type: 'number', min: -1e6, max: 1e6, description: 'What each weight begins with.' },
} as const satisfies Options;

export const constant: Initializer<typeof options> = {
  description: 'One value for all weights: units of a layer remain alike.',
  options,
  fills: (_inputs, _units, { value }) => filledWith(value),
};

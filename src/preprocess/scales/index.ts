/** The scales by the names they have in a configuration: a name is its file's name. */
import type { Spec } from '../../options.js';
import type { FittedScale } from '../fitted.js';
import { logStandard } from './log-standard.js';
import { minMax } from './min-max.js';
import { none } from './none.js';
import { robust } from './robust.js';
import type { Scale } from './scale.js';
import { standard } from './standard.js';

export const scales = { none, standard, 'min-max': minMax, 'log-standard': logStandard, robust };
export type ScaleName = keyof typeof scales;

/** @param values as `Scale.fit` takes them; none at all leave numbers as they are */
export function fitScale(spec: Spec, values: Float64Array): FittedScale {
  const member: Scale = values.length === 0 ? none : scales[spec.name as ScaleName];
  return member.fit(values, spec as never);
}

/** The samplings by the names they have in a configuration: a name is its file's name. */
import { defaultsOf, type Spec } from '../../options.js';
import { balanced } from './balanced.js';
import type { Draw, Drawn, Sampling } from './sampling.js';
import { shuffle } from './shuffle.js';
import { weighted } from './weighted.js';

export type { Draw, Sampling } from './sampling.js';

export const samplings = { shuffle, balanced, weighted };
export type SamplingName = keyof typeof samplings;

/** The one where none is named. */
export const defaultSampling = 'shuffle';

export const samplingOf = (name: string): Sampling => samplings[name as SamplingName];

/** What writes the rows of each epoch. */
export function drawOf(spec: Spec, from: Drawn): Draw {
  const member = samplingOf(spec.name);
  return member.draw(from, { ...defaultsOf(member.options), ...spec } as never);
}

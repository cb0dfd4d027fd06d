/** The encodings by the names they have in a configuration: a name is its file's name. */
import type { Spec } from '../../options.js';
import type { FittedEncoding } from '../fitted.js';
import { embed } from './embed.js';
import type { Encoding } from './encoding.js';
import { oneHot } from './one-hot.js';
import { ordinal } from './ordinal.js';

export const encodings = { 'one-hot': oneHot, ordinal, embed };
export type EncodingName = keyof typeof encodings;

const encoding = (spec: Spec): Encoding => encodings[spec.name as EncodingName] as Encoding;

export function fitEncoding(spec: Spec, codes: number, counts: Float64Array): FittedEncoding {
  return encoding(spec).fit(codes, counts, spec as never);
}

/** The order that a configuration gives categories; undefined: by code point. */
export function orderOf(spec: Spec): readonly string[] | undefined {
  return encoding(spec).order?.(spec as never);
}

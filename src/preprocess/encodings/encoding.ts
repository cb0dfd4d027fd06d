/** What an encoding is: how categories become a network's inputs. */
import type { Options, Values } from '../../options.js';
import type { FittedEncoding } from '../fitted.js';

export interface Encoding<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options?: O;
  /** Categories in an order of their own, in place of that by code point; those that are not in it are refused. */
  order?(options: Values<O>): readonly string[] | undefined;
  /** @param codes how many there are @param counts how many training rows have each code */
  fit(codes: number, counts: Float64Array, options: Values<O>): FittedEncoding;
}

/** What a rule for missing values is: without one, a missing value is an error. */
import type { Options, Values } from '../../options.js';
import type { FittedColumn } from '../fitted.js';

export interface MissingRule<O extends Options = Options> {
  /** One sentence. */
  readonly description: string;
  readonly options?: O;
  /** The types of column that it is for. */
  readonly types: readonly FittedColumn['type'][];
  /** Rows in which such a value is missing are left out, and counted. */
  readonly drops?: true;
  /** Missing values are told to the network by one more input. */
  readonly indicates?: true;
  /** Missing values are a category of their own. */
  readonly isCategory?: true;
  /** What stands for a missing number, or date in milliseconds. @param values of the training rows, at least one */
  number?(values: Float64Array, options: Values<O>): number;
  /** The category that stands for a missing one. @param counts how many training rows have each, at least one */
  category?(counts: ReadonlyMap<string, number>, options: Values<O>): string;
}

/** Which of a network's inputs are codes that numbers are learned for. */
import { type FittedColumn, inputsOf, slotsOf } from './fitted.js';

/** A column that is embedded: which input it is, how many codes it has, how many numbers each becomes. */
export interface Embedded {
  readonly at: number;
  readonly codes: number;
  readonly size: number;
}

/** The embedded columns by their names; undefined where there are none. */
export function embeddedOf(
  columns: readonly FittedColumn[] = [],
): Readonly<Record<string, Embedded>> | undefined {
  const found: [string, Embedded][] = [];
  let at = 0;
  for (const column of columns) {
    if (column.type === 'category' && column.encode.name === 'embed') {
      found.push([column.name, { at, codes: column.codes, size: column.encode.size }]);
    }
    at += inputsOf(slotsOf(column));
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Fuzzes the readers of tables: CSV, JSON Lines, Parquet. */
import { changedTable, oddTables } from '../corpus/tables.js';
import { fuzz } from '../fuzz.js';
import type { Proof } from '../proof.js';

export const fuzzTables: Proof = {
  name: 'fuzz-tables',
  what: 'any bytes as CSV, JSON Lines or Parquet are read as a table, or refused, in a second and in bounded memory',
  short: 250,
  long: 100_000,
  run: (given) =>
    fuzz(given, {
      proof: 'fuzz-tables',
      // A record of the most characters is held as a text, and while it grows as another.
      bound: 128 * 2 ** 20,
      input: (random, index) => oddTables[index] ?? changedTable(random),
    }),
};

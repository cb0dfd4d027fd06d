/** Rows in an order that a run's first epoch undoes. */
import { keyed, shuffle } from '../../src/random.js';

/** Training rows so arranged that the first epoch's shuffle brings them into the order 0, 1, 2, … */
export function unshuffled(rows: number, seed: number): Uint32Array {
  const places = shuffle(
    Uint32Array.from({ length: rows }, (_, row) => row),
    keyed(seed, 'shuffle', 0),
  );
  const train = new Uint32Array(rows);
  for (const [row, place] of places.entries()) train[place] = row;
  return train;
}

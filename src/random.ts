/**
 * Keyed randomness: every random thing is a function of the seed and of what it is for, never of the order in which
 * things happened.
 */
import seedrandom from 'seedrandom';

/** A generator of one stream of numbers. */
export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number;
  /** Uniform whole number in [0, n), n at most 2^32. */
  below(n: number): number;
  /** Normal with mean 0 and standard deviation 1 (Box and Muller 1958, one value a call). */
  normal(): number;
}

/** The stream for one key, e.g. `keyed(seed, 'shuffle', epoch)`: equal keys give equal streams. */
export function keyed(...key: readonly (string | number)[]): Random {
  const generator = seedrandom(key.join('/'));
  const uniform = (): number => generator.double();
  return {
    uniform,
    below: (n) => Math.floor(generator.quick() * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Shuffles `items` in place (Fisher and Yates 1938; Durstenfeld 1964). */
export function shuffle(items: Uint32Array, random: Random): Uint32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}

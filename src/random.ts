/**
 * Keyed randomness: every random thing is a function of the seed and of what it is for, never of the order in which
 * things happened.
 */

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
  const bytes = new Bytes(key.join('/'));
  const uniform = (): number => fraction(bytes);
  return {
    uniform,
    below: (n) => Math.floor((bytes.number(4) / 2 ** 32) * n),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/**
 * The bytes that the package seedrandom 3.0.5 (Bau) makes of a text, for which it takes twice as long, and a run wants some
 * each epoch: ARC4 whose first 256 bytes are dropped, its key the text's code units mixed into at most 256 bytes.
 */
class Bytes {
  readonly #s = new Uint8Array(256);
  #i = 0;
  #j = 0;

  constructor(text: string) {
    const key = new Uint8Array(Math.max(1, Math.min(256, text.length)));
    let smear = 0;
    for (let k = 0; k < text.length; k++) {
      smear ^= key[k & 255] * 19;
      key[k & 255] = smear + text.charCodeAt(k);
    }
    const s = this.#s;
    for (let i = 0; i < 256; i++) s[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      const kept = s[i];
      j = (j + key[i % key.length] + kept) & 255;
      s[i] = s[j];
      s[j] = kept;
    }
    this.number(256);
  }

  /** The next bytes as one number, the first of them the highest. */
  number(count: number): number {
    const s = this.#s;
    let i = this.#i;
    let j = this.#j;
    let number = 0;
    for (let k = 0; k < count; k++) {
      i = (i + 1) & 255;
      const kept = s[i];
      j = (j + kept) & 255;
      s[i] = s[j];
      s[j] = kept;
      number = number * 256 + s[(s[i] + kept) & 255];
    }
    this.#i = i;
    this.#j = j;
    return number;
  }
}

/** A number in [0, 1) of 53 bits, as many as it has after its first one: small ones are as fine as large ones. */
function fraction(bytes: Bytes): number {
  let above = bytes.number(6);
  let below = 2 ** 48;
  let more = 0;
  while (above < 2 ** 52) {
    above = (above + more) * 256;
    below *= 256;
    more = bytes.number(1);
  }
  while (above >= 2 ** 53) {
    above /= 2;
    below /= 2;
    more >>>= 1;
  }
  return (above + more) / below;
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

/** Products of hard numbers at awkward sizes, held to the last bit against chains of single fused multiply-adds. */
import type { Engine } from '../../src/engines/engine.js';
import type { Precision } from '../../src/model/precision.js';
import { keyed, type Random } from '../../src/random.js';
import { Board } from './board.js';
import { multiplyAdds, ordered } from './compare.js';
import { backwardOf, forwardOf, type Operation, rank1Of, weightsOf } from './operations.js';

/** Numbers of one kind, rounded to float32 unless they are to be small beyond it. */
type Draw = (random: Random) => number;

/** So small that products of two are denormal or 0, of either sign. */
const tiny: Record<Precision, number> = { float32: 2 ** -73, float64: 2 ** -537 };

/** Kinds of numbers: usual ones with some zeros, mostly zeros, denormal products, signed zeros, infinities and NaN. */
function kinds(precision: Precision): Record<string, { x: Draw; w: Draw; zeros: number }> {
  const round = precision === 'float32' ? Math.fround : (value: number) => value;
  const usual: Draw = (random) => round(random.normal());
  const small: Draw = (random) => round(random.normal() * tiny[precision]);
  const denormal: Draw = (random) =>
    round(random.normal() * (precision === 'float32' ? 2 ** -140 : 2 ** -1060));
  const signed: Draw = (random) => [0, -0, small(random), -1, 1][random.below(5)];
  const odd: Draw = (random) =>
    random.below(40) > 0 ? usual(random) : [Infinity, -Infinity, Number.NaN][random.below(3)];
  const large: Draw = (random) => round(random.normal() * (precision === 'float32' ? 2 ** 63.5 : 2 ** 511.5));
  return {
    usual: { x: usual, w: usual, zeros: 0 },
    'half zeros': { x: usual, w: usual, zeros: 0.5 },
    'mostly zeros': { x: usual, w: usual, zeros: 0.85 },
    'all zeros': { x: usual, w: usual, zeros: 1 },
    'products that underflow': { x: small, w: small, zeros: 0.3 },
    'denormal ones': { x: usual, w: denormal, zeros: 0.2 },
    'signed zeros': { x: signed, w: signed, zeros: 0 },
    // Where nothing is skipped: 0·∞ is NaN, and skipping has none.
    'NaN and infinities': { x: odd, w: odd, zeros: 0 },
    'sums that overflow': { x: large, w: large, zeros: 0 },
  };
}

/** Sizes that leave every kind of tail, cross blocks, and come in every shape. */
function drawnSize(random: Random, most: number): [rows: number, inputs: number, units: number] {
  const one = () => {
    const kind = random.below(6);
    if (kind === 0) return 1 + random.below(4);
    if (kind === 1) return [7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49][random.below(12)];
    if (kind === 2) return [63, 64, 65, 95, 97, 100, 127, 128, 130][random.below(9)];
    if (kind === 3) return [255, 257, 300, 511, 513, 1023, 1025, 1040][random.below(8)];
    return 1 + random.below(60);
  };
  for (;;) {
    const size = [one(), one(), one()] as const;
    if (size[0] * size[1] * size[2] <= most) return [...size];
  }
}

/** What the products of the last call came to: the next engine is held to the same, and chains take long. */
const none = { call: '', wanted: new Map<string, Record<string, Float64Array>>() };
const last = { float32: none, float64: none };

/**
 * `count` products of each kind, and one-row updates.
 * @param most multiplications of one product
 * @returns in words what differs in a bit, and where something was written that is no output
 */
export function wrongChains(
  engine: Engine,
  memory: { readonly buffer: ArrayBufferLike },
  seed: number,
  count: number,
  most: number,
): string[] {
  const { precision } = engine;
  const faults: string[] = [];
  const multiplyAdd = multiplyAdds.fused[precision];
  const call = [seed, count, most].join();
  if (last[precision].call !== call) last[precision] = { call, wanted: new Map() };
  const known = last[precision].wanted;
  const sums = (...given: Rest) => ordered(precision, multiplyAdd, ...given);

  const same = (title: string, operation: Operation, formula: () => Record<string, Float64Array>): void => {
    const wanted = known.get(title) ?? formula();
    known.set(title, wanted);
    const board = new Board(memory, precision);
    const got = operation(engine, board);
    if (!board.intact()) faults.push(`${title}: wrote outside its outputs`);
    for (const [name, want] of Object.entries(wanted)) {
      const at = want.findIndex((value, i) => !Object.is(value, got[name][i]));
      if (at >= 0)
        faults.push(`${title}: ${name}[${at}] is ${shown(got[name][at])}, expected ${shown(want[at])}`);
    }
  };

  for (const [kind, { x: drawX, w: drawW, zeros }] of Object.entries(kinds(precision))) {
    const random = keyed('chains', seed, kind, precision);
    const matrix = (n: number, draw: Draw, share = 0) =>
      Float64Array.from({ length: n }, () => (random.uniform() < share ? 0 : draw(random)));
    for (let k = 0; k < count; k++) {
      const [rows, inputs, units] = drawnSize(random, most);
      const title = `${kind} ${k}, ${rows}×${inputs}×${units}`;
      const x = matrix(rows * inputs, drawX, zeros);
      const w = matrix(inputs * units, drawW);
      const b = matrix(units, drawW);
      const delta = matrix(rows * units, drawX, zeros);
      const first = random.below(inputs);
      const part = 1 + random.below(inputs - first);
      const X = { at: x, row: inputs, step: 1 };
      const D = { at: delta, row: units, step: 1 };
      const columns = { at: x.subarray(first), row: 1, step: inputs };
      same(`forward, ${title}`, forwardOf(x, w, b, rows), () => ({
        U: sums(rows, units, inputs, X, { at: w, col: 1, step: units }, b),
      }));
      same(`backward, ${title}`, backwardOf(delta, w, rows), () => ({
        dX: sums(rows, inputs, units, D, { at: w, col: units, step: 1 }),
      }));
      same(
        `weights from ${first}, ${part} of them, ${title}`,
        weightsOf(x, delta, rows, first, part),
        () => ({
          dW: sums(part, units, rows, columns, { at: delta, col: 1, step: units }),
        }),
      );
      const rate = Math.fround(random.uniform());
      const row = x.subarray(0, inputs);
      same(`update, ${title}`, rank1Of('sgd', row, delta.subarray(0, units), w, b, rate), () => ({
        W: updated(precision, w, row, delta, rate),
        b: updated(precision, b, Float64Array.of(1), delta, rate),
      }));
    }
  }
  return faults;
}

const shown = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

/** What `ordered` is given beside its precision and its way to multiply and add. */
type Rest = Parameters<typeof ordered> extends [unknown, unknown, ...infer Given] ? Given : never;

/** w − rate·(x·δ + 0), of which each operation rounds; rows of x that are ±0 stay as they are. */
function updated(precision: Precision, w: Float64Array, x: Float64Array, delta: Float64Array, rate: number) {
  const round = precision === 'float32' ? Math.fround : (value: number) => value;
  const units = w.length / x.length;
  return w.map((value, i) => {
    const factor = x[Math.floor(i / units)];
    return factor === 0 ? value : round(value - round(rate * (round(factor * delta[i % units]) + 0)));
  });
}

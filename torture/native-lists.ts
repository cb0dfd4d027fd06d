/**
 * Random lists of the addon's operations, some with a number that is wrong: each does what its operations do one by one,
 * writes nothing but their results, or is refused before anything is done. Some matrices end where the memory does, so that
 * reading a value more ends the process.
 */
import type { Native } from '../src/engines/native-library.js';
import { MOST_OPERATIONS, NUMBERS, Operation } from '../src/engines/native-operations.js';
import { keyed, type Random } from '../src/random.js';

/** An operation's numbers: itself, offsets, sizes, scratch or factors. */
interface Form {
  sizes(random: Random): number[];
  /** Values of each matrix, in the order of the offsets, by the sizes. */
  lengths(...sizes: number[]): readonly number[];
  /** Which of the matrices it writes. */
  readonly written: readonly number[];
  readonly scratch?: true;
  /** Offsets that are given, of the first matrices. */
  readonly at?: readonly number[];
  readonly factors?: readonly number[];
}

const PAGES = 48;
const ROWS = 'numbers of rows that are inside the memory';
/** Bytes to gather, and numbers of rows, which no operation is to write. */
const FEATURES = 0;
const ORDER = 2 ** 16;
const VALUES = 2 ** 17;

const size = (random: Random): number => {
  const kind = random.below(8);
  if (kind < 2) return 1 + random.below(3);
  return kind === 2 ? 90 + random.below(170) : 1 + random.below(60);
};
const one = (random: Random) => [size(random) * size(random)];
const two = (random: Random) => [size(random), size(random)];
const three = (random: Random) => [size(random), size(random), size(random)];

/** All of them: a new one that is missing here does not compile. */
const forms: Readonly<Record<Exclude<keyof typeof Operation, 'list'>, Form>> = {
  denseForward: {
    sizes: three,
    lengths: (rows, inputs, units) => [rows * inputs, inputs * units, units, rows * units],
    written: [3],
    scratch: true,
  },
  denseBackwardInput: {
    sizes: three,
    lengths: (rows, inputs, units) => [rows * units, inputs * units, rows * inputs],
    written: [2],
    scratch: true,
  },
  denseBackwardWeights: {
    sizes(random) {
      const [rows, inputs, units] = three(random);
      const first = random.below(inputs);
      return [rows, inputs, units, first, random.below(inputs - first + 1)];
    },
    lengths: (rows, inputs, units, _, count) => [rows * inputs, rows * units, count * units],
    written: [2],
    scratch: true,
  },
  rank1: {
    sizes: two,
    lengths: (inputs, units) => [inputs, units, inputs * units, units],
    written: [2, 3],
  },
  reluForward: { sizes: two, lengths: (rows, cols) => [rows * cols, rows * cols], written: [1] },
  reluBackward: { sizes: two, lengths: (rows, cols) => [rows * cols, rows * cols], written: [1] },
  gatherBytes: {
    sizes: two,
    lengths: (rows, cols) => [0, 0, rows * cols],
    written: [2],
    at: [FEATURES, ORDER],
    factors: [2 ** -8, 2 ** -20, -0.5],
  },
  sgd: {
    sizes: one,
    lengths: (n) => [n, n, n, n],
    written: [0, 2],
    factors: [0.125, 0.1, 0.9, 1, 0.01, 0.02],
  },
  adam: {
    sizes: one,
    lengths: (n) => [n, n, n, n],
    written: [0, 2, 3],
    factors: [0.125, 0.1, 0.9, 0.1, 0.999, 0.001, 5, 22, 1e-8, 0.01, 0.02],
  },
  crossEntropyForward: { sizes: two, lengths: (rows, cols) => [rows * cols, rows * cols], written: [0] },
  crossEntropyBackward: {
    sizes: two,
    lengths: (rows, cols) => [rows * cols, rows * cols, rows * cols],
    written: [2],
  },
};
const numbered = new Map<number, Form>(
  Object.entries(forms).map(([name, form]) => [Operation[name as keyof typeof forms], form] as const),
);

/**
 * @param sabotage whether a byte behind a result is changed, for the proof to show that it notices
 * @returns in words what is wrong, and how many of the lists were refused
 */
export function wrongLists(
  { bind, scratchBytes }: Native,
  bytes: 4 | 8,
  seed: number,
  count: number,
  sabotage = false,
): { faults: string[]; refused: number } {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  const state = Buffer.from(memory.buffer);
  const numbers = new Float64Array(new ArrayBuffer((1 + MOST_OPERATIONS) * NUMBERS * 8));
  const run = bind(memory, numbers, bytes);
  const random = keyed('lists', seed, bytes);
  const faults: string[] = [];
  let refused = 0;

  for (let k = 0; k < count; k++) {
    fill(memory, random, bytes);
    const before = Buffer.from(state);
    const rate = random.uniform();
    const list = drawn(random, bytes, state.length, scratchBytes);
    const changed = random.below(2) === 0 && change(list, random, bytes, state.length);

    /** All that comes before the first that is refused, one by one. */
    let finite = true;
    const single = attempt(() => {
      for (const operation of list) {
        numbers.set(operation);
        if (operation[0] === Operation.rank1) numbers[7] = rate;
        run();
        finite = numbers[0] !== 0 && finite;
      }
    });
    const expected = Buffer.from(state);
    state.set(before);

    numbers[0] = Operation.list;
    numbers[1] = list.length;
    for (const [at, operation] of list.entries()) numbers.set(operation, (at + 1) * NUMBERS);
    let replay: (() => void) | undefined;
    const kept = attempt(() => {
      replay = run() as () => void;
    });
    if (Buffer.compare(state, before) !== 0)
      faults.push(`list ${k}: was done, or written to, as it was read`);
    if (replay === undefined) refused++;
    numbers[1] = rate;
    const done = replay === undefined ? kept : attempt(replay);
    // The numbers of rows are looked at when they are read, all others before that.
    const later = replay === undefined && done !== '' && single.endsWith(ROWS);
    if (done !== single && !later)
      faults.push(`list ${k}: ${done || 'no error'}, one by one ${single || 'no error'}`);
    if (replay === undefined) continue;
    if (single === '' && (numbers[0] !== 0) !== finite) faults.push(`list ${k}: finite is ${numbers[0]}`);

    const results = regions(list, bytes);
    const free = between([...results, ...scratches(list, scratchBytes)], state.length);
    if (sabotage && free.length > 0) state[free[0][0]] ^= 1;
    for (const [from, to] of free) {
      if (!state.subarray(from, to).equals(before.subarray(from, to)))
        faults.push(`list ${k}: wrote outside its results, between ${from} and ${to}`);
    }
    // A number that was changed may have laid a result over what an operation reads.
    if (changed) continue;
    for (const region of results) {
      const at = differing(expected, state, bytes, region);
      if (at >= 0) faults.push(`list ${k}: the value at ${at} is not what it is one by one`);
    }
  }
  return { faults, refused };
}

/** What it threw: nothing, or a refusal in its own words. */
function attempt(body: () => void): string {
  try {
    body();
    return '';
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'RangeError' && /^native: \S+: expected /.test(message)
      ? message
      : `not as it should be: ${error}`;
  }
}

/** Bytes, rows of which one may not be there, and numbers of a size at which sums come to more or less than ½. */
function fill({ buffer }: WebAssembly.Memory, random: Random, bytes: 4 | 8): void {
  const features = new Uint8Array(buffer, FEATURES, ORDER - FEATURES);
  for (let i = 0; i < features.length; i += 7) features[i] = random.below(256);
  const order = new Uint32Array(buffer, ORDER, (VALUES - ORDER) / 4);
  const wrong = random.below(4) === 0 ? random.below(100) : -1;
  for (let i = 0; i < 300; i++) order[i] = i === wrong ? 2 ** 32 - 1 : random.below(200);
  const values = bytes === 4 ? new Float32Array(buffer, VALUES) : new Float64Array(buffer, VALUES);
  const scale = 2 ** -random.below(8);
  const some = Array.from({ length: 997 }, () => (random.below(3) === 0 ? 0 : scale * random.normal()));
  for (let i = 0; i < values.length; i++) values[i] = some[i % 997];
}

/** A list of right operations. Matrices of one do not overlap, and none the scratch. */
function drawn(random: Random, bytes: 4 | 8, end: number, scratchBytes: number): number[][] {
  const last = random.below(2) === 0;
  const scratch = last ? end - scratchBytes : VALUES + bytes * random.below(1000);
  const [from, to] = last ? [VALUES, scratch] : [scratch + scratchBytes, end];
  const list: number[][] = [];
  const wanted = random.below(12) === 0 ? MOST_OPERATIONS : 1 + random.below(8);
  while (list.length < wanted) {
    const [what, form] = [...numbered][random.below(numbered.size)];
    const sizes = form.sizes(random);
    const at = form.at ?? [];
    // dX goes through ReLU as a rule, which lets some of it be left out; h comes with it.
    const relu = what === Operation.denseBackwardInput && list.length + 1 < wanted && random.below(2) === 0;
    const lengths = form.lengths(...sizes).slice(at.length);
    const offsets = placed(random, relu ? [...lengths, lengths[2]] : lengths, bytes, from, to);
    if (offsets === undefined) continue;
    const own = offsets.slice(0, lengths.length);
    list.push([what, ...at, ...own, ...sizes, ...(form.scratch ? [scratch] : []), ...(form.factors ?? [])]);
    if (relu) list.push([Operation.reluBackward, offsets[3], offsets[2], sizes[0], sizes[1]]);
  }
  return list;
}

/** Offsets for matrices side by side in a random order, at times up to the end; none where there is no room. */
function placed(random: Random, lengths: readonly number[], bytes: number, from: number, to: number) {
  const spare = (to - from) / bytes - lengths.reduce((sum, n) => sum + n, 0);
  if (spare < 0) return undefined;
  let next = from + bytes * (random.below(3) === 0 ? spare : random.below(spare + 1));
  const offsets = new Array<number>(lengths.length);
  const turn = random.below(lengths.length);
  for (let k = 0; k < lengths.length; k++) {
    const matrix = (k + turn) % lengths.length;
    offsets[matrix] = next;
    next += lengths[matrix] * bytes;
  }
  return offsets;
}

/** Makes one offset or size strange. */
function change(list: number[][], random: Random, bytes: 4 | 8, end: number): true {
  const operation = list[random.below(list.length)];
  const form = numbered.get(operation[0]);
  const numbers = operation.length - (form?.factors?.length ?? 0);
  const strange = [
    ...[-1, -bytes, end, end - bytes, end + bytes, 2 ** 32, 2 ** 53, 2 ** 64, 1e300, 0.5, 1, bytes / 2],
    ...[
      Number.NaN,
      Infinity,
      -Infinity,
      -0,
      2 ** 31,
      2 ** 28,
      2 ** 28 + 1,
      VALUES + bytes * 77,
      end * random.uniform(),
    ],
  ];
  operation[1 + random.below(numbers - 1)] = strange[random.below(strange.length)];
  return true;
}

type Region = readonly [from: number, to: number];

/** What a list's operations write, scratch aside. */
function regions(list: readonly number[][], bytes: number): Region[] {
  return list.flatMap((operation) => {
    const form = numbered.get(operation[0]) as Form;
    const matrices = form.lengths(1, 1, 1, 1, 1).length;
    const lengths = form.lengths(...operation.slice(1 + matrices));
    return form.written.map((k) => [operation[1 + k], operation[1 + k] + lengths[k] * bytes] as const);
  });
}

function scratches(list: readonly number[][], scratchBytes: number): Region[] {
  const those = list.filter(([what]) => numbered.get(what)?.scratch);
  return those.map((operation) => {
    const at = operation[operation.length - 1];
    return [at, at + scratchBytes];
  });
}

/** What lies between regions, up to `end`. */
function between(taken: readonly Region[], end: number): Region[] {
  const free: Region[] = [];
  let next = 0;
  for (const [from, to] of [...taken, [end, end] as const].sort(([a], [b]) => a - b)) {
    if (from > next) free.push([next, from]);
    next = Math.max(next, to);
  }
  return free;
}

/**
 * Where the first value is that differs, or −1. −0 and +0 are alike, being 0 to whatever comes next; and where one by one
 * something is not finite, a list may have left it out.
 */
function differing(expected: Buffer, got: Buffer, bytes: 4 | 8, [from, to]: Region): number {
  const Type = bytes === 4 ? Float32Array : Float64Array;
  const [wanted, have] = [expected, got].map(
    (each) => new Type(Uint8Array.from(each.subarray(from, to)).buffer),
  );
  const at = wanted.findIndex((value, i) => value !== have[i] && Number.isFinite(value));
  return at < 0 ? at : from + at * bytes;
}

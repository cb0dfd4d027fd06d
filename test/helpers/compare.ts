/** Inputs for two engines, and how far their outputs are apart. */
import type { Engine } from '../../src/engines/engine.js';
import type { Bits } from '../../src/engines/kernels.js';
import { createReference } from '../../src/engines/reference.js';
import type { Precision } from '../../src/model/precision.js';
import { keyed } from '../../src/random.js';
import { Board } from './board.js';
import { fma32, fma64 } from './fma.js';
import type { Operation, Outputs } from './operations.js';

/**
 * The difference that is allowed from `want` in the output of that name; `size` is the same value from inputs
 * without their signs.
 */
export type Tolerance = (want: number, size: () => number, name: string) => number;

/** The same bits. */
export const exact: Tolerance = () => 0;

const drawn = new Map<string, Float64Array>();

/** `n` float32 numbers times `scale`, normally distributed, each zero with probability `zeros`. */
export function draw(n: number, key: string, zeros = 0, scale = 1): Float64Array {
  const name = `${n}/${key}/${zeros}/${scale}`;
  let values = drawn.get(name);
  if (values === undefined) {
    const random = keyed('parity', name);
    values = Float64Array.from({ length: n }, () => {
      const value = Math.fround(scale * random.normal());
      return random.uniform() < zeros ? 0 : value;
    });
    drawn.set(name, values);
  }
  return values;
}

/**
 * rows × cols float32 numbers as in an image: of the columns, in blocks of 8, every third block without a zero, the
 * others nine tenths zeros.
 */
export function drawMixed(rows: number, cols: number): Float64Array {
  const dense = draw(rows * cols, 'mixed');
  const sparse = draw(rows * cols, 'mixed', 0.9);
  return dense.map((value, i) => (((i % cols) >> 3) % 3 === 0 ? value : sparse[i]));
}

/** `values` with a NaN among them, with an infinity, and with a negative one. */
export function spikes(values: Float64Array): Float64Array[] {
  return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((spike) =>
    values.with(values.length >> 1, spike),
  );
}

/**
 * The first output that is further from its `wanted` value than allowed, in words, or an empty string.
 * Where nothing is allowed, and where NaN or an infinity is wanted, that very value must come, zeros' signs
 * included.
 */
function difference(outputs: Outputs, wanted: Outputs, tolerance: Tolerance, sizes?: () => Outputs): string {
  let known: Outputs | undefined;
  for (const [name, want] of Object.entries(wanted)) {
    for (let i = 0; i < want.length; i++) {
      const got = outputs[name][i];
      if (Object.is(got, want[i])) continue;
      const size = () => {
        known ??= sizes?.();
        return known?.[name][i] ?? 0;
      };
      const allowed = tolerance(want[i], size, name);
      if (allowed === 0 || !Number.isFinite(want[i]) || !(Math.abs(got - want[i]) <= allowed)) {
        return `${name}[${i}] is ${got}, expected ${want[i]} ± ${allowed}`;
      }
    }
  }
  return '';
}

/** a·b + c, in some precision and rounded in some way. */
export type MultiplyAdd = (a: number, b: number, c: number) => number;

/** The ways of engines whose sums are in order: fused, or the product rounded before it is added. */
export const multiplyAdds: Readonly<Record<Bits, Readonly<Record<Precision, MultiplyAdd>>>> = {
  fused: { float32: fma32, float64: fma64 },
  separate: {
    float32: (a, b, c) => Math.fround(c + Math.fround(a * b)),
    float64: (a, b, c) => c + a * b,
  },
};

/**
 * rows × cols sums Σ_k a·b, k in order from +0, then + 0, a bias last. a's element (r, k) is at r·row + k·step, b's
 * element (k, c) at c·col + k·step.
 */
export function ordered(
  precision: Precision,
  multiplyAdd: MultiplyAdd,
  rows: number,
  cols: number,
  depth: number,
  a: { at: Float64Array; row: number; step: number },
  b: { at: Float64Array; col: number; step: number },
  bias?: Float64Array,
): Float64Array {
  const round = precision === 'float32' ? Math.fround : (x: number) => x;
  const out = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum = multiplyAdd(a.at[r * a.row + k * a.step], b.at[c * b.col + k * b.step], sum);
      }
      sum += 0;
      out[r * cols + c] = bias === undefined ? sum : round(sum + bias[c]);
    }
  }
  return out;
}

/** An engine beside the reference, each over its own memory; collects in words where they disagree. */
export class Comparison {
  #faults: string[] = [];
  readonly #oracle = { buffer: new ArrayBuffer(1 << 25) };
  readonly #reference = createReference(this.#oracle);

  constructor(
    readonly engine: Engine,
    readonly memory: { readonly buffer: ArrayBufferLike },
  ) {}

  /** What the engine makes of it. */
  run(operation: Operation): Outputs {
    return operation(this.engine, new Board(this.memory, this.engine.precision));
  }

  /** The engine against the reference, and nothing written but the outputs. */
  check(title: string, operation: Operation, tolerance: Tolerance): void {
    const wanted = operation(this.#reference, new Board(this.#oracle, 'float64'));
    const board = new Board(this.memory, this.engine.precision);
    const outputs = operation(this.engine, board);
    const sizes = () => operation(this.#reference, new Board(this.#oracle, 'float64', true));
    this.#note(title, difference(outputs, wanted, tolerance, sizes));
    this.#note(title, board.intact() ? '' : 'wrote outside its outputs');
  }

  sameBits(title: string, outputs: Outputs, wanted: Outputs): void {
    this.#note(title, difference(outputs, wanted, exact));
  }

  #note(title: string, fault: string): void {
    if (fault !== '') this.#faults.push(`${title}: ${fault}`);
  }

  /** The faults since the last call. */
  faults(): string[] {
    return this.#faults.splice(0);
  }
}

/** Numbers that were learned for each category of some columns; embedding.ts says more. */
import { forwardLayer, type LayerOptions, type Training } from './forward.js';

/** A column that is embedded, and how its table is trained. */
export interface EmbeddedColumn extends Training {
  /** Which input it is. */
  readonly at: number;
  /** Rows of its table: codes are 0 … codes − 1, and any other becomes zeros. */
  readonly codes: number;
  /** Outputs that it becomes. */
  readonly size: number;
}

export const embedding = forwardLayer({
  ownName: 'embedding',
  implied: true,

  shape(inputs, options: LayerOptions) {
    const columns = columnsOf(options);
    return {
      outputs: widthOf(inputs, columns),
      tensors: columns.map(({ name, codes, size, frozen, rateFactor, decayFactor }) => {
        const own = { name: `${name}.weight`, shape: [codes, size], decays: true };
        const isSaid = [frozen, rateFactor, decayFactor].some((value) => value !== undefined);
        return isSaid ? { ...own, training: { frozen, rateFactor, decayFactor } } : own;
      }),
    };
  },

  forward(x, y, rows, { inputs, outputs, options, tensors }) {
    const { embedded, passed } = placesOf(inputs, columnsOf(options));
    for (const { at, to, size } of passed) pass(x, y, rows, inputs, outputs, at, to, size);
    for (const [k, { at, to, codes, size }] of embedded.entries()) {
      forward(x, tensors[k], y, rows, inputs, outputs, at, to, codes, size);
    }
  },
});

/** Y[r, to + k] = X[r, from + k] for k < count: inputs that stay as they are. X: rows×inputs, Y: rows×outputs. */
export function pass(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
  from: number,
  to: number,
  count: number,
): void {
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < count; k++) y[r * outputs + to + k] = x[r * inputs + from + k];
  }
}

/** Y[r, to + k] = W[X[r, at], k] for k < size; 0 for a code outside [0, codes). W: codes×size. */
export function forward(
  x: Float64Array,
  w: Float64Array,
  y: Float64Array,
  rows: number,
  inputs: number,
  outputs: number,
  at: number,
  to: number,
  codes: number,
  size: number,
): void {
  for (let r = 0; r < rows; r++) {
    const code = x[r * inputs + at];
    const known = code >= 0 && code < codes;
    for (let k = 0; k < size; k++) {
      y[r * outputs + to + k] = known ? w[Math.trunc(code) * size + k] : 0;
    }
  }
}

type Columns = readonly (EmbeddedColumn & { readonly name: string })[];

/** In the order of the inputs, whatever that of the names. */
export function columnsOf({ columns }: Readonly<Record<string, unknown>>): Columns {
  return Object.entries(columns as Readonly<Record<string, EmbeddedColumn>>)
    .map(([name, column]) => ({ name, ...column }))
    .sort((a, b) => a.at - b.at);
}

/** How many outputs so many inputs become. */
function widthOf(inputs: number, columns: readonly EmbeddedColumn[]): number {
  return columns.reduce((sum, { size }) => sum + size - 1, inputs);
}

/** Runs of inputs: where each begins, and where among the outputs. */
interface Run {
  readonly at: number;
  readonly to: number;
  readonly size: number;
}

/** Where the embedded columns go, and the inputs between them. */
export function placesOf(inputs: number, columns: Columns) {
  const passed: Run[] = [];
  let done = 0;
  let to = 0;
  const passUpTo = (end: number) => {
    if (end > done) passed.push({ at: done, to, size: end - done });
    to += end - done;
    done = end;
  };
  const embedded = columns.map((column) => {
    passUpTo(column.at);
    const placed = { ...column, to };
    done++;
    to += column.size;
    return placed;
  });
  passUpTo(inputs);
  return { embedded, passed };
}

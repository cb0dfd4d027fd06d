/**
 * Embedding: the first layer of a network whose data have columns of codes to learn numbers for. Each of these columns is
 * one input and becomes `size` outputs, the row of its table that the code names; all other inputs stay as they are, and
 * the order of columns does too. What is computed stands in formulas/embedding.ts.
 *
 * A configuration does not write it: it follows from the columns that are encoded with `embed`. Nothing goes back to its
 * inputs, which are data.
 */
import { normalWith } from '../init/init.js';
import { embedding as formulas } from './formulas/embedding.js';
import { operationsOf } from './formulas/formula.js';
import { columnsOf, embedding as own, placesOf } from './forward/embedding.js';
import { beginning, layerType } from './layer.js';
import { trainedOptions } from './trained.js';

/**
 * The deviation of initial values. Small beside the other inputs, which are scaled to 1: categories begin alike, and one
 * of few rows, which is seldom learned, stays close to the zeros of one that was never seen. Keras draws from
 * U(−0.05, 0.05); PyTorch's N(0, 1) begins with differences that no row has spoken for.
 */
const draw = normalWith(0.05);

export const embedding = layerType({
  description: 'Numbers that are learned for each category of some columns; other inputs stay as they are.',
  options: {
    columns: {
      type: 'map',
      description: 'The embedded columns by their names.',
      of: {
        type: 'group',
        description: 'A column.',
        options: {
          at: { type: 'integer', min: 0, description: 'Which input it is, from 0.' },
          codes: { type: 'integer', min: 1, description: 'How many categories there are.' },
          size: { type: 'integer', min: 1, description: 'Outputs that it becomes.' },
          ...trainedOptions,
        },
      },
    },
  },
  ownName: own.ownName,
  implied: own.implied,
  formulas,
  inPlace: false,
  deltaInPlace: false,

  shape(inputs, options) {
    const shape = own.shape(inputs, options);
    return beginning(shape, Object.fromEntries(shape.tensors.map(({ name }) => [name, draw])));
  },

  reads: () => ({ input: true, output: false }),
  // Copies, no products.
  operations: ({ outputs }) => ({ forward: outputs, backward: 0, gradient: outputs }),

  bind({ inputs: cols, outputs: width, options }, { engine, inputs: x, outputs: y, outputDelta, tensors }) {
    const ops = operationsOf(engine, 'embedding', formulas);
    const { embedded, passed } = placesOf(cols, columnsOf(options));
    const inputRow = cols * engine.bytes;
    const outputRow = width * engine.bytes;
    return {
      forward(batch, firstShard, endShard) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const from = x[batch.slot] + first * inputRow;
        const into = y + first * outputRow;
        for (const run of passed) ops.pass(from, into, rows, cols, width, run.at, run.to, run.size);
        for (let k = 0; k < embedded.length; k++) {
          const { at, to, codes, size } = embedded[k];
          ops.forward(from, tensors[k], into, rows, cols, width, at, to, codes, size);
        }
      },
      backward: () => {},
      gradient(batch, firstShard, endShard, tensor, from, count, into) {
        const first = batch.shardRow(firstShard);
        const rows = batch.shardRow(endShard) - first;
        const codes = x[batch.slot] + first * inputRow;
        const delta = outputDelta + first * outputRow;
        const { at, to, size } = embedded[tensor];
        ops.gradient(codes, delta, into, rows, cols, width, at, to, from, count, size);
      },
    };
  },

  numeric({ inputs: cols, outputs: width, options, tensors }, { theta }) {
    const { embedded, passed } = placesOf(cols, columnsOf(options));
    /** The place of a parameter: its column, code and which of the column's outputs. */
    const placeOf = (index: number) => {
      const k = tensors.findIndex(({ offset, length }) => index < offset + length);
      const { at, to, size } = embedded[k];
      const within = index - tensors[k].offset;
      return { at, code: Math.floor(within / size), output: to + (within % size) };
    };
    return {
      forward(x, y) {
        for (const { at, to, size } of passed) formulas.pass.run(x, y, 1, cols, width, at, to, size);
        for (const [k, { at, to, codes, size }] of embedded.entries()) {
          const { offset, length } = tensors[k];
          const w = theta.subarray(offset, offset + length);
          formulas.forward.run(x, w, y, 1, cols, width, at, to, codes, size);
        }
      },
      unit: (index) => placeOf(index).output,
      slope(index, x) {
        const { at, code } = placeOf(index);
        return x[at] === code ? 1 : 0;
      },
    };
  },
});

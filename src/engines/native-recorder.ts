/** Operations of the engine `native` written down, for calls that do many of them. */
import { activationNames } from '../model/activations/index.js';
import { lossNames } from '../model/losses/index.js';
import { bytesOf, type Precision } from '../model/precision.js';
import { byName } from './by-name.js';
import type { Recorder } from './engine.js';
import { bindLayers } from './layers.js';
import { MOST_OPERATIONS, NUMBERS, Operation } from './native-operations.js';

/**
 * @param numbers where the addon reads what to do: `NUMBERS`, and as many again for each operation of a list
 * @param run what has the addon do it; for a list, it returns what does the list
 */
export function createRecorder(
  numbers: Float64Array,
  run: () => (() => void) | undefined,
  precision: Precision,
): Recorder {
  let count = 0;
  let refused = false;
  let loss = 0;
  const refuse = () => {
    refused = true;
  };
  const write = (...operation: number[]): void => {
    if (count === MOST_OPERATIONS) refuse();
    else numbers.set(operation, ++count * NUMBERS);
  };
  const unknown = { forward: refuse, backward: refuse };

  return {
    ops: {
      precision,
      bytes: bytesOf(precision),
      dense_forward: (...sizes) => write(Operation.denseForward, ...sizes),
      dense_backward_input: (...sizes) => write(Operation.denseBackwardInput, ...sizes),
      dense_backward_weights: (...sizes) => write(Operation.denseBackwardWeights, ...sizes),
      dense_backward_biases: refuse,
      activations: {
        ...byName(activationNames, () => unknown),
        relu: {
          forward: (u, h, rows, cols) => write(Operation.reluForward, u, h, rows, cols),
          backward: (h, delta, rows, cols) => write(Operation.reluBackward, h, delta, rows, cols),
        },
      },
      losses: {
        ...byName(lossNames, () => ({
          ...unknown,
          forward() {
            refuse();
            return 0;
          },
        })),
        // With weights of rows, or smoothed targets, it is not in C.
        'cross-entropy': {
          forward(h, y, weights, rows, cols, [smoothing]) {
            if (weights !== 0 || smoothing !== 0) refuse();
            write(Operation.crossEntropyForward, h, y, rows, cols);
            return 0;
          },
          backward(h, y, weights, delta, rows, cols, [smoothing]) {
            if (weights !== 0 || smoothing !== 0) refuse();
            write(Operation.crossEntropyBackward, h, y, delta, rows, cols);
          },
        },
      },
      layers: bindLayers(() => refuse),
      shards_sum: refuse,
      copy: refuse,
    },
    rank1: {
      sgd(x, delta, w, b, inputs, units) {
        write(Operation.rank1, x, delta, w, b, inputs, units);
        return true;
      },
    },
    get loss() {
      return loss;
    },
    record(body) {
      const before = count;
      refused = false;
      body();
      if (refused) count = before;
      return !refused;
    },
    take() {
      if (count === 0) return undefined;
      numbers[0] = Operation.list;
      numbers[1] = count;
      count = 0;
      const list = run() as () => void;
      return (rate) => {
        numbers[1] = rate;
        list();
        loss = numbers[1];
        return numbers[0] !== 0;
      };
    },
  };
}

/** Rows of typed arrays as a network's inputs: as `encoderOf`, and several times as quick. For Node alone. */
import type { FittedMatrix, Preprocessing } from '../preprocess/fitted.js';
import { type Encoder, encoderOf } from './rows.js';

export function bulkEncoderOf(preprocessing: Preprocessing): Encoder {
  const encoder = encoderOf(preprocessing);
  const { matrix } = preprocessing;
  return matrix === undefined ? encoder : withArrays(encoder, matrix);
}

function withArrays(encoder: Encoder, { features, scales, offsets }: FittedMatrix): Encoder {
  const all = (list: readonly number[]) =>
    Float64Array.from({ length: features }, (_, k) => list[list.length === 1 ? 0 : k]);
  const [scale, offset] = [all(scales), all(offsets)];
  return {
    inputs: encoder.inputs,
    encode(cells, into, at) {
      if (cells.length === features && (cells instanceof Uint8Array || cells instanceof Float32Array)) {
        // Less a difference of equals, what is not finite is NaN.
        let rest = 0;
        for (let k = 0; k < features; k++) {
          rest += cells[k] - cells[k];
          into[at + k] = cells[k] * scale[k] + offset[k];
        }
        if (rest === 0) return;
      }
      encoder.encode(cells, into, at);
    },
  };
}

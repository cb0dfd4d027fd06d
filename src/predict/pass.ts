/** A network's forward pass in plain float64 TypeScript. Knows nothing of columns and classes. */
import type { Network } from '../model/lay-out.js';
import { forwardLayers } from '../model/layers/forward/index.js';
import type { Tensor } from '../model/layers/layer.js';

export class Pass {
  /** Inputs of the rows, rows × inputs. */
  readonly x: Float64Array;
  /** The network's outputs after `run`, rows × outputs. */
  readonly outputs: Float64Array;
  readonly #steps: readonly ((rows: number) => void)[];

  /** @param rows so many at once at most @param fill puts in the values of parameters and buffers */
  constructor(
    readonly net: Network,
    rows: number,
    fill: (parameters: Float64Array, buffers: Float64Array) => void,
  ) {
    const parameters = new Float64Array(net.parameters);
    const buffers = new Float64Array(net.buffers);
    fill(parameters, buffers);
    const widest = Math.max(...net.layers.map(({ outputs }) => outputs));
    /** Layers' outputs take turns in two matrices. */
    const values = [new Float64Array(rows * widest), new Float64Array(rows * widest)];
    this.x = new Float64Array(rows * net.inputs);
    let from = this.x;
    let turn = 0;
    this.#steps = net.layers.flatMap((layer) => {
      const { forward } = forwardLayers[layer.type];
      if (forward === undefined) return [];
      const part = (all: Float64Array, tensors: readonly Tensor[]) =>
        tensors.map(({ offset, length }) => all.subarray(offset, offset + length));
      const held = {
        ...layer,
        tensors: part(parameters, layer.tensors),
        buffers: part(buffers, layer.buffers),
      };
      const x = from;
      const y = values[turn++ % 2];
      from = y;
      return [(n: number) => forward(x, y, n, held)];
    });
    this.outputs = from;
  }

  /** Fills `outputs` from `x`, for the first `rows` rows. */
  run(rows: number): void {
    for (const step of this.#steps) step(rows);
  }
}

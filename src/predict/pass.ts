/** A network's forward pass in plain float64 TypeScript. Knows nothing of columns and classes. */
import type { Network } from '../model/lay-out.js';
import { forwardLayers } from '../model/layers/forward/index.js';
import type { Tensor } from '../model/layers/layer.js';
import { INPUTS, takingTurns } from '../model/turns.js';

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
    const turns = takingTurns(net.layers, ({ type }) =>
      forwardLayers[type].forward === undefined ? 'as they are' : 'elsewhere',
    );
    const values = Array.from({ length: Math.max(...turns) + 1 }, () => new Float64Array(rows * widest));
    this.x = new Float64Array(rows * net.inputs);
    const outputsOf = (l: number) => (l < 0 || turns[l] === INPUTS ? this.x : values[turns[l]]);
    this.#steps = net.layers.flatMap((layer, l) => {
      const { forward } = forwardLayers[layer.type];
      if (forward === undefined) return [];
      const part = (all: Float64Array, tensors: readonly Tensor[]) =>
        tensors.map(({ offset, length }) => all.subarray(offset, offset + length));
      const held = {
        ...layer,
        tensors: part(parameters, layer.tensors),
        buffers: part(buffers, layer.buffers),
      };
      const x = outputsOf(l - 1);
      const y = outputsOf(l);
      const around = layer.partner === undefined ? undefined : outputsOf(layer.partner);
      return [(n: number) => forward(x, y, n, held, around)];
    });
    this.outputs = outputsOf(net.layers.length - 1);
  }

  /** Fills `outputs` from `x`, for the first `rows` rows. */
  run(rows: number): void {
    for (const step of this.#steps) step(rows);
  }
}

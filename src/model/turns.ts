/**
 * Which matrix each layer's outputs go to where they are needed no longer than the forward pass: layers take turns in as
 * few as will do, two for one layer after another. Knows no member: whoever calls says how each works.
 */
import type { Layer } from './layers/layer.js';

/** Whether a layer leaves its inputs as they are, may put its outputs in their place, or may not. */
export type Way = 'as they are' | 'in place' | 'elsewhere';

/** The network's inputs, which no layer writes to. */
export const INPUTS = -1;

/** For each layer the number of the matrix of its outputs, from 0, or `INPUTS`. */
export function takingTurns(layers: readonly Layer[], wayOf: (layer: Layer) => Way): number[] {
  /** What layers ahead read a second time, the nearest last. */
  const held: number[] = [];
  let at = INPUTS;
  return layers.map((layer) => {
    const way = wayOf(layer);
    if (way === 'elsewhere' || (way === 'in place' && (at === INPUTS || held.includes(at)))) {
      let next = 0;
      while (next === at || held.includes(next)) next++;
      at = next;
    }
    const { partner = layer.index, index } = layer;
    if (partner > index) held.push(at);
    if (partner < index) held.pop();
    return at;
  });
}

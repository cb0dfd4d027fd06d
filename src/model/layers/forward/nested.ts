/** What layers share that have layers of their own, and a way around these. */
import { defaultLayer } from '../../lay-out.js';
import type { LayerOptions, LayerPart } from './forward.js';

/** A layer as it stands in a list. */
type Nested = { readonly name?: string } & LayerOptions;

/** A fork, the layers of the list, and itself, which closes the way around them. */
export function around(type: string, { layers, ...own }: LayerOptions): LayerPart[] {
  const nested = layers as readonly Nested[];
  return [
    { type: 'fork', options: {} },
    ...nested.map(({ name = defaultLayer, ...options }, k) => ({
      type: name,
      options,
      below: `layers.${k}`,
    })),
    { type, options: own },
  ];
}

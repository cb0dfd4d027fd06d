/** What of the data lies in shared memory beside its rows: which of them each part has, and what becomes of their values. */
import type { DataSource, Split } from '../data/source.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';

/** The row numbers of each part; training rows that are streamed have none. */
export function fillParts({ memory, layout }: Setup, { stream }: DataSource, split: Split): void {
  for (const part of ['train', 'validation', 'test'] as const) {
    if (part !== 'train' || !stream) view(memory, layout[part]).set(split[part]);
  }
}

/** Categories a column, and scales, which are known once the rows were read. */
export function fillInputs({ memory, layout }: Setup, { slots, scale }: DataSource): void {
  if (slots) view(memory, layout.slots).set(slots.map(({ codes }) => codes));
  if (scale?.kind !== 'columns') return;
  view(memory, layout.scales).set(scale.scales);
  view(memory, layout.offsets).set(scale.offsets);
}

/** The data families by the names they have in a configuration: a name is its file's name. */
import type { Spec } from '../options.js';
import { csv } from './csv.js';
import { withEach } from './each.js';
import { idx } from './idx.js';
import { images } from './images.js';
import { jsonl } from './jsonl.js';
import { memory } from './memory.js';
import { mnist } from './mnist.js';
import { npy } from './npy.js';
import { parquet } from './parquet.js';
import type { DataContext, DataFamily, DataSource } from './source.js';
import { stream } from './stream.js';
import { xor } from './xor.js';

export const datasets = { xor, mnist, idx, csv, jsonl, parquet, npy, images, memory, stream };
export type DataName = keyof typeof datasets;

/**
 * Opens the data set that a configuration names and checks it, without reading it yet.
 * @param spec the family's name and its options, every default filled in
 * @throws UserError where the data is missing or is not what the configuration needs.
 */
export async function openData(spec: Spec, context: DataContext): Promise<DataSource> {
  const family = datasets[spec.name as DataName] as DataFamily;
  const source = await family.open(spec as Spec & Record<string, never>, context);
  return context.each ? withEach(source, context.each) : source;
}

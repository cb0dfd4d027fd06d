/** The data families by the names they have in a configuration: a name is its file's name. */
import { type MnistOptions, openMnist } from './mnist.js';
import type { DataSource } from './source.js';
import { openXor } from './xor.js';

/** What a configuration says of its data: a family's name and that family's own options. */
type Spec = ({ name: 'mnist' } & MnistOptions) | { name: 'xor' };

const families: { [Name in Spec['name']]: (spec: Extract<Spec, { name: Name }>) => Promise<DataSource> } = {
  mnist: openMnist,
  xor: openXor,
};

/**
 * Opens the data set that a configuration names and checks it, without reading it yet.
 * @throws UserError where the data is missing or is not what the configuration needs.
 */
export function openData(spec: Spec): Promise<DataSource> {
  const open = families[spec.name] as (spec: Spec) => Promise<DataSource>;
  return open(spec);
}

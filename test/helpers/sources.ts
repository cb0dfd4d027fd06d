/** What a data source reads, as lists. */
import type { DataSource } from '../../src/data/source.js';

const views = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

export async function contentOf(source: DataSource) {
  const { rows, features, targets } = source;
  const window = {
    features: new views[source.featureType](rows * features),
    targets: new views[targets.type](rows * (targets.kind === 'class' ? 1 : targets.outputs)),
  };
  await source.read(window);
  return { features: [...window.features], targets: [...window.targets] };
}

/** A table's options with nothing said beside what is given. */
export const plainTable = {
  ignore: [],
  number: {},
  category: {},
  date: {},
  columns: {},
  missing: [],
} as const;

/** A data source's rows as other trainers take them: inputs in full, written to files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const views = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Inputs that are written in full; more, as those of a table with many categories, only where they are not 0. */
const MOST_INPUTS = 2 ** 27;

/**
 * Writes inputs, targets and the numbers of the training and test rows, and tells their names and sizes. Where there is
 * `places`, `x` holds as many values a row as `width` says, and `places` the input that each is for.
 * @param source what `openData` returns @param seed of the split
 */
export async function writeRows(source, seed, folder) {
  const { rows, features, slots, scale, targets } = source;
  const window = {
    features: new views[source.featureType](rows * features),
    targets: new views[targets.type](rows * (targets.kind === 'class' ? 1 : targets.outputs)),
  };
  await source.read(window);
  const columns = (slots ?? Array(features).fill({ codes: 0 })).reduce(
    (sum, { codes }) => sum + (codes || 1),
    0,
  );
  const isSparse = rows * columns > MOST_INPUTS;
  const width = isSparse ? features : columns;
  const x = new Float32Array(rows * width);
  const places = isSparse ? new Int32Array(rows * width) : undefined;
  const factor = scale === undefined ? 1 : scale.high + scale.low;
  for (let row = 0; row < rows; row++) {
    for (let k = 0, first = 0; k < features; k++) {
      const value = window.features[row * features + k];
      const codes = slots?.[k].codes ?? 0;
      const input = codes === 0 ? value * factor + (scale?.offset ?? 0) : value >= 0 ? 1 : 0;
      const place = codes === 0 ? first : first + Math.max(0, value);
      const at = row * width + (isSparse ? k : place);
      x[at] = input;
      if (places) places[at] = place;
      first += codes || 1;
    }
  }
  // Yes and no are classes to others; one output of a sigmoid is no value to predict.
  const kind =
    targets.kind === 'class' || source.preprocessing?.target.kind === 'binary' ? 'class' : 'values';
  const y = kind === 'class' ? Int32Array.from(window.targets) : Float32Array.from(window.targets);
  const split = source.split(seed);
  const parts = {
    x,
    ...(places && { places }),
    y,
    train: Int32Array.from([...split.train, ...split.validation]),
    test: Int32Array.from(split.test),
  };
  const files = {};
  for (const [name, values] of Object.entries(parts)) {
    files[name] = join(folder, name);
    writeFileSync(files[name], new Uint8Array(values.buffer));
  }
  return { ...files, rows, columns, width, kind, validation: split.validation.length / parts.train.length };
}

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

/**
 * Writes inputs, targets and the numbers of the training and test rows, and tells their names and sizes.
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
  const x = new Float32Array(rows * columns);
  const factor = scale === undefined ? 1 : scale.high + scale.low;
  for (let row = 0; row < rows; row++) {
    let at = row * columns;
    for (let k = 0; k < features; k++) {
      const value = window.features[row * features + k];
      const codes = slots?.[k].codes ?? 0;
      if (codes === 0) x[at++] = value * factor + (scale?.offset ?? 0);
      else {
        if (value >= 0) x[at + value] = 1;
        at += codes;
      }
    }
  }
  // Yes and no are classes to others; one output of a sigmoid is no value to predict.
  const kind =
    targets.kind === 'class' || source.preprocessing?.target.kind === 'binary' ? 'class' : 'values';
  const y = kind === 'class' ? Int32Array.from(window.targets) : Float32Array.from(window.targets);
  const split = source.split(seed);
  const parts = {
    x,
    y,
    train: Int32Array.from([...split.train, ...split.validation]),
    test: Int32Array.from(split.test),
  };
  const files = {};
  for (const [name, values] of Object.entries(parts)) {
    files[name] = join(folder, name);
    writeFileSync(files[name], new Uint8Array(values.buffer));
  }
  return { ...files, rows, columns, kind, validation: split.validation.length / parts.train.length };
}

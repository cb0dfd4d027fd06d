/** Another array with targets as a data source, by what a model was trained with: nothing is fitted anew. */
import { UserError } from '../../errors.js';
import { type NpyArray, openNpy, placeIn } from '../../formats/npy.js';
import { decoders } from '../../formats/npy-types.js';
import { type FittedMatrix, type FittedTarget, type Preprocessing, scaled } from '../../preprocess/fitted.js';
import { reciprocal } from '../scale.js';
import { classTargets, type DataSource, type Scale } from '../source.js';
import { allFinite } from './source.js';

/**
 * All rows of an array as each of the three parts.
 * @param features the rows: a file, or an array in an archive @param labels what is to be predicted of them
 * @throws UserError for arrays of other rows than the model takes, and for labels that are none of its classes
 */
export async function fittedMatrix(
  features: string,
  labels: string,
  { matrix, target }: Preprocessing,
): Promise<DataSource> {
  if (matrix === undefined) {
    throw new UserError(
      `${features}: the model takes rows of columns, and an array has numbers without names; evaluate a table`,
    );
  }
  const x = await openNpy(features);
  const y = await openNpy(labels);
  const [rows = 1] = x.shape;
  const shown = ({ shape }: NpyArray) => shape.join(' × ') || 'a single value';
  if (x.shape.length < 2 || x.length / rows !== matrix.features) {
    throw new UserError(`${x.path}: expected rows of ${matrix.features} numbers, got ${shown(x)}`);
  }
  if (y.shape[0] !== rows) {
    throw new UserError(`${y.path}: expected ${rows} rows, as many as ${x.path} has, got ${shown(y)}`);
  }
  const width = target.kind === 'class' ? 1 : target.columns.length;
  if (y.length / rows !== width) {
    throw new UserError(
      `${y.path}: expected ${width} ${width === 1 ? 'value' : 'values'} a row to be predicted, got ${shown(y)}`,
    );
  }
  const outputs = target.kind === 'class' ? target.classes.length : width;
  const scale = scaleOf(matrix);
  const outputOf = target.kind === 'values' ? undefined : classOf(target);
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  return {
    rows,
    features: matrix.features,
    outputs,
    featureType: x.as,
    ...(scale && { scale }),
    targets:
      target.kind === 'class' ? classTargets(outputs) : { kind: 'values', outputs: width, type: 'float64' },
    parts: { train: rows, validation: rows, test: rows },
    preprocessing: { matrix, target },
    split: () => ({ train: all, validation: all, test: all }),
    async read(window) {
      await x.readInto(window.features);
      allFinite(window.features, { where: x.path, rows, shape: x.shape.slice(1) });
      const given = decoders[y.type].make(y.length);
      await y.readInto(given);
      for (let at = 0; at < given.length; at++) {
        const k = at % width;
        const output =
          target.kind === 'values' ? scaled(given[at], target.columns[k].scale) : outputOf?.(given[at], k);
        if (output !== undefined && Number.isFinite(output)) window.targets[at] = output;
        else {
          const expected = target.kind === 'values' ? 'a finite number' : "one of the model's classes";
          throw new UserError(`${y.path}: ${placeIn(y.shape, at)}: expected ${expected}, got ${given[at]}`);
        }
      }
    },
  };
}

/** What a label stands for in column `k`: by its number, or its place where classes have names; undefined: for none. */
function classOf(
  target: Exclude<FittedTarget, { kind: 'values' }>,
): (label: number, k: number) => number | undefined {
  const columns = (target.kind === 'class' ? [target] : target.columns).map(({ classes, numeric }) =>
    numeric
      ? new Map(classes.map((name, code) => [Number(name), code]))
      : new Map(classes.map((_, code) => [code, code])),
  );
  return (label, k) => columns[k].get(label);
}

/** The scale as it was when the model was trained: a divisor in two parts, as then. */
export function scaleOf({ scales, offsets }: FittedMatrix): Scale | undefined {
  if (scales.length > 1) {
    return { kind: 'columns', scales: Float64Array.from(scales), offsets: Float64Array.from(offsets) };
  }
  const [[scale], [offset]] = [scales, offsets];
  if (scale === 1 && offset === 0) return undefined;
  const divisor = Math.round(1 / scale);
  const parts = divisor > 0 && 1 / divisor === scale ? reciprocal(divisor) : { high: scale, low: 0 };
  return { kind: 'one', ...parts, offset };
}

/** Another folder of pictures, one for each class, as a data source, by what a model was trained with. */
import { quoted, UserError } from '../../errors.js';
import { readPicture } from '../../formats/picture.js';
import type { Preprocessing } from '../../preprocess/fitted.js';
import { scaleOf } from '../matrix/fitted-source.js';
import { classTargets, type DataSource } from '../source.js';
import { drawn } from './drawn.js';
import { pictureFolders } from './folders.js';

/**
 * All pictures of a folder as each of the three parts, in the order of their paths.
 * @throws UserError for a model that has not learned from pictures, and for folders that are none of its classes
 */
export async function fittedPictures(path: string, { matrix, target }: Preprocessing): Promise<DataSource> {
  const into = matrix && drawn(matrix);
  const classes = classesOf(target);
  if (matrix === undefined || into === undefined || classes === undefined) {
    throw new UserError(
      `${path}: the model has not learned classes of pictures; evaluate it on data of its kind`,
    );
  }
  const found = await pictureFolders(path);
  if (found.parted) {
    throw new UserError(`${path}: holds folders of parts; name the one to evaluate, such as ${path}/test`);
  }
  const codes = found.classes.map((name) => {
    const code = classes.indexOf(name);
    if (code >= 0) return code;
    throw new UserError(
      `${path}: expected folders named as the model's classes (${classes.slice(0, 12).join(', ')}${classes.length > 12 ? ', …' : ''}), ` +
        `got ${quoted(name)}`,
    );
  });
  const { paths, codes: places } = found.train;
  const rows = paths.length;
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const scale = scaleOf(matrix);
  const { features } = matrix;
  const isClass = target.kind === 'class';
  return {
    rows,
    features,
    outputs: isClass ? classes.length : 1,
    featureType: 'uint8',
    ...(scale && { scale }),
    targets: isClass ? classTargets(classes.length) : { kind: 'values', outputs: 1, type: 'float64' },
    parts: { train: rows, validation: rows, test: rows },
    preprocessing: { matrix, target },
    split: () => ({ train: all, validation: all, test: all }),
    async read(window) {
      for (const [row, file] of paths.entries()) {
        window.features.set(into(file, await readPicture(file)), row * features);
        window.targets[row] = codes[places[row]];
      }
    },
  };
}

/** Names of classes, of which a picture has one; undefined where it has several, or values. */
function classesOf(target: Preprocessing['target']): readonly string[] | undefined {
  if (target.kind === 'class') return target.classes;
  return target.kind === 'binary' && target.columns.length === 1 ? target.columns[0].classes : undefined;
}

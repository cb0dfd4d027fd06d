/** Pictures in a folder for each class. */

import { UserError } from '../errors.js';
import { type Fit, fits, type PictureSize } from '../formats/pixels.js';
import type { Options } from '../options.js';
import { balanceOption } from './balance.js';
import { type MatrixSet, matrixSource } from './matrix/source.js';
import type { PlannedTarget } from './matrix/targets.js';
import { type Color, channelsOf, colors, draw, isTransparent } from './pictures/draw.js';
import { type PictureFolders, type PictureSet, pictureFolders } from './pictures/folders.js';
import { anyContext, classTargets, type DataContext, type DataFamily, MOST_CLASSES } from './source.js';

/** Pixels are bytes that stand for value/255. */
const BYTE_SCALE = 255;
const MOST_SIDE = 4096;

const options = {
  path: {
    type: 'text',
    path: true,
    description:
      'Folder that holds a folder of .png, .jpg or .jpeg files for each class; or folders train, test and maybe ' +
      'validation that do.',
  },
  size: {
    type: 'integers',
    length: 2,
    min: 1,
    max: MOST_SIDE,
    description: 'Height and width of all pictures. Default: those that all have.',
    optional: true,
  },
  resize: {
    type: 'choice',
    of: ['area'],
    default: 'area',
    description: 'How pictures become of that size: each pixel is the mean over the area that it covers.',
  },
  fit: {
    type: 'choice',
    of: fits,
    description:
      'What becomes of pictures of another shape: crop cuts off what juts out, pad leaves black bars, stretch distorts. ' +
      'Default: they are an error.',
    optional: true,
  },
  color: { type: 'choice', of: colors, default: 'rgb', description: 'One value a pixel, or three.' },
  balance: balanceOption,
  split: {
    type: 'member',
    family: 'splits',
    description:
      'Which pictures are for training, for validation and for the test. Default: folders where there are such, else random.',
    optional: true,
  },
} as const satisfies Options;

/**
 * A row is a picture: height × width values, or three for each pixel next to each other. Classes are folders by the code
 * point of their names. Names that begin with a dot are skipped, which is said.
 */
export const images: DataFamily<typeof options> = {
  description: 'PNG and JPEG files in a folder for each class.',
  options,
  async open({ path, size, fit, color, split }, context = anyContext) {
    const found = await pictureFolders(path);
    const { classes, train, validation, test, parted, skipped } = found;
    if (classes.length < 2 || classes.length > MOST_CLASSES) {
      throw new UserError(
        `${train.where}: expected folders of 2 to ${MOST_CLASSES} classes, got ${classes.length}` +
          `${classes.length === 1 ? `, "${classes[0]}"` : ''}`,
      );
    }
    const sets = [train, validation, test].filter((set) => set !== undefined);
    const wanted = await sizeOf(sets, size, fit);
    const tone = color as Color;
    const setOf = (set: PictureSet): MatrixSet => ({
      where: set.where,
      rows: set.paths.length,
      shape: [wanted.height, wanted.width, channelsOf(tone)],
      type: 'uint8',
      readInto: (target) => readSet(set, wanted, tone, fit ?? 'stretch', target as Uint8Array),
    });
    return matrixSource(
      {
        where: path,
        train: setOf(train),
        ...(validation && { validation: setOf(validation) }),
        ...(test && { test: setOf(test) }),
        width: 1,
        target: async () => targetOf(found, context.targets),
        scale: BYTE_SCALE,
        split,
        usualSplit: { name: parted && sets.length > 1 ? 'folders' : 'random' },
        image: tone === 'gray' ? [wanted.height, wanted.width] : [wanted.height, wanted.width, 3],
        fit: fit as Fit | undefined,
        notes:
          skipped === 0
            ? []
            : [
                `${path}: ${skipped} ${skipped === 1 ? 'name that begins' : 'names that begin'} with a dot skipped`,
              ],
      },
      context,
    );
  },
};

/** The size of all rows. @throws UserError naming the first file that has another, or another shape, and nobody said what to do */
async function sizeOf(
  sets: readonly PictureSet[],
  size: readonly number[] | undefined,
  fit: string | undefined,
): Promise<PictureSize> {
  const { pictureSize } = await import('../formats/picture.js');
  let wanted: PictureSize | undefined = size && { height: size[0], width: size[1] };
  const [first] = sets[0].paths;
  for (const { paths } of sets) {
    for (const path of paths) {
      const own = await pictureSize(path);
      if (wanted === undefined) {
        wanted = own;
        if (own.height > MOST_SIDE || own.width > MOST_SIDE) {
          throw new UserError(
            `${path}: expected sides of at most ${MOST_SIDE}, got ${shown(own)}; set data.size: [height, width]`,
          );
        }
      }
      if (own.width === wanted.width && own.height === wanted.height) continue;
      if (size === undefined) {
        throw new UserError(
          `${path}: expected ${shown(wanted)} pixels (height × width) as ${first} has, got ${shown(own)}; set data.size: [height, width]`,
        );
      }
      if (fit === undefined && own.width * wanted.height !== own.height * wanted.width) {
        throw new UserError(
          `${path}: has another shape, ${shown(own)} (height × width), than data.size, ${shown(wanted)}; set data.fit: ` +
            'crop, pad or stretch',
        );
      }
    }
  }
  return wanted as PictureSize;
}

const shown = ({ height, width }: PictureSize) => `${height} × ${width}`;

/** Pictures that are read before others have their turn come one at a time: the bytes of one are in memory. */
async function readSet(
  { paths }: PictureSet,
  size: PictureSize,
  color: Color,
  fit: Fit,
  into: Uint8Array,
): Promise<void> {
  // A configuration of other data loads no decoder of pictures.
  const { readPicture } = await import('../formats/picture.js');
  const bytes = size.height * size.width * channelsOf(color);
  for (const [row, path] of paths.entries()) {
    const picture = await readPicture(path);
    if (isTransparent(picture)) {
      throw new UserError(
        `${path}: has pixels that are not opaque, whose colour depends on what is behind; flatten it`,
      );
    }
    draw(picture, size, color, fit, into.subarray(row * bytes, (row + 1) * bytes));
  }
}

function targetOf(
  { classes, train, validation, test }: PictureFolders,
  takes: DataContext['targets'],
): PlannedTarget {
  const codes = Uint16Array.from([train, validation, test].flatMap((set) => set?.codes ?? []));
  const fill = (into: { [at: number]: number }) => {
    for (let row = 0; row < codes.length; row++) into[row] = codes[row];
  };
  if (takes !== 'binary') {
    const fitted = { kind: 'class', column: 'class', classes, numeric: false } as const;
    return { outputs: classes.length, targets: classTargets(classes.length), fitted, classes: codes, fill };
  }
  if (classes.length > 2) {
    throw new UserError(
      `data.path: has ${classes.length} classes, and binary-cross-entropy takes two; use cross-entropy with a softmax`,
    );
  }
  const pair = [classes[0], classes[1]] as const;
  return {
    outputs: 1,
    targets: { kind: 'values', outputs: 1, type: 'float64' },
    fitted: { kind: 'binary', columns: [{ name: 'class', classes: pair, numeric: false }] },
    classes: codes,
    fill,
  };
}

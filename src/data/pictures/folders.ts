/** Pictures in a folder a class: which classes and files there are, in which order, and for which part. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted, shortened, UserError } from '../../errors.js';
import { unreadable } from '../../machine/disk.js';
import { byCodePoint } from '../table/fit.js';

/** A set's files and the place of each one's class. */
export interface PictureSet {
  /** Its folder. */
  readonly where: string;
  readonly paths: readonly string[];
  readonly codes: readonly number[];
}

export interface PictureFolders {
  /** By code point of the folders' names. */
  readonly classes: readonly string[];
  readonly train: PictureSet;
  readonly validation?: PictureSet;
  readonly test?: PictureSet;
  /** Whether the folder holds one for each part. */
  readonly parted: boolean;
  /** How many files and folders were skipped because their names begin with a dot. */
  readonly skipped: number;
}

/** Folders of parts, by what they are usually called. */
const parts = { train: ['train'], validation: ['validation', 'valid', 'val'], test: ['test'] } as const;
const PICTURE = /\.(png|jpe?g)$/i;

/**
 * Looks at folder/class/picture, or where the folder holds `train` and nothing but parts at folder/part/class/picture.
 * @throws UserError for a class without pictures, for files that are none, and for classes that only a later part has
 */
export async function pictureFolders(folder: string): Promise<PictureFolders> {
  let skipped = 0;
  /** What a folder holds, in order. */
  const list = async (path: string): Promise<string[]> => {
    const names = await readdir(path).catch((error) => {
      throw unreadable(path, error);
    });
    const seen = names.filter((name) => !name.startsWith('.'));
    skipped += names.length - seen.length;
    return seen.sort(byCodePoint);
  };
  const read = async (where: string, known?: readonly string[]) => {
    const names = await list(where);
    if (names.length === 0)
      throw new UserError(`${where}: is empty; expected a folder of pictures for each class`);
    const classes = known ?? names;
    const paths: string[] = [];
    const codes: number[] = [];
    for (const name of names) {
      const own = join(where, name);
      if (!(await stat(own)).isDirectory()) {
        throw new UserError(`${own}: expected a folder of pictures for each class, got a file`);
      }
      const code = classes.indexOf(name);
      if (code < 0) {
        throw new UserError(
          `${own}: expected one of the classes for training (${some(classes)}), got ${quoted(name)}`,
        );
      }
      const files = await list(own);
      if (files.length === 0)
        throw new UserError(`${own}: is empty; expected pictures of the class ${quoted(name)}`);
      for (const file of files) {
        if (!PICTURE.test(file)) {
          throw new UserError(
            `${join(own, file)}: expected pictures, .png, .jpg or .jpeg, got something else; move it away`,
          );
        }
        paths.push(join(own, file));
        codes.push(code);
      }
    }
    return { classes, set: { where, paths, codes } };
  };
  const names = await list(folder);
  const wanted = (part: keyof typeof parts) => parts[part].find((name) => names.includes(name));
  const allParts = Object.values(parts).flat() as readonly string[];
  const parted = names.includes('train') && names.every((name) => allParts.includes(name));
  if (!parted) {
    skipped = 0;
    const { classes, set } = await read(folder);
    return { classes, train: set, parted, skipped };
  }
  const { classes, set: train } = await read(join(folder, 'train'));
  const other = async (part: 'validation' | 'test') => {
    const name = wanted(part);
    return name === undefined ? undefined : (await read(join(folder, name), classes)).set;
  };
  return {
    classes,
    train,
    validation: await other('validation'),
    test: await other('test'),
    parted,
    skipped,
  };
}

const some = (names: readonly string[]) =>
  names
    .slice(0, 5)
    .map((name) => shortened(name, 20))
    .join(', ') + (names.length > 5 ? ', …' : '');

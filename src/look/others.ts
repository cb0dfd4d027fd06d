/** Data that are no table: a look finds no columns in them, and a configuration says of them what they are. */
import { UserError } from '../errors.js';

/** By the name of a file, or undefined where it is a folder: what to write. */
const others: readonly (readonly [is: RegExp | undefined, what: string, write: (path: string) => string])[] =
  [
    [
      /\.np[yz](\.gz)?$/i,
      'is an array without named columns',
      (path) =>
        `data: { name: npy, features: ${/z$/i.test(path) ? `${path}#x, target: ${path}#y` : `${path}, target: y.npy`} }`,
    ],
    [/\bubyte(\.gz)?$|\.idx\d?(\.gz)?$/i, 'is an IDX file', () => 'data: { name: idx, path: its folder }'],
    [
      /\.(png|jpe?g)$/i,
      'is a picture',
      () => 'data: { name: images, path: the folder above a folder for each class }',
    ],
    [
      undefined,
      'is a folder',
      (path) =>
        `data: { name: images, path: ${path} } for a folder of pictures for each class, or name: idx for IDX files`,
    ],
  ];

/** @returns what to say of what is no table; undefined: nothing is known of it */
export function noTable(path: string, isFolder: boolean): UserError | undefined {
  const found = others.find(([is]) => (isFolder ? is === undefined : is?.test(path)));
  if (found === undefined) return undefined;
  const [, what, write] = found;
  return new UserError(
    `${path}: ${what}, and only tables are looked into; write the configuration yourself, with ${write(path)} (docs/data.md)`,
  );
}

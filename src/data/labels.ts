/** Labels of IDX files as classes from 0 on. */
import { UserError } from '../errors.js';
import type { IdxFile } from '../formats/idx.js';
import { MOST_CLASSES } from './source.js';

/** What labels stand for: class 0 is the label `first`. */
export interface Labelling {
  readonly first: number;
  readonly classes: number;
}

/**
 * Reads all labels of a data set's files to see which there are. Where one of them is 0, a label is its class; where
 * the smallest is 1, as in EMNIST's letters, 1 is class 0 and so on. A label that no row has is a class all the same.
 * @throws UserError for labels that start elsewhere, and where they make fewer than 2 classes or more than 65,535
 */
export async function labellingOf(files: readonly IdxFile[]): Promise<Labelling> {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const file of files) {
    await file.eachChunk((labels) => {
      for (let row = 0; row < labels.length; row++) {
        if (labels[row] < smallest) smallest = labels[row];
        if (labels[row] > largest) largest = labels[row];
      }
    });
  }
  const where = files.map(({ path }) => path).join(', ');
  if (smallest !== 0 && smallest !== 1) {
    throw new UserError(
      `${where}: expected labels that start at 0 or at 1, the smallest is ${smallest}; number the classes anew`,
    );
  }
  const classes = largest - smallest + 1;
  if (classes < 2 || classes > MOST_CLASSES) {
    const got = classes < 2 ? `every label is ${smallest}` : `labels reach ${largest}`;
    throw new UserError(`${where}: expected 2 to ${MOST_CLASSES} classes, ${got}`);
  }
  return { first: smallest, classes };
}

/**
 * Reads a file's labels as classes.
 * @param into as many as the file holds
 * @throws UserError naming the file and the row of a label that is none of the classes
 */
export function readClasses(
  file: IdxFile,
  { first, classes }: Labelling,
  into: Uint8Array | Uint16Array,
): Promise<void> {
  return file.eachChunk((labels, at) => {
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row] - first;
      if (!(label >= 0 && label < classes)) {
        throw new UserError(
          `${file.path}: expected labels from ${first} to ${first + classes - 1}, got ${labels[row]} in row ${at + row}`,
        );
      }
      into[at + row] = label;
    }
  });
}

/** Windows of streamed rows that are all of one class, though there are others: steps would unlearn what others have learned. */
import { UserError } from '../errors.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';

/** Fewer rows may be of one class by chance. */
const FEWEST = 32;

/** What a window's rows, or those of a part of it, have in common. */
export const Classes = { none: -2, several: -1 } as const;

/** Whether rows have a class each, and there are windows that could lack one. */
export function hasOneClass({ targets, evaluated }: Setup, windows: number): boolean {
  return (targets.kind === 'class' || evaluated.task === 'binary') && windows > 1;
}

/** The class of all rows at some places, or one of `Classes`. */
export function classOf({ memory, layout }: Setup, places: Iterable<number>): number {
  const classes = view(memory, layout.targets);
  let one: number = Classes.none;
  for (const place of places) {
    if (one === Classes.none) one = classes[place];
    else if (one !== classes[place]) return Classes.several;
  }
  return one;
}

/** What is wrong where the `rows` rows of a window, which is `what`, are of one class; undefined: nothing. */
export function wrongWindow(one: number, rows: number, what: string): UserError | undefined {
  if (one < 0 || rows < FEWEST) return undefined;
  return new UserError(
    `data.stream: a window of ${what} holds the class ${one} alone, and could not be shuffled with the others; expected ` +
      'smaller blocks (data.stream.block), a larger window, or a file whose rows are not sorted by class',
  );
}

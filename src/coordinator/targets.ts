/** Whether targets are what the loss takes: a distribution, yes or no, counts. Classes that labels name always are. */
import type { DataSource, Split } from '../data/source.js';
import { UserError } from '../errors.js';
import { losses } from '../model/losses/index.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';

/** Looks at targets that lie in memory. @param numberOf the number in the data of the row at a place */
export type CheckTargets = (place: number, rows: number, numberOf: (place: number) => number) => void;

/**
 * What looks at the targets of rows as they come into memory; undefined: the loss takes any. A row is named by its number
 * in the data, from 1 on.
 */
export function checkOfTargets({ memory, layout, targets, loss }: Setup): CheckTargets | undefined {
  const { refuse } = losses[loss.name];
  if (refuse === undefined || targets.kind === 'class') return undefined;
  const { outputs } = targets;
  const all = view(memory, layout.targets);
  return (place, rows, numberOf) => {
    for (let row = place; row < place + rows; row++) {
      const wrong = refuse(all, row * outputs, outputs);
      if (wrong === undefined) continue;
      throw new UserError(
        `data.target: row ${numberOf(row) + 1} of the data: the loss "${loss.name}" ${wrong}`,
      );
    }
  };
}

/** The same of all rows that are in memory from the start. @throws UserError naming the first that is wrong */
export function checkAllTargets(
  check: CheckTargets | undefined,
  { validation, test }: Split,
  { stream, rows, numberOf = (row) => row }: Pick<DataSource, 'stream' | 'rows' | 'numberOf'>,
): void {
  if (stream === undefined) check?.(0, rows, numberOf);
  // Training rows that are streamed are looked at as they are read.
  else for (const part of [validation, test]) for (const row of part) check?.(row, 1, numberOf);
}

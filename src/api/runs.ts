/** `runs` as a function: which runs are in a folder? */
import { type RunRow, runRows } from '../history/runs.js';
import { seenFrom } from '../machine/disk.js';
import { checkRunDir, RUNS } from '../runs/name.js';

/**
 * The runs in a folder, in the order in which they were begun; those of a cross-validation or a sweep with the name of
 * their folder before their own. Of each the first and the last lines of its events are read. One that is damaged is
 * among them and says so.
 * @param folder default: `runs`
 * @throws UserError where there is no such folder
 */
export async function runs(folder: string = RUNS): Promise<RunRow[]> {
  return runRows(checkRunDir(folder), seenFrom(process.cwd()));
}

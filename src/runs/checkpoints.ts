/** The checkpoints of a run: which there are, which is the newest that is whole, which are kept. */
import { dirname, join } from 'node:path';
import { isUserError, UserError } from '../errors.js';
import { type Disk, makeFolder, syncFolder, TEMPORARY } from '../machine/disk.js';
import { type Checkpoint, OtherFormat, readCheckpoint, readState } from './checkpoint.js';
import type { RunState } from './state.js';

const FOLDER = 'checkpoints';
const NAME = /^step-(\d{10,15})\.safetensors$/;

const nameOf = (step: number) => `step-${String(step).padStart(10, '0')}.safetensors`;

/** `checkpoints/step-0000001500.safetensors`: names sort as steps do. */
export function checkpointPath(runDir: string, step: number): string {
  return join(runDir, FOLDER, nameOf(step));
}

/** The checkpoint of another step beside one. */
export function siblingPath(path: string, step: number): string {
  return join(dirname(path), nameOf(step));
}

/** A checkpoint that could not be used, and why. */
export interface Damaged {
  /** Its file. */
  readonly path: string;
  /** What is wrong with it. */
  readonly why: string;
}

/** The steps of the checkpoints that a run's folder holds, newest first; whether they are whole is not known. */
export async function checkpointSteps(disk: Disk, runDir: string): Promise<number[]> {
  const folder = join(runDir, FOLDER);
  try {
    // What a link leads to is not this run's.
    if (!(await disk.lstat(folder)).isDirectory()) throw new UserError(`${folder}: expected a folder`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const names: string[] = await disk.readdir(folder);
  const steps = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => b - a);
}

/**
 * Reads the checkpoint that holds the best weights which the one at `path` knows of.
 * @throws UserError where these are not there any more
 */
export async function readBest(
  disk: Disk,
  path: string,
  { step, value }: NonNullable<RunState['best']>,
): Promise<Checkpoint> {
  const other = siblingPath(path, step);
  try {
    const checkpoint = await readCheckpoint(disk, other);
    const { best } = checkpoint.state;
    if (best?.step !== step || best.value !== value) throw new UserError(`${other}: is of another run`);
    return checkpoint;
  } catch (error) {
    if (!isUserError(error)) throw error;
    const why = error.message.replace(`${other}: `, '');
    throw new UserError(
      `${path}: the best weights so far, those of step ${step}, are lost (${other}: ${why})`,
    );
  }
}

/**
 * The newest checkpoint that is whole, and whose best weights so far are too: from one before it the same ones follow.
 * @returns `found` undefined where there is none; and those that were damaged, newest first
 */
export async function newestCheckpoint(
  disk: Disk,
  runDir: string,
): Promise<{ found: { path: string; checkpoint: Checkpoint } | undefined; damaged: Damaged[] }> {
  const damaged: Damaged[] = [];
  for (const step of await checkpointSteps(disk, runDir)) {
    const path = checkpointPath(runDir, step);
    try {
      const checkpoint = await readCheckpoint(disk, path);
      const { best } = checkpoint.state;
      if (checkpoint.state.step !== step) throw new UserError(`${path}: is of step ${checkpoint.state.step}`);
      if (best !== null && best.step !== step) await readBest(disk, path, best);
      return { found: { path, checkpoint }, damaged };
    } catch (error) {
      if (!isUserError(error) || error instanceof OtherFormat) throw error;
      damaged.push({ path, why: error.message.replace(`${path}: `, '') });
    }
  }
  return { found: undefined, damaged };
}

/** Makes the folder, and clears away what an interrupted write left. */
export async function prepareCheckpoints(disk: Disk, runDir: string): Promise<void> {
  const folder = join(runDir, FOLDER);
  await makeFolder(disk, folder);
  if (!(await disk.lstat(folder)).isDirectory())
    throw new UserError(`${folder}: is a link, expected a folder`);
  for (const name of await disk.readdir(folder)) {
    if (name.endsWith(TEMPORARY)) await disk.unlink(join(folder, name));
  }
}

/**
 * Removes the checkpoints that are neither among the newest `keep` nor the best of one of these, once the one of `step`
 * stands.
 * @param bests the step of the best that a checkpoint knows of, by its own step: filled in here, and then relied on
 */
export async function pruneCheckpoints(
  disk: Disk,
  runDir: string,
  step: number,
  keep: number,
  bests: Map<number, number | undefined>,
): Promise<void> {
  const steps = await checkpointSteps(disk, runDir);
  // Of a run that was resumed from an earlier one, later ones may be left: they are not newer, and go.
  const newest = steps.filter((one) => one <= step).slice(0, keep);
  for (const one of newest) {
    if (!bests.has(one)) bests.set(one, (await readState(disk, checkpointPath(runDir, one)))?.best?.step);
  }
  const kept = new Set([...newest, ...newest.map((one) => bests.get(one))]);
  const gone = steps.filter((one) => !kept.has(one));
  for (const one of gone) await disk.unlink(checkpointPath(runDir, one));
  if (gone.length > 0) await syncFolder(disk, join(runDir, FOLDER));
}

/** Puts an opened run where a checkpoint left it, or says why it cannot. */
import { UserError } from '../errors.js';
import type { Expected, ResumeEvent, ResumeOptions } from '../protocol.js';
import { type CheckpointState, readCheckpoint } from '../runs/checkpoint.js';
import type { Disk } from '../runs/disk.js';
import {
  configDifferences,
  type Difference,
  dataDifferences,
  engineDifferences,
  type Provenance,
} from '../runs/provenance.js';
import { resumeCommand } from '../runs/resume-command.js';
import { fillFrom, restore, takeSnapshot } from './snapshots.js';
import type { Workspace } from './workspace.js';

export interface Resumed {
  readonly state: CheckpointState | undefined;
  readonly event: Omit<ResumeEvent, 'totalSteps'> | undefined;
}

/**
 * Puts the workspace, whose workers rest, where a checkpoint left its run; without one, the run begins anew.
 * @param provenance what the run's bits follow from here
 * @throws UserError where that is not what they followed from before
 */
export async function resumeFrom(
  runDir: string | null,
  { checkpoint: path, damaged, force }: ResumeOptions,
  workspace: Workspace,
  provenance: Provenance,
  disk: Disk,
): Promise<Resumed> {
  if (path === null) {
    return { state: undefined, event: { event: 'resume', step: 0, checkpoint: null, damaged, forced: [] } };
  }
  const { provenance: before, state, tensors } = await readCheckpoint(disk, path);
  const differences = [
    ...configDifferences(before.config, provenance.config),
    ...engineDifferences(before.engine, provenance.engine),
    ...dataDifferences(before.data, provenance.data),
  ];
  refuseDifferences(runDir ?? path, differences, force);
  const forced = differences.filter(({ kind }) => kind === 'forced').map(inWords);
  const snapshot = { ...takeSnapshot(workspace), ...state };
  const wrong = fillFrom(workspace.setup, snapshot, tensors);
  if (wrong !== undefined) throw new UserError(`${path}: ${wrong}`);
  restore(workspace, snapshot);
  return {
    state: { ...state, forced: [...state.forced, ...forced.map((what) => ({ step: state.step, what }))] },
    event: { event: 'resume', step: state.step, checkpoint: path, damaged, forced },
  };
}

const inWords = ({ path, was, is }: Difference): string => `${path}: ${was} in the run, ${is} now`;

/** What a user of a longer run would not guess: that its schedule became longer, and how it does not. */
function asItWas({ path, was }: Difference): string {
  if (path !== 'optimizer.schedule.length' || was === 'not set') return '';
  return ` (it is as long as the run where none is written: --set optimizer.schedule.length=${was} keeps it)`;
}

/** @throws UserError with every difference that the run cannot, or without `force` may not, go on with */
function refuseDifferences(runDir: string, differences: readonly Difference[], force: boolean): void {
  const never = differences.filter(({ kind }) => kind === 'never');
  const refused = differences.filter(({ kind }) => kind === 'never' || (kind === 'forced' && !force));
  if (refused.length === 0) return;
  const advice =
    never.length > 0
      ? 'what was computed does not fit any more: begin a new run'
      : 'put it back, or go on with --force (the weights are then no longer those of one configuration)';
  const lines = refused.map((each) => `${runDir}: ${inWords(each)}${asItWas(each)}`);
  lines[lines.length - 1] += `; ${advice}`;
  throw new UserError(lines.join('\n'));
}

/** @throws UserError with every difference for which a run cannot be repeated */
export function refuseAnother({ runDir, ...was }: Expected, is: Provenance): void {
  const differences = [
    ...configDifferences(was.config, is.config).filter(({ kind }) => kind !== 'free'),
    ...engineDifferences(was.engine, is.engine),
    ...dataDifferences(was.data, is.data),
  ];
  if (differences.length === 0) return;
  const lines = differences.map((each) => `${runDir}: ${inWords(each)}`);
  lines[lines.length - 1] +=
    '; only what is as it was when the weights were written can be repeated: put it back, or, where the run was ' +
    `continued by --force since, let it end first: ${resumeCommand(runDir)}`;
  throw new UserError(lines.join('\n'));
}

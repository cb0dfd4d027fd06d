/** Puts an opened run where a checkpoint left it, or says why it cannot. */
import { UserError } from '../errors.js';
import type { Disk } from '../machine/disk.js';
import type { Expected, ResumeEvent, ResumeOptions } from '../protocol.js';
import { type Checkpoint, readCheckpoint } from '../runs/checkpoint.js';
import { readBest, siblingPath } from '../runs/checkpoints.js';
import {
  configDifferences,
  type Difference,
  dataDifferences,
  engineDifferences,
  type Provenance,
} from '../runs/provenance.js';
import { resumeCommand } from '../runs/resume-command.js';
import { beginning, type RunState } from '../runs/state.js';
import type { Start } from './outcome.js';
import { fillFrom, restore, type Snapshot, type SnapshotPool } from './snapshots.js';
import type { Workspace } from './workspace.js';

export interface Resumed extends Start {
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
  pool: SnapshotPool,
): Promise<Resumed> {
  if (path === null) {
    const event = { event: 'resume', step: 0, checkpoint: null, damaged, forced: [] } as const;
    return { state: beginning, best: undefined, event: { ...event, forced: [] } };
  }
  const checkpoint = await readCheckpoint(disk, path);
  const { provenance: before, state } = checkpoint;
  const differences = [
    ...configDifferences(before.config, provenance.config),
    ...engineDifferences(before.engine, provenance.engine),
    ...dataDifferences(before.data, provenance.data),
  ];
  refuseDifferences(runDir ?? path, differences, force);
  const forced = differences.filter(({ kind }) => kind === 'forced').map(inWords);
  const snapshot = snapshotOf(checkpoint, path, workspace, pool);
  restore(workspace, snapshot);
  const monitored = before.config.train.validate.monitor === provenance.config.train.validate.monitor;
  // Values of another figure are not to be compared with.
  const known = monitored
    ? state
    : {
        ...state,
        ...{ best: null, improvement: null },
        ...(state.schedule && { schedule: { ...state.schedule, best: null, misses: 0 } }),
      };
  const best = await bestOf(known, snapshot, path, workspace, disk, pool);
  pool.release(snapshot);
  return {
    state: {
      ...known,
      forced: [...state.forced, ...forced.map((what) => ({ step: state.step, what }))],
      // The end of another loss is none of this one.
      ...(forced.length > 0 && { converged: undefined }),
    },
    best,
    event: { event: 'resume', step: state.step, checkpoint: path, damaged, forced },
  };
}

/** A checkpoint's arrays, in memory of the pool's. @throws UserError where they are not those of the network */
function snapshotOf(
  { state, tensors }: Checkpoint,
  path: string,
  workspace: Workspace,
  pool: SnapshotPool,
): Snapshot {
  const snapshot = { ...pool.take(workspace, state), state };
  const wrong = fillFrom(workspace.setup, snapshot, tensors);
  if (wrong !== undefined) throw new UserError(`${path}: ${wrong}`);
  return snapshot;
}

/** The best weights that a checkpoint knows of: its own, or those of another one, which is kept for them. */
async function bestOf(
  { step, best }: RunState,
  snapshot: Snapshot,
  path: string,
  workspace: Workspace,
  disk: Disk,
  pool: SnapshotPool,
): Promise<Snapshot | undefined> {
  if (best === null) return undefined;
  if (best.step === step) return pool.hold(snapshot);
  const checkpoint = await readBest(disk, path, best);
  return snapshotOf(checkpoint, siblingPath(path, best.step), workspace, pool);
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
    ...configDifferences(was.config, is.config),
    ...engineDifferences(was.engine, is.engine),
    ...dataDifferences(was.data, is.data),
  ].filter(({ kind }) => kind !== 'free');
  if (differences.length === 0) return;
  const lines = differences.map((each) => `${runDir}: ${inWords(each)}`);
  lines[lines.length - 1] +=
    '; only what is as it was when the weights were written can be repeated: put it back, or, where the run was ' +
    `continued by --force since, let it end first: ${resumeCommand(runDir)}`;
  throw new UserError(lines.join('\n'));
}

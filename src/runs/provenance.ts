/**
 * What a run's bits follow from: its configuration, the engine that it came to, its data. Knows how two of these are
 * compared, and which differences a run may go on with.
 */

import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.js';
import { datasets } from '../data/index.js';
import type { Bits } from '../engines/kernels.js';
import { shortened } from '../errors.js';
import { pinnedSchedule } from '../optimizers/schedules/index.js';
import type { Option, Options } from '../options.js';

/** What a run computes with. Two runs with equal ones have equal bits, and so have those that differ in the name alone. */
export interface EngineProvenance {
  readonly name: string;
  /** Its own options; undefined where it has none. */
  readonly options?: object;
  /** SHA-256 of the kernels; null where none are used. */
  readonly kernels: string | null;
  /** The kind of bits, which engines share: undefined in records of before there were kinds, null where they are its own. */
  readonly bits?: Bits | null | undefined;
  /** Parts of a minibatch, which the configuration need not name. */
  readonly shards: number;
}

/** What the data are: sizes, and SHA-256 over the features' and then the targets' bytes as they lie in memory. */
export interface DataProvenance {
  readonly rows: number;
  readonly features: number;
  readonly outputs: number;
  readonly sha256: string;
}

/** The file that a run began with the weights of, in place of drawn ones. */
export interface InitProvenance {
  readonly path: string;
  /** SHA-256 over the file. */
  readonly sha256: string;
  /** Tensors that it lacks, or has in another shape, were drawn. */
  readonly allowMissing: boolean;
}

export interface Provenance {
  /** Version of gradpool that wrote it. */
  readonly gradpool: string;
  readonly config: Config;
  readonly engine: EngineProvenance;
  readonly data: DataProvenance;
  /** Undefined: all weights were drawn by the seed. */
  readonly initFrom?: InitProvenance;
}

/** What a record says that a run began with. @returns undefined where it says nothing, or something else */
export function initIn(value: unknown): InitProvenance | undefined {
  if (!isObject(value)) return undefined;
  const { path, sha256, allowMissing } = value;
  const sound = typeof path === 'string' && typeof sha256 === 'string' && typeof allowMissing === 'boolean';
  return sound ? { path, sha256, allowMissing } : undefined;
}

/** SHA-256 of a value's JSON with its keys in order. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join()}}`;
}

/** Something that is not as it was. */
export interface Difference {
  /** E.g. `optimizer.learningRate`. */
  readonly path: string;
  readonly was: string;
  readonly is: string;
  /**
   * free: nothing that was computed so far would have been other. forced: the run can go on, but its result is no
   * longer what its configuration alone gives. never: what was computed does not fit any more.
   */
  readonly kind: 'free' | 'forced' | 'never';
}

/** The options of data families that are paths: `data.path`. */
export const dataPaths = Object.values(datasets).flatMap(({ options }) => pathsIn('data', options));

function pathsIn(above: string, options: Options): string[] {
  return Object.entries(options).flatMap(([key, option]) => pathsOf(`${above}.${key}`, option));
}

function pathsOf(at: string, option: Option): string[] {
  if (option.type === 'either') return option.of.flatMap((form) => pathsOf(at, form));
  if (option.type === 'group') return pathsIn(at, option.options);
  return option.type === 'text' && option.path ? [at] : [];
}

/** What a change of these means; everything else is forced. A path stands for all that is below it. */
const KINDS: readonly (readonly [path: string, kind: Difference['kind']])[] = [
  ['name', 'free'],
  ['train.epochs', 'free'],
  ['train.validate.metrics', 'free'],
  ['train.checkpoint', 'free'],
  // What was asked for; what it came to is compared as `EngineProvenance`.
  ['engine', 'free'],
  ['train.shards', 'free'],
  // Where files lie says nothing of what is in them: that is compared as `DataProvenance`.
  ...dataPaths.map((path) => [path, 'free'] as const),
  // Parameters and steps are counted by these.
  ['model', 'never'],
  ['optimizer.name', 'never'],
  ['data', 'never'],
  ['train.batchSize', 'never'],
  ['train.accumulate', 'never'],
  ['train.ema.decay', 'forced'],
  ['train.ema', 'never'],
];

/**
 * How `is` differs from `was`, key by key. A schedule that is as long as its run is compared as if its length were
 * written: more epochs would have changed the steps that were made already.
 */
export function configDifferences(was: Config, is: Config): Difference[] {
  const kinds = isMorePatient(was.train.stop, is.train.stop)
    ? [['train.stop', 'free'] as const, ...KINDS]
    : KINDS;
  return differencesAt('', pinned(was), pinned(is)).map((each) => ({
    ...each,
    kind: kinds.find(([path]) => each.path === path || each.path.startsWith(`${path}.`))?.[1] ?? 'forced',
  }));
}

function pinned(config: Config): Config {
  const { optimizer, train } = config;
  // What a file says may be older than schedules are.
  if (optimizer === undefined || !('schedule' in optimizer) || optimizer.schedule === undefined)
    return config;
  return {
    ...config,
    optimizer: { ...optimizer, schedule: pinnedSchedule(optimizer.schedule, train.epochs) },
  } as Config;
}

/** Whether a run that has come so far with one way to stop would have come so far with the other too. */
function isMorePatient(was: Config['train']['stop'], is: Config['train']['stop']): boolean {
  if (was === undefined || is === undefined) return is === undefined;
  return is.patience >= was.patience && is.minDelta === was.minDelta;
}

export function engineDifferences(was: EngineProvenance, is: EngineProvenance): Difference[] {
  const sameKind = was.bits != null && was.bits === is.bits;
  return differencesAt('engine', was, is).map((each) => ({
    ...each,
    kind: sameKind && each.path === 'engine.name' ? 'free' : 'forced',
  }));
}

/** Other values may do where the sizes are the same. */
export function dataDifferences(was: DataProvenance, is: DataProvenance): Difference[] {
  return differencesAt('data', was, is).map((each) => ({
    ...each,
    kind: each.path === 'data.sha256' ? 'forced' : 'never',
  }));
}

/** Key by key, where two plain values differ. @param path what stands before every key */
export function differencesAt(path: string, was: unknown, is: unknown): Omit<Difference, 'kind'>[] {
  if (canonical(was) === canonical(is)) return [];
  if (!isObject(was) || !isObject(is)) return [{ path: shortened(path), was: shown(was), is: shown(is) }];
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].flatMap((key) => differencesAt(path === '' ? key : `${path}.${key}`, was[key], is[key]));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function shown(value: unknown): string {
  return value === undefined ? 'not set' : shortened(JSON.stringify(value));
}

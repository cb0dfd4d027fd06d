/**
 * What a sweep's folder is of: `sweep.json`, written before the first trial, and again where more trials are wanted. It is
 * no state: it only tells another sweep's folder, and one of other data, from this one's.
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { codeOf, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { type Disk, readSmall, unreadable, writeDurably } from '../machine/disk.js';
import { differencesAt } from '../runs/provenance.js';
import type { DataFiles } from './data-files.js';
import type { Sweep, SweepRecord } from './spec.js';

const FILE = 'sweep.json';
const MOST_BYTES = 2 ** 22;
const MOST_TOLD = 3;
const TRIALS = 'search.trials';

/** The folder of sweeps, beside that of runs. */
export const SWEEPS = 'sweeps';

/** @param files hashes of the data's @throws UserError where the folder is another sweep's, or of other data */
export async function claimDefinition(
  disk: Disk,
  folder: string,
  { record, where }: Sweep,
  base: Config,
  files: DataFiles['hashes'],
  version: string,
): Promise<void> {
  const path = join(folder, FILE);
  const own = { sweep: record, base, files };
  const write = () =>
    writeDurably(disk, path, [
      Buffer.from(`${JSON.stringify({ gradpool: version, ...own }, undefined, 2)}\n`),
    ]);
  let text: string;
  try {
    text = await readSmall(disk, path, MOST_BYTES);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(path, error);
    return write();
  }
  const was = parseJson(text);
  if (!isMapping(was)) throw new UserError(`${path}: expected what a sweep wrote there, got something else`);
  // As it comes back from JSON.
  const is = parseJson(JSON.stringify(own)) as typeof own;
  const differences = [
    ...differencesAt('', was.sweep, is.sweep),
    ...differencesAt('base', was.base, is.base),
  ];
  const before = trialsIn(was.sweep);
  const otherTrials = differences.length === 1 && differences[0].path === TRIALS && before !== undefined;
  if (differences.length === 0 || otherTrials) {
    const tried = await lastTried(disk, folder);
    const others = differencesAt('', was.files, is.files);
    if (others.length > 0 && was.files !== undefined && tried > 0) {
      throw new UserError(
        `${where}: the data are not those that the trials in ${folder} learned from (the files of ${others[0].path} have ` +
          'other bytes), and figures of other data cannot be compared; put back what was there, or give this one a name of ' +
          'its own (name: …)',
      );
    }
    const why = otherTrials ? against(record, before, tried) : undefined;
    if (why === undefined) return differences.length + others.length > 0 ? write() : undefined;
    throw new UserError(
      `${where}: search.trials was ${before} in ${folder}, is ${record.search.trials}, and ${why}, or give this one a name of ` +
        'its own (name: …)',
    );
  }
  const told = differences
    .slice(0, MOST_TOLD)
    .map(({ path: at, was: before, is: now }) => `${at} was ${before}, is ${now}`);
  if (differences.length > MOST_TOLD) told.push(`and ${differences.length - MOST_TOLD} more`);
  throw new UserError(
    `${where}: ${folder} is another sweep's (${shortened(told.join('; '), 400)}); give this one a name of its own ` +
      '(name: …), or remove that folder',
  );
}

/** Why a sweep that began with so many trials cannot have another number of them; undefined: it can, as none depends on it. */
function against({ search, halving }: SweepRecord, before: number, tried: number): string | undefined {
  if (halving !== null)
    return `halving chose among ${before}, of which others would have gone on; set ${before}`;
  if (search.trials >= tried) return undefined;
  return `trials that were tried are not forgotten: the winner may be one of them; set ${tried} or more`;
}

/** The last trial that has a folder; 0: none has. */
async function lastTried(disk: Disk, folder: string): Promise<number> {
  const entries = await disk.readdir(folder, { withFileTypes: true });
  const numbers = entries.map(({ name }) => Number(/^trial-(\d{4,6})$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

function trialsIn(sweep: unknown): number | undefined {
  const trials = isMapping(sweep) && isMapping(sweep.search) ? sweep.search.trials : undefined;
  return typeof trials === 'number' ? trials : undefined;
}

/**
 * What a sweep's folder is of: `sweep.json`, written before the first trial, and again where more trials are wanted. It is
 * no state: it only tells another sweep's folder from this one's.
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { codeOf, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { type Disk, readSmall, unreadable, writeDurably } from '../machine/disk.js';
import { differencesAt } from '../runs/provenance.js';
import type { Sweep, SweepRecord } from './spec.js';

const FILE = 'sweep.json';
const MOST_BYTES = 2 ** 22;
const MOST_TOLD = 3;
const TRIALS = 'search.trials';

/** The folder of sweeps, beside that of runs. */
export const SWEEPS = 'sweeps';

/** @throws UserError where the folder is another sweep's */
export async function claimDefinition(
  disk: Disk,
  folder: string,
  { record, where }: Sweep,
  base: Config,
  version: string,
): Promise<void> {
  const path = join(folder, FILE);
  const own = { sweep: record, base };
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
  if (differences.length === 0) return;
  const before = trialsIn(was.sweep);
  if (differences.length === 1 && differences[0].path === TRIALS && before !== undefined) {
    const why = against(record, before);
    if (why === undefined) return write();
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
function against({ search, halving }: SweepRecord, before: number): string | undefined {
  if (halving !== null)
    return `halving chose among ${before}, of which others would have gone on; set ${before}`;
  if (search.trials > before) return undefined;
  return `trials that were tried are not forgotten: the winner may be one of them; set ${before} or more`;
}

function trialsIn(sweep: unknown): number | undefined {
  const trials = isMapping(sweep) && isMapping(sweep.search) ? sweep.search.trials : undefined;
  return typeof trials === 'number' ? trials : undefined;
}

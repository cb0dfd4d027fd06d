/**
 * What a sweep's folder is of: `sweep.json`, written once, before the first trial. It is no state: it only tells another
 * sweep's folder from this one's.
 */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { codeOf, shortened, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { type Disk, readSmall, unreadable, writeDurably } from '../machine/disk.js';
import { differencesAt } from '../runs/provenance.js';
import type { Sweep } from './spec.js';

const FILE = 'sweep.json';
const MOST_BYTES = 2 ** 22;
const MOST_TOLD = 3;

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
  let text: string;
  try {
    text = await readSmall(disk, path, MOST_BYTES);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw unreadable(path, error);
    const whole = `${JSON.stringify({ gradpool: version, ...own }, undefined, 2)}\n`;
    await writeDurably(disk, path, [Buffer.from(whole)]);
    return;
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
  const told = differences
    .slice(0, MOST_TOLD)
    .map(({ path: at, was: before, is: now }) => `${at} was ${before}, is ${now}`);
  if (differences.length > MOST_TOLD) told.push(`and ${differences.length - MOST_TOLD} more`);
  throw new UserError(
    `${where}: ${folder} is another sweep's (${shortened(told.join('; '), 400)}); give this one a name of its own ` +
      '(name: …), or remove that folder',
  );
}

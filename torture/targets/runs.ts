/** The files of a run's folder as targets. Knows what may be in them, not how they are read. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { endingOf, verify } from '../../src/api/verify.js';
import { recordedConfig } from '../../src/config/load.js';
import { UserError } from '../../src/errors.js';
import { readSafetensors } from '../../src/formats/safetensors.js';
import { realDisk } from '../../src/machine/disk.js';
import { readCheckpoint } from '../../src/runs/checkpoint.js';
import { checkpointPath, newestCheckpoint } from '../../src/runs/checkpoints.js';
import { RunFolder, writtenConfig } from '../../src/runs/folder.js';
import { lockFolder } from '../../src/runs/lock.js';
import { configDifferences } from '../../src/runs/provenance.js';
import type { Target, Targets } from './target.js';

/** As `gradpool train --resume` does, up to the configuration that it would go on with. */
const checkpoint: Target = async (_bytes, path) => {
  const { provenance, state, tensors } = await readCheckpoint(realDisk, path);
  const config = recordedConfig(provenance.config, {}, path);
  configDifferences(provenance.config, config);
  if (!Number.isSafeInteger(state.step) || state.step < 0) throw new Error(`step ${state.step}`);
  if (Object.keys(Object.prototype).length > 0) throw new Error('Object.prototype has changed');
  for (const { data } of Object.values(tensors)) data.at(-1);
  return 'accepted';
};

const safetensors: Target = async (bytes, path) => {
  const { head, data, tensors } = await readSafetensors(realDisk, path);
  if (bytes.length > 0 && head.length + data.length !== bytes.length)
    throw new Error('other bytes than there are');
  const covered = Object.values(tensors).reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
  if (covered !== data.length) throw new Error('tensors that do not cover the data');
  return 'accepted';
};

/** In a folder of its own: the run's name for the file is what it is read by. */
async function inRun(
  path: string,
  name: string,
  use: (folder: string) => Promise<void>,
): Promise<'accepted'> {
  const folder = `${path}-run`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, dirname(name)), { recursive: true });
  await writeFile(join(folder, name), await readFile(path));
  await use(folder);
  return 'accepted';
}

const provenance: Target = (_bytes, path) =>
  inRun(path, 'config.json', async (folder) => {
    recordedConfig(await writtenConfig(folder), {}, 'config.json');
  });

const lock: Target = (_bytes, path) =>
  inRun(path, 'run.lock', async (folder) => {
    await (await lockFolder(realDisk, folder)).release();
  });

const events: Target = (_bytes, path) =>
  inRun(path, 'events.jsonl', async (folder) => {
    const run = await RunFolder.claim(folder, true);
    await run.begin({}, {}, '1');
    run.event({ event: 'resume' });
    await run.close();
    const text = await readFile(join(folder, 'events.jsonl'), 'utf8');
    if (!text.endsWith('{"event":"resume"}\n')) throw new Error('the line that was added is not the last');
  });

const weights: Target = (_bytes, path) =>
  inRun(path, 'weights.safetensors', async (folder) => {
    // Nothing that is mutated has a configuration beside it: what is sound is refused for that.
    await verify(folder, { threads: 1 });
  });

/** What `gradpool verify` reads before a thread of its own has loaded. */
const ending: Target = (_bytes, path) =>
  inRun(path, 'weights.safetensors', async (folder) => {
    await endingOf(realDisk, folder);
  });

const newest: Target = (_bytes, path) =>
  inRun(path, checkpointPath('', 7), async (folder) => {
    const { found, damaged } = await newestCheckpoint(realDisk, folder);
    if (found === undefined) throw new UserError(damaged[0].why);
  });

/** Believes that what begins like a checkpoint is one. */
const unsealed: Target = async (bytes) => {
  const header = Buffer.from(bytes.subarray(8, 8 + Number(Buffer.from(bytes).readBigUInt64LE())));
  JSON.parse(header.toString());
  return 'accepted';
};

export const runTargets: Targets = {
  checkpoint,
  safetensors,
  provenance,
  lock,
  events,
  weights,
  ending,
  newest,
  'checkpoint without the care for damage': unsealed,
};

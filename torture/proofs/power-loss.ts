/** Power lost after any write, fsync or rename: the newest checkpoint that was said to stand is there, whole. */

import type { Disk } from '../../src/machine/disk.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { RunFolder } from '../../src/runs/folder.js';
import { madeUp } from '../checkpoints.js';
import { MemoryDisk, type Operation } from '../memory-disk.js';
import { afterPowerLoss, type Fate, fates, randomFates, unsafe } from '../power-loss.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';

const RUN = '/runs/x';
const KEEP = 2;
/** Validation losses of the checkpoints: the second one is the best, and must outlive its turn. */
const LOSSS = [0.5, 0.2, 0.4, 0.3, 0.35];

export const powerLoss: Proof = {
  name: 'power-loss',
  what: 'power lost after every write, fsync and rename of a run: the newest checkpoint that was said to stand is there',
  // Every prefix is always tried; the count is of random states beyond.
  short: 0,
  long: 10_000,
  async run(given) {
    const log = await logOfARun(given.sabotage);
    let states = 0;
    for (let length = 0; length <= log.length; length++) {
      const places = unsafe(log, length);
      const tried: ((at: number) => Fate)[] = [() => 'there'];
      for (const fate of fates.slice(1)) {
        tried.push((at) => (places.includes(at) ? fate : 'there'));
        // One operation alone is late, or ahead of all the others.
        for (const one of places) {
          tried.push((at) => (at === one ? fate : 'there'));
          tried.push((at) => (at !== one && places.includes(at) ? fate : 'there'));
        }
      }
      for (const fateOf of tried) await check(log, length, fateOf, given, length);
      states += tried.length;
    }
    for (let index = 0; index < given.count; index++) {
      const random = randomOf(given, 'power-loss', index);
      const length = random.below(log.length + 1);
      await check(log, length, randomFates(unsafe(log, length), random), given, index);
      given.progress?.(index + 1);
    }
    return { 'operations logged': log.length, 'states tried': states + given.count };
  },
};

/** What a run with five checkpoints asks of its disk. */
async function logOfARun(sabotage: string | undefined): Promise<Operation[]> {
  const memory = new MemoryDisk();
  const disk = sabotaged(memory.disk, sabotage);
  const folder = await RunFolder.claim(RUN, false, disk);
  await folder.begin({ a: 'configuration' }, { an: 'engine' }, '1');
  let best = 0;
  for (const [k, loss] of LOSSS.entries()) {
    if (loss < LOSSS[best]) best = k;
    await folder.checkpoint(madeUp(k + 1, best + 1, LOSSS[best]), KEEP);
    memory.mark(`${k + 1} ${best + 1}`);
    folder.event({ step: k + 1 });
  }
  await folder.close();
  return memory.log;
}

async function check(
  log: readonly Operation[],
  length: number,
  fateOf: (at: number) => Fate,
  given: Given,
  index: number,
): Promise<void> {
  const { disk, entries } = afterPowerLoss(log, length, fateOf);
  const mark = log.slice(0, length).findLast(({ kind }) => kind === 'mark');
  const [saved = 0, best = 0] = mark?.kind === 'mark' ? mark.what.split(' ').map(Number) : [];
  const told = `${length} operations, ${[...entries.keys()].join(' ')}`;
  const { found, damaged } = await newestCheckpoint(disk, RUN);
  demand(damaged.length === 0, given, index, `${damaged[0]?.path}: ${damaged[0]?.why} (${told})`);
  const step = found?.checkpoint.state.step ?? 0;
  demand(step >= saved, given, index, `found step ${step}, saved was ${saved} (${told})`);
  const hasBest = saved === 0 || [...entries.keys()].some((path) => path.includes(`step-000000000${best}.`));
  demand(hasBest, given, index, `the best, of step ${best}, is gone (${told})`);
  if (found) {
    const { checkpoint } = found;
    const same = JSON.stringify(checkpoint.tensors) === JSON.stringify(madeUp(step, 1, 0).tensors);
    demand(same, given, index, `other values in the checkpoint of step ${step} (${told})`);
  }
}

/** The disk without one of the guards that a checkpoint is written with. */
function sabotaged(disk: Disk, sabotage: string | undefined): Disk {
  // Whatever is opened under a temporary name is the file itself, and there is nothing to rename.
  const final = (path: unknown) => String(path).replace(/(step-\d+\.safetensors)\.tmp$/, '$1');
  switch (sabotage) {
    case undefined:
      return disk;
    case 'the rename':
      return {
        ...disk,
        open: (path, ...rest) => disk.open(final(path), ...rest),
        rename: async (from, to) => {
          if (final(from) === from) await disk.rename(from, to);
        },
      };
    case 'the fsync of the file':
    case 'the fsync of the folder':
      return {
        ...disk,
        async open(path, ...rest) {
          const handle = await disk.open(path, ...rest);
          const folder = (await handle.stat()).isDirectory();
          const skipped = folder === (sabotage === 'the fsync of the folder');
          return skipped ? Object.assign(handle, { sync: async () => {} }) : handle;
        },
      };
    default:
      throw new Error(`no such sabotage: ${sabotage}`);
  }
}

/** Any call to the disk fails: the run ends with an account of what is kept, or well; and it can be gone on with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { writtenConfig } from '../../src/runs/folder.js';
import { forgetLock } from '../../src/runs/lock.js';
import { faultyDisk, type IoFault, ioFaults } from '../faulty-disk.js';
import { demand, type Figures, type Given, type Proof } from '../proof.js';
import { inFolder, runSmall, STEPS_AN_EPOCH, smallConfig } from '../small.js';

const LOCK = 'io-errors';
const STEPS = 2 * STEPS_AN_EPOCH;
const config = smallConfig({ epochs: 2, checkpoint: { every: '13 steps', keep: 1 } });

export const ioErrors: Proof = {
  name: 'io-errors',
  what: 'ENOSPC, EIO, EROFS, EACCES or a short write at the n-th call: an account, and nothing that stood is lost',
  // Rounds through every n: in each, call n meets another fault.
  short: 1,
  long: 2 * ioFaults.length,
  async run(given) {
    const pool = new Pool(1);
    try {
      return await rounds(given, pool);
    } finally {
      await pool.close();
    }
  },
};

/** By one thread for all runs: what goes wrong goes wrong in this one, and starting it is most of a run's time. */
async function rounds(given: Given, pool: Pool): Promise<Figures> {
  const whole = await runSmall(config, { threads: 1 }, { pool });
  let tried = 0;
  let survived = 0;
  let most = 0;
  for (let round = 0; round < given.count; round++) {
    for (let n = 0; ; n++) {
      const fault = ioFaults[(n + round) % ioFaults.length];
      const outcome = await inFolder((folder) =>
        trial(n, fault, round % 2 === 1, join(folder, 'run'), whole.hash, given, pool),
      );
      if (outcome === 'never') {
        most = Math.max(most, n);
        break;
      }
      tried++;
      if (outcome === 'well') survived++;
    }
    given.progress?.(round + 1);
  }
  return { 'calls of a run': most, 'faults tried': tried, 'ended well all the same': survived };
}

async function trial(
  n: number,
  fault: IoFault,
  lasting: boolean,
  runDir: string,
  hash: string,
  given: Given,
  pool: Pool,
): Promise<'never' | 'well' | 'told'> {
  const faulty = faultyDisk(n, fault, lasting);
  const saved: number[] = [];
  const outcome = await runSmall(
    config,
    { threads: 1, runDir, lock: LOCK },
    { disk: faulty.disk, pool },
    (event) => {
      if (event.event === 'checkpoint') saved.push(event.step);
    },
  ).catch((error: Error) => error);
  if (faulty.failed === undefined) return 'never';
  const told = `call ${n} (${faulty.failed}), ${fault}${lasting ? ' from then on' : ''}`;
  if (outcome instanceof Error) {
    demand(outcome.name === 'UserError', given, n, `${told}: ${outcome.stack}`);
    const account = /is kept: gradpool train --resume|no checkpoint was kept|nothing was written/;
    demand(account.test(outcome.message), given, n, `${told}: does not say what is kept: ${outcome.message}`);
    demand(fault !== 'short write', given, n, `${told}: ${outcome.message}`);
  } else demand(outcome.hash === hash && outcome.steps === STEPS, given, n, `${told}: other weights`);

  // This process lives on, unlike one that has ended.
  await forgetLock(realDisk, runDir, LOCK);
  const { found, damaged } = existsSync(runDir)
    ? await newestCheckpoint(realDisk, runDir)
    : { found: undefined, damaged: [] };
  demand(damaged.length === 0, given, n, `${told}: ${damaged[0]?.path} is damaged: ${damaged[0]?.why}`);
  const step = found?.checkpoint.state.step ?? 0;
  const last = saved.at(-1) ?? 0;
  demand(step >= last, given, n, `${told}: step ${last} was saved, the newest there is of ${step}`);
  const begun = found !== undefined || (existsSync(runDir) && (await writtenConfig(runDir)) !== undefined);
  const resume = begun ? { checkpoint: found?.path ?? null, damaged: [], force: false } : null;
  const again = await runSmall(config, { threads: 1, runDir, resume }, { pool });
  demand(again.hash === hash, given, n, `${told}: other weights when it was gone on with`);
  return outcome instanceof Error ? 'told' : 'well';
}

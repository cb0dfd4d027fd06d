/**
 * Any configuration that the check accepts: trained with two numbers of threads, and stopped and resumed, to the same bits;
 * its gradients checked; where it diverges, with the same diagnosis.
 */
import { join } from 'node:path';
import type { Config } from '../../src/config/schema.js';
import { checkGradients } from '../../src/coordinator/gradcheck.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import type { DataSource } from '../../src/data/source.js';
import { UserError } from '../../src/errors.js';
import { realDisk } from '../../src/machine/disk.js';
import { Pool } from '../../src/pool/pool.js';
import type { RunOptions } from '../../src/protocol.js';
import type { Random } from '../../src/random.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { type Drawn, drawn } from '../any-config.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';
import { inFolder } from '../small.js';

/** The check refuses what does not go together; more than this share of refusals would be a proof of little. */
const MOST_REFUSED = 0.5;
/** Of fewer cases that says nothing. */
const FEWEST = 20;
const MOST_THREADS = 3;
/** Small runs mostly wait for threads to wake: long forms go through several cases at the same time, each lane with threads of its own. */
const LANES = 3;
const LANES_FROM = 500;

export const configurations: Proof = {
  name: 'configurations',
  what: 'random configurations of all members: the same bits for two numbers of threads and after a resume, right gradients, or one diagnosis',
  short: 40,
  long: 20_000,
  parts: true,
  async run(given) {
    const figures = { refused: 0, diverged: 0, 'not checked by differences': 0 };
    const first = given.first ?? 0;
    const cases = casesOf(given, first);
    const lane = async () => {
      // One for all of a lane: starting threads takes longer than such a run.
      const pool = new Pool(MOST_THREADS);
      try {
        for (let index = cases.next(); index !== undefined; index = cases.next()) {
          await one(given, index, pool, figures);
          cases.done(index);
        }
      } catch (error) {
        cases.end();
        throw error;
      } finally {
        await pool.close();
      }
    };
    const lanes = Array.from({ length: given.count < LANES_FROM ? 1 : LANES }, lane);
    const failed = (await Promise.allSettled(lanes)).find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    demand(
      given.count < FEWEST || figures.refused <= MOST_REFUSED * (figures.refused + given.count),
      given,
      first,
      `${figures.refused} were refused`,
    );
    return figures;
  },
};

/** Numbers of cases for several lanes, and how far all cases are done. */
function casesOf({ count, progress }: Given, first: number) {
  const waiting = new Set<number>();
  let next = first;
  return {
    next(): number | undefined {
      if (next >= first + count) return undefined;
      waiting.add(next);
      return next++;
    },
    done(index: number): void {
      waiting.delete(index);
      progress?.(Math.min(next, ...waiting) - first);
    },
    end(): void {
      next = Number.POSITIVE_INFINITY;
    },
  };
}

async function one(
  given: Given,
  index: number,
  pool: Pool,
  figures: Record<'refused' | 'diverged' | 'not checked by differences', number>,
): Promise<void> {
  const random = randomOf(given, 'configurations', index);
  const threads = [1 + random.below(MOST_THREADS), 1 + random.below(MOST_THREADS)];
  const stopAt = 1 + random.below(10);
  const refused = () => figures.refused++;
  await inFolder(async (folder) => {
    const { config, source, initFrom, whole } = await accepted(random, pool, threads[0], folder, refused);
    const said = () => JSON.stringify({ ...config, initFrom });
    const seed = config.seed + (given.sabotage === 'threads' ? 1 : 0);
    const other = await told({ ...config, seed }, source, pool, { threads: threads[1], initFrom });
    demand(other === whole, given, index, `${threads} threads: ${whole}, ${other}: ${said()}`);
    if (given.sabotage !== 'threads') {
      figures['not checked by differences'] += await wrongless(config, source, pool, given, index);
    }
    if (!whole.startsWith('sha256:')) {
      figures.diverged++;
      return;
    }
    const runDir = join(folder, 'run');
    await told(config, source, pool, { threads: threads[1], runDir, initFrom, untilStep: stopAt });
    const { found } = await newestCheckpoint(realDisk, runDir);
    demand(found !== undefined, given, index, `no checkpoint: ${said()}`);
    const resume = { checkpoint: found.path, damaged: [], force: false };
    const resumed = await told(config, source, pool, { threads: threads[0], runDir, initFrom, resume });
    demand(resumed === whole, given, index, `resumed after ${stopAt}: ${whole}, ${resumed}: ${said()}`);
  });
}

/** The next configuration that is not refused, with what becomes of it. */
async function accepted(random: Random, pool: Pool, threads: number, folder: string, refused: () => void) {
  for (let n = 0; ; n++) {
    const one = drawn(random);
    if (!('why' in one)) {
      try {
        const begun = await withWeights(one, pool, join(folder, `first-${n}`));
        const { config, source, initFrom } = begun;
        return { ...begun, whole: await told(config, source, pool, { threads, initFrom }) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    refused();
  }
}

/** Where it is to begin with a file: the weights of a short run of it, unless that diverges. */
async function withWeights({ config, source, begins }: Drawn, pool: Pool, runDir: string) {
  if (begins === undefined) return { config, source };
  const seed = config.seed + 1;
  const first = await told({ ...config, seed }, source, pool, { runDir, untilStep: 2 });
  if (!first.startsWith('sha256:')) return { config, source };
  const path = join(runDir, 'weights.safetensors');
  if (begins === '--init-from') return { config, source, initFrom: { path, allowMissing: false } };
  return { config: { ...config, model: { ...config.model, init: { name: 'file' as const, path } } }, source };
}

/** What a run comes to: its weights and figures, or what is said of it. */
async function told(
  config: Config,
  source: DataSource,
  pool: Pool,
  options: Partial<RunOptions>,
): Promise<string> {
  const trainer = new Trainer();
  const run = { threads: 1, runDir: null, version: 'torture', ...options };
  try {
    const { summary } = await trainer.train(config, run, () => {}, { source, pool });
    const { weightsHash, bestHash, testLoss, testMetrics } = summary;
    return `${weightsHash} ${bestHash} ${JSON.stringify([testLoss, testMetrics])}`;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Diverged') throw error;
    return error.message.replaceAll(/\S*checkpoint\S*/g, '');
  }
}

/** Backpropagation beside differences. @returns layers of which nothing can be said */
async function wrongless(
  config: Config,
  source: DataSource,
  pool: Pool,
  given: Given,
  index: number,
): Promise<number> {
  const whole = { ...config, model: { ...config.model, precision: 'float64' as const } };
  const spoil =
    given.sabotage === 'gradients'
      ? { spoil: (gradients: Float64Array) => void gradients.set(gradients.map((value) => value + 1)) }
      : {};
  const options = { threads: 2, rows: 8, sample: 12 };
  const layers = await checkGradients(whole, options, () => {}, source, undefined, { ...spoil, pool });
  for (const { name, verdict, because } of layers) {
    demand(verdict !== 'wrong', given, index, `${name}: ${because}: ${JSON.stringify(config)}`);
  }
  return layers.filter(({ verdict }) => verdict !== 'right').length;
}

/** `crossValidate` as a function: a run for each fold, every row in the test of exactly one of them. */
import { join } from 'node:path';
import type { Overrides } from '../config/load.js';
import type { Config, ConfigInput } from '../config/schema.js';
import { UserError } from '../errors.js';
import type { DoneEvent } from '../events.js';
import { realDisk, reasonOf, removeEmpty, seenFrom, writeDurably } from '../machine/disk.js';
import { type CrossValidation, type FoldResult, meansOf } from '../results.js';
import { newRunFolder } from '../runs/name.js';
import type { CrossValidationEvent } from '../series.js';
import { version } from '../version.js';
import type { RunSettings } from './run.js';
import {
  cache,
  checkSettings,
  configOf,
  flag,
  listener,
  overrides,
  signal,
  threads,
  wholeFrom,
} from './settings.js';
import { train } from './train.js';

/** How a cross-validation goes on. */
export interface CrossValidateOptions extends Pick<RunSettings, 'threads' | 'signal' | 'cache'> {
  /** Folds, 2 to 1,000; default 5. */
  folds?: number;
  /** How often the rows are dealt out anew; default 1. */
  repeats?: number;
  /** Whether folds have the classes in the same shares; default: as the configuration's split says. */
  stratify?: boolean;
  /** Values to put in place of those of the configuration. */
  overrides?: Overrides;
  /** true: each run is written to `runs/<name>-cv-<time>/fold-<k>`; false, the default: nothing is. */
  runDir?: boolean;
  /** Called with each event, in order. */
  onEvent?: (event: CrossValidationEvent) => unknown;
}

/** Splits that are drawn at random, whose options folds have too. */
const drawn = ['random', 'official', 'files', 'folds'];

/**
 * Trains and tests once a fold. Folds follow from the configuration's seed, and of each repetition from the next one.
 * An abort ends the fold under way, which then does not count.
 * @throws UserError for anything that the caller can mend; as `train`
 */
export async function crossValidate(
  source: ConfigInput | string,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  checkSettings<CrossValidateOptions>('crossValidate', options, {
    threads,
    signal,
    cache,
    folds: wholeFrom(2),
    repeats: wholeFrom(1),
    stratify: flag,
    overrides,
    runDir: flag,
    onEvent: listener,
  });
  const { folds = 5, repeats = 1, onEvent = () => {}, signal: abort, threads: workers } = options;
  const cwd = process.cwd();
  const config = await configOf(source, options.overrides, cwd);
  const split = await foldSplit(config, options.stratify);
  const disk = seenFrom(cwd);
  const name = `${config.name.slice(0, 61)}-cv`;
  const place = options.runDir ? await newRunFolder(disk, name, new Date()) : undefined;
  const folder = place?.path ?? null;
  const results: FoldResult[] = [];
  const { seed } = config;
  const runs = folds * repeats;
  let stopped = false;
  try {
    onEvent({
      event: 'start',
      name: config.name,
      folds,
      repeats,
      stratify: split.stratify,
      seed,
      runs,
      folder,
    });
    for (let run = 0; run < runs && !stopped; run++) {
      const [repeat, fold] = [Math.floor(run / folds) + 1, (run % folds) + 1];
      const own = seed + repeat - 1;
      const runDir =
        folder === null ? false : join(folder, ...(repeats > 1 ? [`repeat-${repeat}`] : []), `fold-${fold}`);
      const input = {
        ...config,
        seed: own,
        data: { ...config.data, split: { ...split, folds, fold, seed: own } },
      };
      const { summary } = await train(input as unknown as ConfigInput, {
        threads: workers,
        cache: options.cache,
        signal: abort,
        runDir,
        onEvent: (told) => onEvent({ event: 'run', run: run + 1, told }),
      });
      stopped = summary.stopped;
      if (stopped) break;
      const result = resultOf(summary, repeat, fold);
      results.push(result);
      onEvent({ event: 'fold', ...result });
    }
  } catch (error) {
    if (!abort?.aborted || error !== abort.reason || results.length === 0) throw error;
    stopped = true;
  } finally {
    await removeEmpty(disk, place?.made ?? []);
  }
  const done = {
    folds,
    repeats,
    stratify: split.stratify,
    seed,
    results,
    ...meansOf(results),
    stopped,
    folder,
  };
  if (folder !== null && results.length > 0) await written(join(folder, 'cross-validation.json'), done, cwd);
  return done;
}

/** The split `folds` with what the configuration's own says. @throws UserError for data and splits that do not go with it */
async function foldSplit({ data }: Config, stratify: boolean | undefined) {
  const { datasets } = await import('../data/index.js');
  if (!Object.hasOwn(datasets[data.name].options, 'split')) {
    throw new UserError(
      `cross-validate: the data "${data.name}" have no split, so there are no folds to make`,
    );
  }
  const { split } = data as { split?: { name: string; validation?: number; stratify?: boolean } };
  if (split !== undefined && !drawn.includes(split.name)) {
    throw new UserError(
      `cross-validate: deals rows out at random, and data.split "${split.name}" does not; if that is all the same for ` +
        'these data, say --set data.split=random',
    );
  }
  const validation = split?.validation;
  return {
    name: 'folds',
    ...(validation !== undefined && { validation }),
    stratify: stratify ?? split?.stratify ?? false,
  };
}

function resultOf(summary: DoneEvent, repeat: number, fold: number): FoldResult {
  const { testLoss, testMetrics, trainSeconds, bestStep, weightsHash, bestHash, runDir } = summary;
  return { repeat, fold, testLoss, testMetrics, trainSeconds, bestStep, bestHash, weightsHash, runDir };
}

async function written(path: string, result: CrossValidation, cwd: string): Promise<void> {
  const text = `${JSON.stringify({ gradpool: version, ...result }, null, 2)}\n`;
  try {
    await writeDurably(seenFrom(cwd, realDisk), path, [Buffer.from(text)]);
  } catch (error) {
    const reason = reasonOf(error);
    throw reason === undefined ? error : new UserError(`${path}: cannot be written (${reason})`);
  }
}

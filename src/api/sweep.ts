/** `sweep` as a function: a sweep file in, the best configuration of its trials out. */
import { join } from 'node:path';
import { isUserError } from '../errors.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { availableCores } from '../machine/cores.js';
import { makeFolder, removeEmpty, seenFrom } from '../machine/disk.js';
import { lockFolder } from '../runs/lock.js';
import type { SweepEvent, SweepResult } from '../series.js';
import type { SweepInput } from '../sweep/spec.js';
import { version } from '../version.js';
import { inSession } from './call.js';
import type { RunSettings } from './run.js';
import { cache, checkSettings, flag, listener, signal, threads, wholeFrom } from './settings.js';

/** What `sweep` may be told. */
export interface SweepOptions extends Pick<RunSettings, 'threads' | 'signal' | 'cache'> {
  /** Trials at the same time; default: as many as the model of a step's time says pay. Does not change the result. */
  parallel?: number;
  /** Train the winner once more at the end, and test it on the test rows, which no trial looks at; default false. */
  final?: boolean;
  /** Called with each event, in order. */
  onEvent?: (event: SweepEvent) => unknown;
}

/**
 * Trains the trials that a sweep file describes, each a run in `sweeps/<name>/`, in processes of their own. Which trials
 * there are, which of them go on and which is the best depends on the file alone, not on how many run at the same time, nor
 * on how often the sweep was ended or killed: called again, it goes on, and repeats no finished trial. An abort ends the
 * trials under way after their minibatches; the result is what is known by then.
 *
 * @param source a sweep file's path, or what would stand in it
 * @throws UserError for anything that the caller can mend; RunFailure where a trial's workers fail again and again
 */
export async function sweep(source: string | SweepInput, options: SweepOptions = {}): Promise<SweepResult> {
  checkSettings<SweepOptions>('sweep', options, {
    threads,
    signal,
    cache,
    parallel: wholeFrom(1),
    final: flag,
    onEvent: listener,
  });
  const { onEvent = () => {}, signal: abort = new AbortController().signal } = options;
  const cwd = process.cwd();
  const [
    { readSweep },
    { checkTrials },
    { openConfigs },
    { claimDefinition, SWEEPS },
    { dataFilesOf },
    { SweepRun },
  ] = await Promise.all([
    import('../sweep/spec.js'),
    import('../sweep/check.js'),
    import('../sweep/configs.js'),
    import('../sweep/definition.js'),
    import('../sweep/data-files.js'),
    import('./sweep-run.js'),
  ]);
  const spec = await readSweep(source, cwd);
  const configs = await openConfigs(spec);
  checkTrials(spec, configs);
  const { seconds, validationRows } = await inSession(undefined, abort, ({ session }) =>
    session.estimate(configs.base, { most: availableCores(), cache: cacheFolder(options.cache) }),
  ).catch((error) => {
    const [, what] = (isUserError(error) && /^train\.validate\.monitor: (.*)$/s.exec(error.message)) || [];
    throw what === undefined ? error : spec.error(['goal'], what);
  });
  if (validationRows === 0) {
    throw spec.error(
      ['goal'],
      'needs validation rows, and the base has none; set data.split.validation there',
    );
  }
  const disk = seenFrom(cwd);
  const folder = join(SWEEPS, spec.name);
  const made = await makeFolder(disk, folder);
  let lock: Awaited<ReturnType<typeof lockFolder>> | undefined;
  try {
    lock = await lockFolder(disk, folder, undefined, 'sweep');
    const data = await dataFilesOf(configs.base);
    await claimDefinition(disk, folder, spec, configs.base, data.hashes, version);
    const settings = { ...options, onEvent, signal: abort, cwd, folder, seconds, data };
    return await new SweepRun(spec, configs, settings).toItsEnd();
  } finally {
    await lock?.release();
    await removeEmpty(disk, made);
  }
}

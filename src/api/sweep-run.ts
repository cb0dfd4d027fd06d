/**
 * A sweep from its first trial to its winner. What is done follows from the folders of trials alone: each is read, and
 * trained where it is not at the end of its round.
 */
import { isUserError, RunFailure, UserError } from '../errors.js';
import type { TrainEvent } from '../events.js';
import { type Disk, seenFrom } from '../machine/disk.js';
import type { FinalResult, SweepEvent, SweepResult, TrialResult } from '../series.js';
import { writeBest } from '../sweep/best.js';
import { SweepClock } from '../sweep/clock.js';
import type { Configs } from '../sweep/configs.js';
import type { DataFiles } from '../sweep/data-files.js';
import { survivors, untilOf } from '../sweep/halving.js';
import { sweepPage, writeSweepPage } from '../sweep/page.js';
import { shareOut } from '../sweep/share.js';
import type { Sweep } from '../sweep/spec.js';
import { type Trial, TrialTable } from '../sweep/table.js';
import { endingAt, finalFolder, readTrial } from '../sweep/trial.js';
import { Lane } from './lane.js';

export interface SweepSettings {
  readonly parallel?: number | undefined;
  readonly threads?: number | 'auto' | undefined;
  readonly cache?: boolean | string | undefined;
  readonly final?: boolean | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: (event: SweepEvent) => unknown;
  readonly cwd: string;
  readonly folder: string;
  /** That of all its trials. */
  readonly data: Pick<DataFiles, 'check'>;
  /** Of a step with 1, 2, … threads. */
  readonly seconds: readonly number[];
}

/** Between two writings of the page, at least where trials end, and at most. */
const PAGE_EVERY_MS = 2000;
const PAGE_AT_MOST_MS = 30_000;
const PROGRESS_EVERY_MS = 100;

export class SweepRun {
  readonly #disk: Disk;
  readonly #table: TrialTable;
  readonly #clock: SweepClock;
  readonly #lanes: Lane[] = [];
  #pageAt = Number.NEGATIVE_INFINITY;
  /** It is written once at a time. */
  #page: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly sweep: Sweep,
    private readonly configs: Configs,
    private readonly settings: SweepSettings,
  ) {
    const { cwd, folder, onEvent } = settings;
    this.#disk = seenFrom(cwd);
    this.#clock = new SweepClock(sweep.record, configs.base.train.epochs);
    this.#table = new TrialTable(sweep, this.#disk, folder, (round, result) => {
      onEvent({ event: 'trial', round, ...structuredClone(result) });
    });
  }

  async toItsEnd(): Promise<SweepResult> {
    const { onEvent, signal, final: wantsFinal, data } = this.settings;
    const table = this.#table;
    let trials = await table.addRound();
    this.#start(trials);
    this.#showPage();
    const timer = setInterval(() => {
      onEvent(this.#clock.progress(table.results, table.ranked()[0]));
      this.#showPage(PAGE_AT_MOST_MS);
    }, PROGRESS_EVERY_MS);
    let final: FinalResult | null = null;
    try {
      for (;;) {
        await this.#rounds(trials);
        if (signal.aborted || table.isFull) break;
        trials = await table.addRound();
      }
      // Of what changed meanwhile nobody knows which trials have had it.
      await data.check();
      const [best] = table.ranked();
      if (wantsFinal && best && !signal.aborted) final = await this.#final(best);
    } catch (error) {
      this.#showPage(0, true);
      throw error;
    } finally {
      clearInterval(timer);
      await Promise.all(this.#lanes.map((lane) => lane.close()));
      await this.#page;
    }
    return this.#ended(final);
  }

  #start(trials: readonly Trial[]): void {
    const isOver = ({ record }: Trial) => record.broken !== undefined || endingAt(record, undefined);
    const begun = trials.filter(({ record }) => record.events.length > 0 || record.broken !== undefined);
    const found = begun.filter(isOver).length;
    const { sweep, settings } = this;
    const { search, halving, goal } = sweep.record;
    settings.onEvent({
      event: 'start',
      name: sweep.name,
      folder: settings.folder,
      search: search.name,
      trials: search.trials,
      parameters: sweep.parameters.map(({ path }) => path),
      goal,
      better: sweep.better,
      halving,
      ...this.#share(trials.length),
      found,
      begun: begun.length - found,
    });
  }

  /** Trials that depend on none of each other to their end, the worse ones dropped on the way. */
  async #rounds(all: readonly Trial[]): Promise<void> {
    const { signal, onEvent } = this.settings;
    const { halving } = this.sweep.record;
    const isSound = ({ result }: Trial) => result.state !== 'broken';
    const numbers = (trials: readonly Trial[]) => trials.map(({ number }) => number);
    let alive = all;
    let round = 1;
    for (; halving && alive.length > 1; round++) {
      const until = untilOf(halving.every, round);
      await this.#train(alive, round, until);
      if (signal.aborted) return;
      alive = alive.filter(isSound);
      if (alive.every(({ result }) => result.state === 'done')) return;
      const kept = survivors(
        alive.map(({ result }) => result),
        this.sweep.better,
        halving.keep,
      ).map(({ trial }) => trial);
      const dropped = alive.filter(({ number }) => !kept.includes(number));
      for (const { result } of dropped) result.state = 'dropped';
      alive = alive.filter(({ number }) => kept.includes(number));
      onEvent({ event: 'round', round, until, survivors: numbers(alive), dropped: numbers(dropped) });
    }
    const open = alive.filter(({ result }) => result.state === 'waiting');
    await this.#train(open, round, undefined);
  }

  /** Brings each to the end of its round, several at the same time. */
  async #train(trials: readonly Trial[], round: number, until: string | undefined): Promise<void> {
    const { signal } = this.settings;
    const open = trials.filter((trial) => !this.#table.settle(trial, round, until));
    if (open.length === 0) return;
    const { parallel, threads } = this.#share(open.length);
    const failures: unknown[] = [];
    let next = 0;
    const work = async (lane: Lane) => {
      while (next < open.length && failures.length === 0 && !signal.aborted) {
        const trial = open[next++];
        await this.#one(lane, trial, round, until, threads).catch((error) => failures.push(error));
        this.#clock.left(trial.number);
        this.#showPage();
      }
    };
    while (this.#lanes.length < parallel) this.#lanes.push(new Lane());
    await Promise.all(this.#lanes.slice(0, parallel).map(work));
    if (failures.length > 0) throw failures[0];
  }

  async #one(
    lane: Lane,
    trial: Trial,
    round: number,
    until: string | undefined,
    threads: number,
  ): Promise<void> {
    const { signal, cwd, cache, data } = this.settings;
    const table = this.#table;
    const { folder } = trial.result;
    let config: ReturnType<Configs['of']>;
    try {
      config = this.configs.of(trial.values);
    } catch (error) {
      if (!isUserError(error)) throw error;
      return table.break(trial, round, error.message, false);
    }
    await data.check();
    const order = { folder, cwd, config, until, test: false, threads, cache };
    const end = await lane.run(order, (event) => this.#clock.told(trial.number, event), signal);
    // What has begun before was sound then: that it cannot go on is not its own doing.
    const hasBegun = trial.record.events.some(({ event }) => event === 'start');
    if (end.kind === 'failed' || (end.kind === 'invalid' && hasBegun))
      throw failureOf(folder, end.message, end.mendable);
    if ('message' in end) return table.break(trial, round, end.message, end.kind === 'diverged');
    await table.refresh(trial);
    if (table.settle(trial, round, until) || end.kind === 'stopped') return;
    throw new RunFailure(`${folder}: has ended, and its events do not say so`);
  }

  /** The winner's run anew, with the test. */
  async #final({ trial, bestHash, folder: trained }: TrialResult): Promise<FinalResult | null> {
    const { signal, cwd, cache, folder, onEvent } = this.settings;
    const runDir = await finalFolder(this.#disk, folder, trained);
    const found = async () => endingAt(await readTrial(this.#disk, runDir), undefined);
    let done = await found();
    if (done === undefined) {
      const config = this.configs.of(this.#table.trials[trial - 1].values);
      const { threads } = this.#share(1);
      const order = { folder: runDir, cwd, config, test: true, threads, cache };
      if (this.#lanes.length === 0) this.#lanes.push(new Lane());
      const tell = (told: TrainEvent) => onEvent({ event: 'final', told });
      const end = await this.#lanes[0].run(order, tell, signal);
      if ('message' in end) throw failureOf(runDir, end.message, end.kind !== 'crashed' && end.mendable);
      done = await found();
      if (done === undefined) return null;
    }
    const { testLoss, testMetrics, bestHash: hash } = done;
    return { runDir, testLoss, testMetrics, bestHash: hash, same: hash === bestHash };
  }

  #share(trials: number) {
    const { parallel, threads, seconds } = this.settings;
    return shareOut(seconds, trials, { parallel, threads: threads === 'auto' ? undefined : threads });
  }

  /** Leaves what there is to be left. */
  async #ended(final: FinalResult | null): Promise<SweepResult> {
    const { sweep, settings } = this;
    const [best] = this.#table.ranked();
    const result = this.#result(final);
    if (best && !settings.signal.aborted) {
      const config = this.configs.of(this.#table.trials[best.trial - 1].values);
      result.bestFile = await writeBest(this.#disk, settings.folder, sweep, best, config);
    }
    await writeSweepPage(this.#disk, sweep, result, settings.signal.aborted);
    return result;
  }

  #result(final: FinalResult | null): SweepResult {
    const { sweep, settings } = this;
    const table = this.#table;
    return {
      name: sweep.name,
      folder: settings.folder,
      goal: sweep.record.goal,
      better: sweep.better,
      trials: table.results,
      best: table.ranked()[0] ?? null,
      bestFile: null,
      page: sweepPage(settings.folder),
      importance: table.importance(),
      final,
      stopped: settings.signal.aborted,
    };
  }

  #showPage(every = PAGE_EVERY_MS, stopped = false): void {
    const now = performance.now();
    if (now - this.#pageAt < every) return;
    this.#pageAt = now;
    const result = structuredClone({ ...this.#result(null), ...(stopped && { stopped }) });
    // One that cannot be written is told at the end.
    this.#page = this.#page.then(() => writeSweepPage(this.#disk, this.sweep, result, true)).catch(() => {});
  }
}

/** What ends a sweep, which can be continued. */
function failureOf(folder: string, message: string, mendable = false): Error {
  const text = message.startsWith(folder) ? message : `${folder}: ${message}`;
  return mendable ? new UserError(text) : new RunFailure(text);
}

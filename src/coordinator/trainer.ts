/** A training run as the coordinator owns it: opened or resumed, trained, tested, its folder kept. */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import { type DataSource, withoutTest } from '../data/source.js';
import { Diverged } from '../errors.js';
import { Hosts } from '../hosts/connection.js';
import { type Disk, realDisk, seenFrom } from '../machine/disk.js';
import { atWork } from '../machine/work.js';
import type { Pool, WorkerProgram } from '../pool/pool.js';
import type { RunOptions, TrainEvent, TrainResult } from '../protocol.js';
import { RunFolder } from '../runs/folder.js';
import { notCut, openedWhole } from './abandon.js';
import { initializeFrom } from './init-from.js';
import type { Listeners } from './listeners.js';
import { contextOf, refuseSmallMinibatches } from './network.js';
import { KeptProgress } from './progress.js';
import { Run } from './run.js';
import { Together } from './together.js';
import { withWholeBatch } from './whole-batch.js';
import { Workspace } from './workspace.js';

/** What a test may put in place of what there is. */
export interface Given {
  readonly source?: DataSource;
  readonly parameters?: ArrayLike<number>;
  readonly disk?: Disk;
  readonly program?: WorkerProgram;
  readonly pool?: Pool;
}

export class Trainer {
  #workspace: Workspace | undefined;
  #together: Together | undefined;
  #stopRequested = false;

  /** Ends the run after the minibatch under way, with what was learned kept. */
  stop(): void {
    this.#stopRequested = true;
    this.#workspace?.supervisor.requestStop();
    this.#together?.stopSoon(() => this.#workspace?.supervisor.waitsForHosts === true);
  }

  /**
   * Trains as `asked` says. The result does not depend on `options`.
   * @param onStep called after each step, which the next one waits for
   * @throws UserError for a mistake that the user can mend, RunFailure where workers fail again and again
   */
  async train(
    asked: Config,
    options: RunOptions,
    onEvent: (event: TrainEvent) => unknown,
    given: Given = {},
    onStep?: Listeners['onStep'],
  ): Promise<TrainResult> {
    const { runDir, cwd, lock, resume = null } = options;
    const disk = openedWhole(cwd === undefined ? (given.disk ?? realDisk) : seenFrom(cwd, given.disk));
    const together = options.hosts && new Together(Hosts.connect(options.hosts), options.version);
    this.#together = together;
    const kept = new KeptProgress();
    let folder: RunFolder | undefined;
    const emit = (event: TrainEvent) => {
      if (event.event !== 'progress' || kept.is(event)) {
        folder?.event(event);
        together?.note(event);
      }
      return onEvent(event);
    };
    let config = asked;
    const begins = (options.resume?.checkpoint ?? null) === null;
    const open = async (): Promise<Workspace> => {
      // First of all: nobody should wait for the data to hear that the folder is taken.
      folder = runDir === null ? undefined : await RunFolder.claim(runDir, resume !== null, disk, lock);
      atWork({ what: 'reading the data' });
      const context = contextOf(asked, options.cache, together?.hosts);
      const opened = given.source ?? (await notCut(() => openData(asked.data, context)));
      const source = options.withoutTest ? withoutTest(opened) : opened;
      // What was guessed of the data is recorded with the rest.
      config = source.spec ? { ...asked, data: source.spec as Config['data'] } : asked;
      config = withWholeBatch(config, source, options.hosts?.hosts);
      refuseSmallMinibatches(config, source);
      atWork({ what: 'reading the rows into memory' });
      return Workspace.open(config, source, options.threads, {
        onFault: emit,
        program: given.program,
        pool: given.pool,
        weightsFollow: !begins,
        ...(together && { hosts: together }),
      });
    };
    let result: TrainResult;
    try {
      const workspace = await (together ? together.open(open) : open());
      this.#workspace = workspace;
      if (this.#stopRequested) workspace.supervisor.requestStop();
      try {
        if (given.parameters) workspace.parameters.set(given.parameters);
        const initial = begins ? await initializeFrom(disk, options.initFrom, workspace) : undefined;
        workspace.beginAverages();
        const told = { emit, onStep, waits: options.waits };
        result = await new Run(workspace, config, options, told, folder, disk, initial, together).toItsEnd();
      } finally {
        this.#workspace = undefined;
        await workspace.close();
      }
    } catch (error) {
      // What went wrong first is what is told.
      await folder?.close().catch(() => {});
      // They all have the same numbers.
      if (error instanceof Diverged) await together?.agree();
      together?.close();
      throw error;
    }
    await folder?.close();
    together?.close();
    return result;
  }
}

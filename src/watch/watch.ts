/**
 * The live page of a folder of runs: what its server tells whoever looks. Everything comes from the runs' folders, so
 * runs of this process, of others, and those that have ended are shown alike, and one that is watched is as quick as one
 * that is not: as long as nobody looks, nothing is read.
 */
import { basename, dirname } from 'node:path';
import { codeOf } from '../errors.js';
import type { ProgressEvent, TrainEvent } from '../events.js';
import { eventOf } from '../history/event-lines.js';
import { type Disk, realDisk } from '../machine/disk.js';
import { documentOf } from '../page/document.js';
import { writtenConfig } from '../runs/folder.js';
import { linesAfter, type Part } from './lines.js';
import { metricsText } from './metrics.js';
import { type RunRow, Runs } from './runs.js';
import { type Listening, listen } from './server.js';
import { Viewer } from './viewer.js';

/**
 * How often the folder is looked at while somebody watches, or so many times as seldom as it takes long. Where this process
 * trains, its own run tells of itself, and what others do can wait.
 */
const LOOK = { ms: 1000, share: 20 };
const LOOK_BESIDE_OWN = { ms: 5000, share: 50 };
/** Between two words of the run of this process. */
const NOW_MS = 500;
const MOST_VIEWERS = 64;
/** How long the end waits for viewers to hear of it. */
const END_MS = 2000;

/** A run of this process. */
export interface OwnRun {
  readonly name: string;
  /** Ends it after its current minibatch. */
  stop(): void;
}

export interface WatchOptions {
  readonly disk?: Disk;
  /** 0, the default: any that is free. */
  readonly port?: number;
  readonly own?: OwnRun;
  /** The run that is shown first; default: the newest. */
  readonly selected?: string;
}

export class Watch {
  readonly #viewers = new Set<Viewer>();
  #seen = 0;
  #first: () => void = () => {};
  /** Resolves when the first page listens. */
  readonly visited = new Promise<void>((resolve) => {
    this.#first = resolve;
  });
  #looking: NodeJS.Timeout | undefined;
  #rows = '[]';
  #now: ProgressEvent | undefined;
  #told: NodeJS.Timeout | undefined;
  #server: Listening | undefined;
  #isOver = false;

  private constructor(
    private readonly runs: Runs,
    private readonly disk: Disk,
    private readonly own: OwnRun | undefined,
  ) {}

  /** @param folder of runs; need not be there yet @throws UserError where the port is taken */
  static async open(folder: string, options: WatchOptions = {}): Promise<Watch> {
    const { disk = realDisk, port = 0, own, selected = own?.name } = options;
    const watch = new Watch(new Runs(folder, disk), disk, own);
    const data = { folder: basename(folder) || folder, selected: selected ?? null, own: own?.name ?? null };
    watch.#server = await listen(port, {
      page: documentOf({ title: `${data.folder}: gradpool`, page: 'live', data, connects: true }),
      events: (run, cursor, response) => watch.#show(run, cursor, response),
      config: (run) => watch.#config(run),
      metrics: async () => metricsText((await watch.#list()).filter(({ state }) => state === 'running')),
      stop: (run) => watch.#stop(run),
    });
    return watch;
  }

  /** The page's address, token and all. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  /** An address for a browser that is opened now, good for one time. */
  get entry(): string {
    return this.#server?.entry() ?? '';
  }

  /** Pages that were ever shown. */
  get seen(): number {
    return this.#seen;
  }

  /** An event of the run of this process. */
  tell(event: TrainEvent): void {
    if (event.event === 'progress') this.#now = event;
    if (this.#viewers.size === 0) return;
    if (event.event === 'start' || event.event === 'done') this.#lookAfter(NOW_MS);
    // The event may reach the disk a little later than this thread.
    this.#told ??= setTimeout(() => {
      this.#told = undefined;
      const text = this.#now && JSON.stringify(this.#now);
      for (const viewer of this.#viewers) text ? viewer.say('now', text) : viewer.wake();
    }, NOW_MS);
    this.#told.unref();
  }

  /** Lets the pages know, and closes. @param reason for people */
  async end(reason: string): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#looking);
    clearTimeout(this.#told);
    await this.#look();
    const data = JSON.stringify({ reason });
    await Promise.all([...this.#viewers].map((viewer) => viewer.end(data, END_MS)));
    await this.#server?.close();
  }

  async #show(run: string, cursor: string, response: ConstructorParameters<typeof Viewer>[0]) {
    if (this.#viewers.size >= MOST_VIEWERS)
      return { status: 503, reason: `${MOST_VIEWERS} pages look at this already` };
    const path = await this.runs.eventsOf(run);
    if (path === undefined && run !== '' && run !== this.own?.name)
      return { status: 404, reason: 'there is no such run' };
    const viewer = new Viewer(
      response,
      (at) => this.#lines(run, path, at),
      cursor,
      () => {
        this.#viewers.delete(viewer);
        if (this.#viewers.size === 0) clearTimeout(this.#looking);
      },
    );
    this.#viewers.add(viewer);
    this.#seen++;
    this.#first();
    if (this.#now && run === this.own?.name) viewer.say('now', JSON.stringify(this.#now));
    if (this.#viewers.size === 1) await this.#look();
    viewer.say('runs', this.#rows);
    return undefined;
  }

  /** As its config.json has it. */
  async #config(run: string): Promise<unknown> {
    const path = await this.runs.eventsOf(run);
    return path === undefined ? undefined : writtenConfig(dirname(path), this.disk);
  }

  async #lines(run: string, known: string | undefined, cursor: string): Promise<Part> {
    const path = known ?? (run === '' ? undefined : await this.runs.eventsOf(run));
    const none = { lines: [], cursor, anew: false };
    if (path === undefined) return none;
    try {
      const part = await linesAfter(this.disk, path, cursor);
      const lines = part.lines.filter((line) => eventOf(line) !== undefined);
      return { ...part, lines, damaged: part.lines.length - lines.length };
    } catch (error) {
      // It may not have begun, or have gone.
      if (codeOf(error) === 'ENOENT') return none;
      throw error;
    }
  }

  /** Looks at the folder, tells the pages, and comes back while there are any. */
  async #look(): Promise<void> {
    const begun = performance.now();
    const rows = await this.#list().catch(() => undefined);
    if (rows !== undefined) {
      const text = JSON.stringify(rows);
      for (const viewer of this.#viewers) text === this.#rows ? viewer.wake() : viewer.say('runs', text);
      this.#rows = text;
    }
    if (this.#viewers.size === 0 || this.#isOver) return;
    const took = performance.now() - begun;
    const { ms, share } = this.own ? LOOK_BESIDE_OWN : LOOK;
    this.#lookAfter(Math.max(ms, share * took));
  }

  #lookAfter(ms: number): void {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => this.#look(), ms);
    this.#looking.unref();
  }

  /** The newest figures of the run of this process stand in no file yet. */
  async #list(): Promise<RunRow[]> {
    const rows = await this.runs.list();
    const now = this.#now;
    if (now === undefined) return rows;
    const { step, epoch, trainLoss, examplesPerSecond, secondsLeft } = now;
    return rows.map((row) =>
      row.name === this.own?.name && row.state === 'running' && step > (row.step ?? 0)
        ? { ...row, step, epoch, trainLoss, examplesPerSecond, secondsLeft }
        : row,
    );
  }

  #stop(run: string) {
    if (this.own === undefined || run !== this.own.name)
      return { status: 409, reason: 'it is not a run of this process: stop it where it was started' };
    this.own.stop();
    return undefined;
  }
}

/**
 * A run's folder: configuration, events, checkpoints, final weights, and a lock while a process works on it. What
 * goes wrong with the disk is told together with what was kept.
 */
import { join } from 'node:path';
import { codeOf, isUserError, UserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { encodeSafetensors, type Tensors } from '../formats/safetensors.js';
import {
  type Disk,
  makeFolder,
  readSmall,
  realDisk,
  reasonOf,
  removeEmpty,
  unreadable,
  withoutEnd,
  writeDurably,
} from '../machine/disk.js';
import { type Checkpoint, writeCheckpoint } from './checkpoint.js';
import { checkpointPath, checkpointSteps, prepareCheckpoints, pruneCheckpoints } from './checkpoints.js';
import { Journal } from './journal.js';
import { writeLatest } from './latest.js';
import { type Lock, lockFolder, newToken } from './lock.js';
import { type InitProvenance, initIn } from './provenance.js';
import { resumeCommand } from './resume-command.js';

const MOST_CONFIG_BYTES = 1 << 20;

/** The configuration in a run's `config.json`, not checked; undefined where there is no such file. */
export async function writtenConfig(runDir: string, disk: Disk = realDisk): Promise<unknown> {
  return (await writtenRecord(runDir, disk))?.config;
}

/** What a run's `config.json` says that it began with. */
export async function writtenInit(runDir: string, disk: Disk): Promise<InitProvenance | undefined> {
  return initIn((await writtenRecord(runDir, disk))?.initFrom);
}

async function writtenRecord(runDir: string, disk: Disk): Promise<Record<string, unknown> | undefined> {
  const path = join(runDir, 'config.json');
  let text: string;
  try {
    text = await readSmall(disk, path, MOST_CONFIG_BYTES);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, error);
  }
  const written = parseJson(text);
  if (!isMapping(written)) throw new UserError(`${path}: expected a mapping in JSON, got something else`);
  return written;
}

/** What could not be written to a run's folder: says what is kept. */
export class Unwritable extends UserError {}

export class RunFolder {
  #journal: Journal | undefined;
  /** The step of the best that each checkpoint knows of. */
  readonly #bests = new Map<number, number | undefined>();
  private constructor(
    readonly path: string,
    private readonly disk: Disk,
    private readonly lock: Lock,
    /** Folders that were made for it. */
    private readonly made: readonly string[],
    private readonly resumed: boolean,
  ) {}

  /**
   * Makes the folder (and its parents) where it is to be new, and locks it.
   * @throws UserError when it holds a run already, or none to resume, or is another process's, or cannot be written
   */
  static async claim(
    path: string,
    resume: boolean,
    disk: Disk = realDisk,
    token = newToken(),
  ): Promise<RunFolder> {
    let made: string[] = [];
    try {
      if (!resume) made = await makeFolder(disk, path);
      if (!(await disk.lstat(withoutEnd(path))).isDirectory()) {
        throw new UserError(`${path}: is a link, which could lead anywhere; name the folder itself`);
      }
      const names: string[] = await disk.readdir(path);
      // Looks at the folder of checkpoints, which may be no folder. A run may have lost its other files.
      const [newest] = await checkpointSteps(disk, path);
      const held =
        ['config.json', 'events.jsonl', 'weights.safetensors'].find((name) => names.includes(name)) ??
        (newest === undefined ? undefined : `the checkpoint of step ${newest}`);
      if (!resume && held !== undefined) {
        throw new UserError(
          `${path}: already holds a run (${held}); name another folder with --run-dir, or go on with it: ` +
            resumeCommand(path),
        );
      }
      return new RunFolder(path, disk, await lockFolder(disk, path, token), made, resume);
    } catch (error) {
      await removeEmpty(disk, made);
      if (isUserError(error)) throw error;
      const code = codeOf(error);
      if (code === 'ENOTDIR') {
        throw new UserError(`${path}: cannot become a run's folder, a file is in the way`);
      }
      if (code === 'ENOENT' && resume) throw new UserError(`${path}: no such folder; nothing to resume`);
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      throw new UserError(`${path}: ${reason}; nothing was written; name another folder with --run-dir`);
    }
  }

  /**
   * Writes `config.json`, the configuration with every default filled in, the engine that it came to, and the file whose
   * weights it begins with, if there is one.
   */
  async begin(config: unknown, engine: unknown, version: string, initFrom?: InitProvenance): Promise<void> {
    const text = `${JSON.stringify({ gradpool: version, engine, initFrom, config }, undefined, 2)}\n`;
    await this.#telling('the configuration could not be written', async () => {
      await prepareCheckpoints(this.disk, this.path);
      await writeDurably(this.disk, join(this.path, 'config.json'), [Buffer.from(text)]);
      this.#journal = await Journal.open(this.disk, join(this.path, 'events.jsonl'));
    });
    if (!this.resumed) await writeLatest(this.disk, this.path);
  }

  /** Adds one line to `events.jsonl`. */
  event(event: object): void {
    this.#journal?.add(JSON.stringify(event));
  }

  /** Adds what another host has told, one object a line, to a file of its own. */
  async eventsOf(host: number, lines: string): Promise<void> {
    const path = join(this.path, `events-host-${host}.jsonl`);
    await this.#telling('the events of another host could not be written', async () => {
      const journal = await Journal.open(this.disk, path);
      journal.add(lines.trimEnd());
      await journal.flush().finally(() => journal.close());
    });
  }

  /** @throws UserError where an event could not be written */
  async check(): Promise<void> {
    const failure = this.#journal?.failure;
    if (failure !== undefined) {
      await this.#telling('an event could not be written', () => Promise.reject(failure));
    }
  }

  /** Writes a checkpoint and removes what is not to be kept. @returns its path */
  async checkpoint(checkpoint: Checkpoint, keep: number): Promise<string> {
    const { step, best } = checkpoint.state;
    const path = checkpointPath(this.path, step);
    await this.#telling(`the checkpoint of step ${step} could not be written`, () =>
      writeCheckpoint(this.disk, path, checkpoint),
    );
    this.#bests.set(step, best?.step);
    // Only now that it stands do others go.
    await this.#telling('an old checkpoint could not be removed', () =>
      pruneCheckpoints(this.disk, this.path, step, keep, this.#bests),
    );
    return path;
  }

  /** Writes `weights.safetensors`. */
  async weights(tensors: Tensors, metadata: Readonly<Record<string, string>>): Promise<void> {
    const { head, data } = encodeSafetensors(tensors, metadata);
    await this.#telling('the weights could not be written', () =>
      writeDurably(this.disk, join(this.path, 'weights.safetensors'), [head, ...data]),
    );
  }

  /** Gives the folder back; one that was made for nothing goes away again. @throws UserError for unwritten events */
  async close(): Promise<void> {
    const journal = this.#journal;
    try {
      if (journal) await this.#telling('the events could not be written', () => journal.flush());
    } finally {
      await journal?.close().catch(() => {});
      await this.lock.release();
      await removeEmpty(this.disk, this.made);
    }
  }

  /** What stands on the disk now, whatever was written once. */
  async #kept(): Promise<string> {
    const [newest] = await checkpointSteps(this.disk, this.path).catch(() => []);
    return newest === undefined
      ? 'no checkpoint was kept'
      : `the checkpoint of step ${newest} is kept: ${resumeCommand(this.path)}`;
  }

  async #telling<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isUserError(error)) throw error;
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      throw new Unwritable(`${this.path}: ${what}: ${reason}; ${await this.#kept()}`);
    }
  }
}

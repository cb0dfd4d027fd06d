/**
 * A run's folder: the resolved configuration, the events, the final weights. Nothing else on disk is touched.
 * Knows nothing of how a run is computed.
 */
import { appendFileSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { encodeSafetensors, type Tensor } from './safetensors.js';

/** `runs/<name>-<time>`, the time in UTC to the millisecond, so that runs sort by age. */
export function defaultRunDir(name: string, now: Date): string {
  return join('runs', `${name}-${now.toISOString().replaceAll(':', '').replace('.', '-')}`);
}

export class RunFolder {
  readonly #events: number;

  /**
   * Makes the folder (and its parents) and writes `config.json`, the configuration with every default filled in, and
   * the engine that it came to.
   * @throws UserError when it holds a run already or cannot be written
   */
  constructor(
    readonly path: string,
    config: unknown,
    engine: unknown,
    version: string,
  ) {
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      // For mkdir, "exists" means that something other than a folder does.
      throw explain(path, error, 'ENOTDIR');
    }
    try {
      // 'wx' is what makes sure that no other run owns this folder: it fails where the file exists.
      this.#events = openSync(join(path, 'events.jsonl'), 'wx');
      writeFileSync(
        join(path, 'config.json'),
        `${JSON.stringify({ gradpool: version, engine, config }, undefined, 2)}\n`,
      );
    } catch (error) {
      throw explain(path, error, 'EEXIST');
    }
  }

  /** Adds one line to `events.jsonl`. */
  event(event: object): void {
    appendFileSync(this.#events, `${JSON.stringify(event)}\n`);
  }

  /** Writes `weights.safetensors`, under a temporary name first so that it is whole or not there. */
  weights(tensors: Readonly<Record<string, Tensor>>, metadata: Readonly<Record<string, string>>): void {
    const path = join(this.path, 'weights.safetensors');
    writeFileSync(`${path}.tmp`, encodeSafetensors(tensors, metadata));
    renameSync(`${path}.tmp`, path);
  }
}

/** @param exists what EEXIST stands for in this place */
function explain(path: string, error: unknown, exists: 'EEXIST' | 'ENOTDIR'): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code === 'EEXIST' ? exists : code) {
    case 'EEXIST':
      return new UserError(`${path}: already holds a run (events.jsonl); name another folder with --run-dir`);
    case 'ENOTDIR':
      return new UserError(`${path}: cannot become a run's folder, a file is in the way`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(`${path}: cannot be written; name another folder with --run-dir`);
    case 'ENOSPC':
      return new UserError(
        `${path}: the disk is full; free some space or name another folder with --run-dir`,
      );
    default:
      return error;
  }
}

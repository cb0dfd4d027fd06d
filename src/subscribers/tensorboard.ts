/**
 * Writes an event file for TensorBoard into the run's folder while the run goes on: `tensorboard --logdir runs` shows each
 * run under its folder's name. A run that goes on gets another file, which voids what was told of steps that are done again.
 */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TrainEvent } from '../events.js';
import { boardRecord } from '../formats/tensorboard.js';
import { boardEvents } from '../history/exports/board-events.js';
import { writeAll } from '../machine/disk.js';
import type { Context, Subscriber } from './subscriber.js';

/** Of this process, so that no two files have the same name. */
let files = 0;

export function openTensorboard({ config, disk }: Context): Subscriber {
  const told = boardEvents(config);
  let handle: FileHandle | undefined;
  let failure: unknown;
  /** Resolves once everything so far is written. */
  let written: Promise<void> = Promise.resolve();
  const after = (work: () => Promise<void>) => {
    written = written.then(work).catch((error) => {
      failure ??= error;
    });
  };
  const write = (event: TrainEvent, at: number) => {
    for (const each of told(at, event)) {
      const record = boardRecord(each);
      after(async () => {
        if (handle) await writeAll(handle, record);
      });
    }
  };
  return {
    tell(event) {
      if (failure !== undefined) throw failure;
      const at = Date.now() / 1000;
      if (event.event === 'start') {
        const { runDir } = event;
        if (runDir === null) return;
        const name = `events.out.tfevents.${Math.floor(at)}.${hostname()}.${process.pid}.${files++}`;
        after(async () => {
          handle = await disk.open(
            join(runDir, name),
            constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
          );
          await writeAll(handle, boardRecord({ at, kind: 'version' }));
        });
      }
      write(event, at);
    },
    async end() {
      await written;
      await handle?.close();
      if (failure !== undefined) throw failure;
    },
  };
}

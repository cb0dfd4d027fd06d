/** What of a configuration cannot cross to another thread, as iterables of a program: served from here as it is asked for. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Config } from '../config/schema.js';
import { givesRows, IterableRows, serveRows } from '../machine/rows-given.js';

/** A configuration on its way. */
export interface Handed {
  /** It, with a port in the place of each iterable of its data. */
  readonly config: Config;
  /** Those ports, which go over to the other thread. */
  readonly ports: MessagePort[];
  /** Rejects with what an iterable throws. */
  readonly failed: Promise<never>;
  /** Nothing more is handed over: iterables that were begun are told so. */
  close(): Promise<void>;
}

/** Nothing is asked of an iterable until the other thread wants its rows. */
export function handedOver(config: Config): Handed {
  const ports: MessagePort[] = [];
  const closing: (() => Promise<void>)[] = [];
  let fail = (_: unknown): void => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Where the call itself fails nobody waits for this.
  failed.catch(() => {});
  const data = Object.fromEntries(
    Object.entries(config.data).map(([key, value]) => {
      if (!givesRows(value)) return [key, value];
      const where = `data.${key}`;
      const { port1, port2 } = new MessageChannel();
      const rows = new IterableRows(value, where);
      serveRows(port1, rows, where, fail);
      ports.push(port2);
      closing.push(async () => {
        port1.close();
        await rows.close();
      });
      return [key, port2];
    }),
  ) as unknown as Config['data'];
  return {
    config: ports.length === 0 ? config : { ...config, data },
    ports,
    failed,
    async close() {
      await Promise.all(closing.splice(0).map((end) => end()));
    },
  };
}

/**
 * One open page: events of a run as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * It takes the next lines when it has sent the ones before, so what waits for a slow reader is one piece of the file and
 * the newest message of each kind, however slow it is.
 */
import type { ServerResponse } from 'node:http';
import type { Part } from './lines.js';

/** A page that hears nothing for longer than three of these asks again. */
const BEAT_MS = 10_000;

/** What stands for itself, of which only the newest counts. */
export type Kind = 'runs' | 'now' | 'end';

export class Viewer {
  readonly #waiting = new Map<Kind, string>();
  readonly #beat: NodeJS.Timeout;
  #pumping: Promise<void> | undefined;
  #more = false;
  #closed = false;
  #level = false;

  /**
   * @param lines those of the run that it shows, after a cursor
   * @param cursor where it left off; empty: from the beginning
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly lines: (cursor: string) => Promise<Part>,
    private cursor: string,
    closed: () => void,
  ) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    this.#beat = setInterval(() => {
      if (this.#pumping === undefined) this.response.write('event: beat\ndata:\n\n');
    }, BEAT_MS);
    this.#beat.unref();
    response.once('close', () => {
      this.#closed = true;
      clearInterval(this.#beat);
      closed();
    });
    // A reader that goes away in the middle is nobody's failure.
    response.on('error', () => {});
  }

  /** Says something that replaces what it said of that kind before. @param data JSON */
  say(kind: Kind, data: string): void {
    this.#waiting.set(kind, data);
    this.wake();
  }

  /** There may be more lines. */
  wake(): void {
    this.#more = true;
    if (this.#pumping !== undefined || this.#closed) return;
    this.#pumping = this.#pump()
      .catch(() => void this.response.destroy())
      .finally(() => {
        this.#pumping = undefined;
        // What came after it had looked for the last time.
        if (this.#more) this.wake();
      });
  }

  /** Resolves once all is sent. */
  async #sent(): Promise<void> {
    while (this.#pumping !== undefined) await this.#pumping;
  }

  /** Sends what there is, and ends. Resolves then, or after `ms` where it reads too slowly, which cuts it off. */
  async end(data: string, ms: number): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.#closed) resolve();
      else this.response.once('close', resolve);
    });
    const timer = setTimeout(() => this.response.destroy(), ms);
    this.wake();
    await this.#sent();
    this.say('end', data);
    await this.#sent();
    if (!this.#closed) this.response.end();
    await ended;
    clearTimeout(timer);
  }

  async #pump(): Promise<void> {
    while (this.#more && !this.#closed) {
      this.#more = false;
      for (const [kind, data] of this.#waiting) {
        this.#waiting.delete(kind);
        await this.#write(`event: ${kind}\ndata: ${data}\n\n`);
      }
      await this.#sendLines();
    }
  }

  async #sendLines(): Promise<void> {
    while (!this.#closed) {
      const { lines, cursor, anew, damaged = 0 } = await this.lines(this.cursor);
      if (anew) await this.#write('event: anew\ndata:\n\n');
      const moved = cursor !== this.cursor;
      this.cursor = cursor;
      if (lines.length > 0) {
        // In JSON a carriage return is space between words; here it would end a line, and begin a field.
        const data = lines.map((line) => `data: ${line.replaceAll('\r', ' ')}\n`).join('');
        await this.#write(`id: ${cursor}\nevent: told\n${data}\n`);
      }
      // After those lines: a page that is lost in between has at least them.
      if (damaged > 0) await this.#write(`id: ${cursor}\nevent: damaged\ndata: ${damaged}\n\n`);
      if (lines.length === 0 && (!moved || anew)) break;
    }
    if (this.#level) return;
    this.#level = true;
    await this.#write('event: level\ndata:\n\n');
  }

  async #write(text: string): Promise<void> {
    if (this.#closed || this.response.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.response.off('drain', done).off('close', done);
        resolve();
      };
      this.response.once('drain', done).once('close', done);
    });
  }
}

/**
 * A stretch of steps as the thread lives it that talks to other hosts: what is exchanged in a step, in its order
 * (plan/exchange.ts), as soon as the workers have it. A piece of the gradients is cut into a slice for each host, which
 * adds up that of all hosts in the fixed tree and hands it round: each value crosses the wire twice, whatever the number
 * of hosts.
 */

import { UPDATE_BLOCK } from '../averaging/averaging.js';
import type { Piece } from '../averaging/pieces.js';
import type { Engine } from '../engines/engine.js';
import { createEngine } from '../engines/index.js';
import { Batch } from '../plan/batch.js';
import { exchangeOrder, sliceOfPiece } from '../plan/exchange.js';
import type { Setup } from '../plan/task.js';
import { type Region, view } from '../shared/arena.js';
import { Signals } from '../shared/signals.js';
import { summingHalves } from './halves.js';
import type { Transport } from './transport.js';

/** One thing that is exchanged, and how many of the workers must have said that it is ready. */
interface Exchanged {
  readonly workers: number;
  /** @param step from 1, in the stretch */
  readonly run: (step: number) => void;
}

export class Exchanging {
  readonly #ready: Signals;
  readonly #done: Signals;
  readonly #readyWords: Int32Array;
  readonly #end: number;
  readonly #spent: Float64Array;
  readonly #exchanged: readonly Exchanged[];

  /** @param threads workers that take part */
  constructor(
    readonly setup: Setup,
    readonly threads: number,
    private readonly transport: Transport,
  ) {
    const { memory, layout, exchange } = setup;
    if (exchange === undefined || layout.exchange === undefined) throw new Error('one host trains alone');
    const { ready, done } = layout.exchange;
    const control = view(memory, layout.control);
    this.#readyWords = view(memory, ready);
    this.#ready = new Signals(this.#readyWords, control, setup.spins);
    this.#done = new Signals(view(memory, done), control, 0);
    const engine = createEngine(setup.engine, setup.precision, memory, setup.kernels);
    const order = exchangeOrder(setup.net);
    this.#end = order.end;
    this.#spent = view(memory, layout.exchange.spent);
    const each = setup.shards / transport.hosts;
    this.#exchanged = [
      ...order.meetings.map((layer) => {
        const { shards, shardStride } = layout.kept[layer];
        return { workers: 1, run: this.#gathering(shards, each * shardStride) };
      }),
      ...order.pieces.map((piece) => ({ workers: threads, run: this.#summing(engine, piece) })),
      { workers: 1, run: this.#gathering(layout.exchange.losses, (each + 1) * 8) },
    ];
  }

  /** Exchanges step after step until the workers leave. @throws Aborted where one of them fails */
  readonly serve = (): void => {
    for (let step = 1; ; step++) {
      for (const [number, { workers, run }] of this.#exchanged.entries()) {
        const left = () => number === 0 && Atomics.load(this.#readyWords, this.#endWord) > 0;
        if (!this.#ready.wait(number, workers * step, left) || left()) return;
        const begun = performance.now();
        run(step);
        this.#spent[0] += performance.now() - begun;
        this.#done.raise(number);
      }
    }
  };

  get #endWord(): number {
    return (this.#readyWords.length / (this.#end + 1)) * this.#end;
  }

  /** A region of which each host has a part of so many bytes: afterwards every host has all of them. */
  #gathering(region: Region, bytesEach: number): () => void {
    const { hosts } = this.transport;
    const bytes = this.#bytesOf(region, 0, hosts * bytesEach);
    const counts = new Int32Array(hosts).fill(bytesEach);
    const starts = Int32Array.from({ length: hosts }, (_, host) => host * bytesEach);
    return () => this.transport.gather(bytes, counts, starts);
  }

  #summing(engine: Engine, piece: Piece): (step: number) => void {
    const { transport, setup } = this;
    const { from, to } = piece;
    const { layout, exchange, memory } = setup;
    const { host, hosts } = transport;
    const { gradients } = layout;
    const values = to - from;
    if (exchange?.order === 'fast') {
      const own = view(memory, gradients).subarray(from, to);
      return () => transport.sum(own);
    }
    if (layout.exchange === undefined) throw new Error('one host trains alone');
    const { slices, sliceStride, halves } = layout.exchange;
    if (halves) {
      const begun = view(memory, halves.from);
      const batch = new Batch(setup);
      const rows = (step: number) => batch.find(step).rows;
      const sum = summingHalves(engine, setup, transport, piece);
      return (step) => {
        const now = begun[0] + step - 1;
        sum(now === 0 ? 1 : rows(now) / rows(now - 1));
      };
    }
    const bytes = this.#bytesOf(gradients, from * engine.bytes, values * engine.bytes);
    const received = this.#bytesOf(slices, 0, slices.length * engine.bytes);
    const cuts = Array.from({ length: hosts }, (_, k) => sliceOfPiece(values, hosts, k));
    const counts = Int32Array.from(cuts, (slice) => (slice.to - slice.from) * engine.bytes);
    const starts = Int32Array.from(cuts, (slice) => slice.from * engine.bytes);
    const places = Int32Array.from(cuts, (_, k) => k * sliceStride);
    const n = cuts[host].to - cuts[host].from;
    const own = view(memory, gradients).subarray(from + cuts[host].from, from + cuts[host].to);
    const first = view(memory, slices).subarray(0, n);
    return () => {
      transport.scatter(bytes, counts, starts, received, places);
      // In place: a power of two of buffers is added up in one go, vector by vector.
      for (let at = 0; at < n; at += UPDATE_BLOCK) {
        const place = slices.offset + at * engine.bytes;
        engine.shards_sum(place, place, sliceStride, hosts, Math.min(UPDATE_BLOCK, n - at));
      }
      own.set(first);
      transport.gather(bytes, counts, starts);
    };
  }

  #bytesOf({ offset }: Region, from: number, length: number): Uint8Array {
    return new Uint8Array(this.setup.memory.buffer, offset + from, length);
  }
}

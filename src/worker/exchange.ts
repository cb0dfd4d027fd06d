/**
 * What hosts that train together tell each other in a step: between a host's own sums and the update that they lead to.
 * Each host has whole subtrees of the tree over the shards of the joint minibatch, so what they add up has the bits of
 * one host with all shards. Every host's worker 0 calls the same things in the same order.
 */

import type { Real } from '../model/precision.js';
import { cut } from '../plan/shards.js';
import type { ExchangePlan } from '../plan/task.js';
import { Barrier } from '../shared/barrier.js';
import { CONTROL_WORDS } from '../shared/control.js';

/** Bytes that `hosts` hosts need to hand each other messages of up to `largest` bytes. */
export function exchangeBytes(hosts: number, largest: number): number {
  return CONTROL_WORDS * 4 + 2 * hosts * Math.ceil(largest / 8) * 8;
}

export class Exchange {
  readonly #barrier: Barrier;
  readonly #largest: number;
  #turn = 0;

  constructor(private readonly plan: ExchangePlan) {
    const words = new Int32Array(plan.memory, 0, CONTROL_WORDS);
    this.#barrier = new Barrier(words, plan.hosts, 0);
    this.#largest = (plan.memory.byteLength - CONTROL_WORDS * 4) / (2 * plan.hosts);
  }

  /**
   * Hands over values and waits for those of all hosts.
   * @returns a copy of each host's, in their order; valid until the call after the next
   */
  #all<Values extends Real>(own: Values): Values[] {
    const { host, hosts, memory } = this.plan;
    // Two places that take turns: who is still reading one is not overtaken by who writes to it again.
    const turn = this.#turn;
    this.#turn = 1 - turn;
    const Typed = own.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => Values;
    const of = (k: number) =>
      new Typed(memory, CONTROL_WORDS * 4 + (turn * hosts + k) * this.#largest, own.length);
    of(host).set(own);
    this.#barrier.meet();
    return Array.from({ length: hosts }, (_, k) => of(k));
  }

  /** sums ← the hosts' sums, added up in a balanced tree. */
  sum(sums: Real): void {
    const all = this.#all(sums);
    for (let step = 1; step < all.length; step *= 2) {
      for (let k = 0; k < all.length; k += 2 * step) {
        const left = step === 1 ? all[k].slice() : all[k];
        const right = all[k + step];
        // Rounded to the precision as it is stored.
        for (let i = 0; i < left.length; i++) left[i] += right[i];
        all[k] = left;
      }
    }
    sums.set(all[0]);
  }

  /** Whether any host wishes it. */
  any(wish: boolean): boolean {
    return this.#all(Float64Array.of(Number(wish))).some(([each]) => each !== 0);
  }

  /**
   * A value or more for each of a minibatch's `shards` shards: takes over those of the other hosts' shards.
   * @param configured the shards of a full minibatch, by which hosts have theirs
   */
  shards(values: Real, shards: number, configured: number): void {
    const { host, hosts } = this.plan;
    const each = values.length / shards;
    const all = this.#all(values);
    for (let k = 0; k < hosts; k++) {
      if (k === host) continue;
      const [from, to] = [k, k + 1].map((host) => Math.min(shards, cut(configured, hosts, host)));
      values.set(all[k].subarray(from * each, to * each), from * each);
    }
  }
}

/**
 * mixup (Zhang, Cissé, Dauphin, Lopez-Paz 2018): each row of a minibatch becomes λ times itself and 1 − λ times another
 * row of it, inputs and targets alike. As in the authors' code one λ ~ Beta(α, α) is for a whole minibatch, and the others
 * are a random permutation of its rows.
 *
 * λ and the permutation follow from the seed and the step alone. A worker mixes its own rows, and gathers for itself those
 * that they are mixed with: nobody waits for anybody. A minibatch of one row stays as it is. A step that is taken in parts
 * (`train.accumulate`) is one minibatch here too: what a part is depends on how many hosts there are.
 */
import type { Engine } from '../engines/engine.js';
import type { Offset } from '../model/operations.js';
import { keyOf, philox } from '../philox.js';
import type { Batch } from '../plan/batch.js';
import type { MixRegions } from '../plan/layout.js';
import type { Setup } from '../plan/task.js';
import { view } from '../shared/arena.js';
import { gather } from './gather.js';

/** "mixup", so that these are no other use's numbers. */
const PURPOSE = [0x6d697875, 0x70000000] as const;

/** What a minibatch is mixed by; used again and again, as steps leave no garbage. */
export class Mixture {
  /** How much of itself each row keeps, from 0 to 1. */
  share = 1;
  /** Which row each one is mixed with. */
  readonly partners: Uint32Array;
  readonly #key: readonly [number, number];
  /** The state of xoshiro128** (Blackman and Vigna 2018), begun anew for each step. */
  readonly #state = new Uint32Array(4);

  /** @param rows of a minibatch, at most @param alpha α */
  constructor(
    seed: number,
    rows: number,
    private readonly alpha: number,
  ) {
    this.partners = new Uint32Array(rows);
    this.#key = keyOf(seed, 0, PURPOSE);
  }

  /** Draws for the minibatch of a step, which has so many rows. */
  draw(step: number, rows: number): void {
    this.#state.set(philox([step >>> 0, Math.floor(step / 2 ** 32), 0, 0], this.#key));
    this.#state[0] |= 1;
    this.share = 1 / (1 + Math.exp(this.#logGamma() - this.#logGamma()));
    const { partners } = this;
    for (let i = 0; i < rows; i++) {
      // From the inside out (Durstenfeld 1964).
      const j = Math.floor(((i + 1) * this.#word()) / 2 ** 32);
      partners[i] = partners[j];
      partners[j] = i;
    }
  }

  #word(): number {
    const s = this.#state;
    const product = Math.imul(s[1], 5);
    const word = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return word;
  }

  /** Above 0, up to 1. */
  #uniform(): number {
    return (this.#word() + 1) / 2 ** 32;
  }

  /**
   * The logarithm of a number of the gamma distribution of shape α (Marsaglia and Tsang 2000; below 1 that of α + 1 times
   * u^(1/α)): logarithms, as a small α makes numbers that no float64 holds. Of two, λ = G/(G + G′) is of Beta(α, α).
   */
  #logGamma(): number {
    const { alpha } = this;
    const d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = Math.sqrt(-2 * Math.log(this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform());
      const root = 1 + c * x;
      if (root <= 0) continue;
      const v = root * root * root;
      if (Math.log(this.#uniform()) >= 0.5 * x * x + d * (1 - v + Math.log(v))) continue;
      return Math.log(d * v) + (alpha < 1 ? Math.log(this.#uniform()) / alpha : 0);
    }
  }
}

/** Mixes a worker's rows of one minibatch after another. */
export class Mixing {
  readonly #mixture: Mixture;
  readonly #words: Uint32Array;
  readonly #order: Uint32Array;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    private readonly regions: MixRegions,
    alpha: number,
  ) {
    this.#mixture = new Mixture(setup.seed, setup.batchSize, alpha);
    this.#words = view(setup.memory, setup.layout.order);
    this.#order = view(setup.memory, regions.order);
  }

  /** Rows [first, first + rows) of X and Y, which begin at `x` and `y`. */
  mix(batch: Batch, first: number, rows: number, x: Offset, y: Offset): void {
    if (batch.stepRows < 2) return;
    const { engine, setup, regions } = this;
    const { inputs, outputs } = setup.net;
    const mixture = this.#mixture;
    mixture.draw(batch.step, batch.stepRows);
    const { base } = batch;
    const place = (batch.order - setup.layout.order.offset) / 4 - base;
    for (let r = first; r < first + rows; r++) {
      this.#order[r] = this.#words[place + mixture.partners[base + r]];
    }
    gather(engine, setup, regions.order.offset, first, rows, regions.x.offset, regions.y.offset, 0, 0);
    this.#blend(x, regions.x.offset, first, rows, inputs);
    this.#blend(y, regions.y.offset, first, rows, outputs);
  }

  #blend(to: Offset, from: Offset, first: number, rows: number, cols: number): void {
    const at = first * cols * this.engine.bytes;
    const { share } = this.#mixture;
    this.engine.average(to + at, from + at, rows * cols, share, 1 - share);
  }
}

/**
 * Layers passed through in as few calls as the engine can do it in: what they ask for is written down once, and done again
 * for every minibatch of as many rows. A layer that asks for what cannot be written down is called itself.
 */
import type { Recorder, Replay } from '../engines/engine.js';
import type { BatchView, BoundLayer } from '../model/layers/layer.js';
import type { Rank1Step } from '../model/operations.js';

type Call = (batch: BatchView, firstShard: number, endShard: number) => void;

/** A layer as it is bound to the engine, and to the engine's recorder. */
export interface Recordable {
  readonly layer: BoundLayer;
  readonly recorded: BoundLayer;
}

/** One way through layers. */
export class ReplayedWay {
  /** By slot: the calls, and the shards that they were made for. */
  readonly #made: { firstShard: number; endShard: number; calls: readonly Call[] }[] = [];

  /**
   * @param layers in the order of the way
   * @param rows of the minibatches that it is for
   */
  constructor(
    private readonly recorder: Recorder,
    private readonly way: 'forward' | 'backward',
    private readonly layers: readonly Recordable[],
    private readonly rows: number,
  ) {}

  /** @returns false: the minibatch has other rows, and nothing was done */
  pass(batch: BatchView, firstShard: number, endShard: number): boolean {
    if (batch.rows !== this.rows) return false;
    let made = this.#made[batch.slot];
    if (made?.firstShard !== firstShard || made.endShard !== endShard) {
      made = { firstShard, endShard, calls: this.#record(batch, firstShard, endShard) };
      this.#made[batch.slot] = made;
    }
    const { calls } = made;
    for (let k = 0; k < calls.length; k++) calls[k](batch, firstShard, endShard);
    return true;
  }

  /** What is written down must follow from the slot and the rows: what follows from a step, no recorder knows. */
  #record(batch: BatchView, firstShard: number, endShard: number): Call[] {
    const { recorder, way } = this;
    const calls: Call[] = [];
    const end = () => {
      const replay = recorder.take();
      if (replay) calls.push(() => replay(0));
    };
    for (const { layer, recorded } of this.layers) {
      if (recorder.record(() => recorded[way](batch, firstShard, endShard))) continue;
      end();
      calls.push((batch, firstShard, endShard) => layer[way](batch, firstShard, endShard));
    }
    end();
    return calls;
  }
}

/** The update of all layers by a minibatch of one row. */
export class ReplayedUpdate {
  /** By slot; null: it cannot be written down. */
  readonly #replays: (Replay | null)[] = [];

  /**
   * @param layers those with parameters, bound to the recorder
   * @param step the optimizer's, as the recorder has it
   */
  constructor(
    private readonly recorder: Recorder,
    private readonly layers: readonly BoundLayer[],
    private readonly step: Rank1Step,
  ) {}

  /** @returns what `rate` does it with; null: it is to be done layer by layer */
  of(batch: BatchView): Replay | null {
    let replay = this.#replays[batch.slot];
    if (replay === undefined) {
      const { recorder, step } = this;
      const known = recorder.record(() => {
        // The first layer last: its weights are what the next step begins with, and are then in the cache.
        for (const layer of this.layers.toReversed()) layer.rank1?.(batch, step, 0);
      });
      replay = (known && recorder.take()) || null;
      this.#replays[batch.slot] = replay;
    }
    return replay;
  }
}

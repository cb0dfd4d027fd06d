/**
 * Layers passed through in as few calls as the engine can do it in: what they ask for is written down once, and done again
 * for every minibatch of as many rows. A layer that asks for what cannot be written down is called itself.
 */
import type { Recorder, Replay } from '../engines/engine.js';
import type { BatchView, BoundLayer } from '../model/layers/layer.js';

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

/** What is always the same for minibatches of one row in the same place. */
export class Replayed {
  /** By slot; null: it cannot be written down. */
  readonly #replays: (Replay | null)[] = [];

  /** @param body asks for it, of layers that are bound to the recorder */
  constructor(
    private readonly recorder: Recorder,
    private readonly body: (batch: BatchView) => void,
  ) {}

  /** @returns what does it, with a step's rate; null: it is to be done call by call */
  of(batch: BatchView): Replay | null {
    let replay = this.#replays[batch.slot];
    if (replay === undefined) {
      const { recorder, body } = this;
      replay = (recorder.record(() => body(batch)) && recorder.take()) || null;
      this.#replays[batch.slot] = replay;
    }
    return replay;
  }
}

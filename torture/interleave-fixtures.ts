/** Tiny runs as the product plans them, and what one thread alone makes of them. */

import type { AveragingName } from '../src/averaging/index.js';
import { evaluationResult } from '../src/coordinator/evaluation.js';
import { Workspace } from '../src/coordinator/workspace.js';
import { createEngine } from '../src/engines/index.js';
import type { Setup } from '../src/plan/task.js';
import { keyed, type Random } from '../src/random.js';
import { type Region, type RegionType, view } from '../src/shared/arena.js';
import { resetBarrier } from '../src/shared/barrier.js';
import { Counter, Word } from '../src/shared/control.js';
import { Copies } from '../src/worker/copy.js';
import { evaluatePieces } from '../src/worker/evaluate.js';
import { EvaluationPass } from '../src/worker/evaluation-pass.js';
import { Pass } from '../src/worker/pass.js';
import { Stepper } from '../src/worker/step.js';
import { smallConfig, smallSource } from '../test/helpers/small.js';
import { bitsOf } from './interleave-bits.js';
import type { Copied } from './interleave-cases.js';

export const MOST_WORKERS = 4;
/** Steps that a case may go to: three epochs, so that a slot of the orders is used again. */
export const MOST_STEPS = 8;

/** The words that a reset sets. */
const RESET = [
  ...[Word.abort, Word.stopNow, Word.nextPiece, Word.piecesDone],
  ...[Word.arrived, Word.sleepers, Word.nextTile],
];

/** What a fixture differs in. */
interface Shape {
  readonly rows: number;
  readonly features: number;
  readonly batchSize: number;
  readonly shards: number;
  readonly averaging: AveragingName;
}

/** A run whose threads are the proof's own. */
export class Fixture {
  readonly #initial: Uint8Array;
  readonly #known = new Map<string, string>();

  private constructor(readonly setup: Setup) {
    this.#initial = this.#bytes(setup.layout.parameters).slice();
  }

  /** Plans it through `Workspace`, whose own threads are not needed. */
  static async open({ rows, features, batchSize, shards, averaging }: Shape): Promise<Fixture> {
    const source = smallSource(rows, features, 2);
    const config = smallConfig({
      engine: 'reference',
      model: {
        precision: 'float64',
        layers: [
          { units: 3, activation: 'tanh' },
          { units: 2, activation: 'softmax' },
        ],
      },
      optimizer: { learningRate: 0.5 },
      train: { batchSize, shards, averaging },
    });
    const workspace = await Workspace.open(config, source, MOST_WORKERS);
    const epochs = Math.ceil((MOST_STEPS + 1) / Math.ceil(rows / batchSize));
    for (let epoch = 0; epoch < epochs; epoch++) workspace.prepareOrder(epoch);
    await workspace.close();
    return new Fixture(workspace.setup);
  }

  /**
   * As it was before the first step, with nothing left of the case before: what should be written before it is read
   * holds NaN, and the words that a reset sets are garbage when it comes.
   */
  reset(random: Random, from: number): void {
    const { layout, memory } = this.setup;
    this.#bytes(layout.parameters).set(this.#initial);
    for (const region of layout.state) this.#bytes(region).fill(0);
    const unwritten = [
      ...[...layout.x, ...layout.y, ...layout.values, ...layout.deltas, layout.gradients, layout.shardLosses],
      ...[layout.pieces, ...layout.workers.flatMap(({ sums, counts }) => [sums, counts])],
      ...layout.workers.flatMap(({ evaluation }) => [evaluation.x, evaluation.y, ...evaluation.values]),
      ...[layout.copy.parameters, layout.copy.counters, ...layout.copy.state],
    ];
    for (const region of unwritten) (view(memory, region) as Float64Array).fill(Number.NaN);
    const words = this.#view('control', 'int32').fill(0);
    for (const word of RESET) words[word] = 1 + random.below(100);
    // Wherever the meetings of the stretches before have led it, beyond the largest number too.
    words[Word.generation] = [0, 0x7fff_fffd, -3, random.below(1000)][random.below(4)];
    resetBarrier(words);
    const progress = this.#view('counters', 'float64');
    progress.fill(0);
    progress[Counter.step] = from;
  }

  /** Steps that were done, as the progress line shows them. */
  get step(): number {
    return this.#view('counters', 'float64')[Counter.step];
  }

  /** Everything that steps leave, to the last bit. */
  trained(): string {
    const { memory, layout } = this.setup;
    return bitsOf({
      parameters: view(memory, layout.parameters) as Float64Array,
      state: layout.state.map((slot) => view(memory, slot) as Float64Array),
      buffers: view(memory, layout.buffers),
      counters: this.#view('counters', 'float64'),
    });
  }

  /** The copy of the state that was not fetched, if there is one. @param atRest no worker was interrupted */
  copied(atRest: boolean): Copied[] {
    const copies = new Copies(this.setup);
    if (!(atRest ? copies.wholeAtRest : copies.whole)) return [];
    return [{ step: copies.state.counters[Counter.step], bits: bitsOf(copies.state) }];
  }

  /** Everything that an evaluation leaves. */
  evaluated(threads: number): string {
    const { loss, metrics } = evaluationResult(this.setup, 'validation', threads);
    return `${this.#hex(this.setup.layout.pieces)} ${loss} ${JSON.stringify(metrics)}`;
  }

  /** What one thread alone leaves after the same steps. Not while others run. */
  trainedAlone(from: number, to: number): string {
    return this.#alone(`steps ${from} ${to}`, from, (engine, pass) => {
      new Stepper(engine, this.setup, pass, 0, 1).train(from, to);
      return this.trained();
    });
  }

  evaluatedAlone(): string {
    return this.#alone('evaluation', 0, (engine) => {
      evaluatePieces(this.setup, new EvaluationPass(engine, this.setup, 0), 0, 'validation');
      return this.evaluated(1);
    });
  }

  #alone(
    key: string,
    from: number,
    work: (engine: ReturnType<typeof createEngine>, pass: Pass) => string,
  ): string {
    let known = this.#known.get(key);
    if (known === undefined) {
      const { setup } = this;
      this.reset(keyed(key), from);
      const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
      known = work(engine, new Pass(engine, setup, 0));
      this.#known.set(key, known);
    }
    return known;
  }

  #view<Type extends RegionType>(name: 'control' | 'counters', type: Type) {
    return view(this.setup.memory, { ...this.setup.layout[name], type });
  }

  #bytes(region: Region): Uint8Array {
    const { buffer } = this.setup.memory;
    const { BYTES_PER_ELEMENT } = view(this.setup.memory, region);
    return new Uint8Array(buffer, region.offset, region.length * BYTES_PER_ELEMENT);
  }

  #hex(region: Region): string {
    return Buffer.from(this.#bytes(region)).toString('hex');
  }
}

/**
 * With 130 features the first layer's gradients are three tiles, and each of four slices has some of the parameters.
 * The last minibatch has fewer rows than there are threads; with a batch size of 1 all but one thread rest.
 */
const SHAPES: readonly Shape[] = [
  { rows: 18, features: 130, batchSize: 8, shards: 5, averaging: 'slices' },
  { rows: 18, features: 130, batchSize: 8, shards: 5, averaging: 'shards' },
  { rows: 4, features: 9, batchSize: 1, shards: 1, averaging: 'slices' },
  { rows: 5 * 128 + 37, features: 3, batchSize: 8, shards: 5, averaging: 'slices' },
];
/** The last is for evaluations; those before for steps. */
export const EVALUATION = SHAPES.length - 1;

let opened: Promise<Fixture[]> | undefined;

/** All of them, opened once. */
export function fixtures(): Promise<Fixture[]> {
  opened ??= Promise.all(SHAPES.map((shape) => Fixture.open(shape)));
  return opened;
}

/** Data larger than memory: the same bits for any threads and after any resume, every row once an epoch. */
import '../helpers/bare.js';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Trainer } from '../../src/coordinator/trainer.js';
import type { DataSource, DataWindow } from '../../src/data/source.js';
import { runsOf, streamedSplit } from '../../src/data/streaming.js';
import { realDisk } from '../../src/machine/disk.js';
import { Windows } from '../../src/plan/windows.js';
import type { RunOptions, TrainEvent } from '../../src/protocol.js';
import { keyed } from '../../src/random.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { smallConfig } from '../helpers/small.js';

const ROWS = 1003;
const FEATURES = 5;
const CLASSES = 4;

/** Normal values around a centre for each class. */
function made() {
  const random = keyed('stream');
  const x = new Float64Array(ROWS * FEATURES);
  const y = new Uint8Array(ROWS);
  for (let row = 0; row < ROWS; row++) {
    y[row] = random.below(CLASSES);
    for (let k = 0; k < FEATURES; k++) x[row * FEATURES + k] = random.normal() + (k === y[row] ? 2 : 0);
  }
  return { x, y };
}

interface Reads {
  readonly rows: number[];
  fail?: boolean;
}

/** The rows, read as a file's would be. */
function streamed(
  window: string,
  { sorted = false, seed = 1 } = {},
  reads: Reads = { rows: [] },
): DataSource {
  const { x, y } = made();
  const order = Uint32Array.from({ length: ROWS }, (_, row) => row);
  if (sorted) order.sort((a, b) => y[a] - y[b]);
  const plan = streamedSplit(
    { block: '32 rows', window },
    { name: 'random', validation: 53, test: 0.05 } as never,
    { rows: ROWS, rowBytes: FEATURES * 8 + 1, seed, where: 'made' },
  );
  const read = async (first: number, rows: number, { features, targets }: DataWindow, place: number) => {
    // Reads end in any order.
    await new Promise((resolve) => setTimeout(resolve, (first * 7) % 3));
    if (reads.fail) throw new Error('the disk is gone');
    for (let k = 0; k < rows; k++) {
      const row = order[first + k];
      reads.rows.push(first + k);
      features.set(x.subarray(row * FEATURES, (row + 1) * FEATURES), (place + k) * FEATURES);
      targets[place + k] = y[row];
    }
  };
  const { block, perWindow, isTrain, trainRowsOf, held, resident } = plan;
  return {
    rows: resident,
    features: FEATURES,
    outputs: CLASSES,
    featureType: 'float64',
    targets: { kind: 'class', classes: CLASSES, type: 'uint8' },
    parts: plan.parts,
    split: plan.split,
    async read(into) {
      for (const { first, count, at } of runsOf(held))
        await read(first, count, into, resident - held.length + at);
    },
    stream: { rows: ROWS, block, perWindow, isTrain, trainRowsOf, read, fingerprint: async () => 'made' },
  };
}

const config = smallConfig({
  loss: 'cross-entropy',
  train: {
    batchSize: 30,
    epochs: 5,
    shards: 4,
    validate: { every: '11 steps' },
    checkpoint: { every: '7 steps', keep: 100 },
  },
});

async function run(source: DataSource, options: Partial<RunOptions> = {}) {
  const events: TrainEvent[] = [];
  const { summary } = await new Trainer().train(
    config,
    { threads: 2, runDir: null, version: 'test', ...options },
    (event) => events.push(event),
    { source },
  );
  return { summary, events };
}

t.test('the same bits for any number of threads, and other ones with another window', async (t) => {
  const found = [];
  for (const threads of [1, 2, 3, 4]) found.push((await run(streamed('400 rows'), { threads })).summary);
  t.equal(new Set(found.map(({ weightsHash }) => weightsHash)).size, 1);
  t.equal(new Set(found.map(({ bestHash }) => bestHash)).size, 1);
  const other = await run(streamed('800 rows'));
  t.not(other.summary.weightsHash, found[0].weightsHash);
  t.ok((other.summary.testMetrics.accuracy as number) > 0.6, 'it learns');
});

t.test('a run that goes on from anywhere ends with the same bits', async (t) => {
  const undisturbed = (await run(streamed('400 rows'))).summary;
  for (const untilStep of [3, 21, 31, 60, 100, 148]) {
    const runDir = join(t.testdir(), `run-${untilStep}`);
    await run(streamed('400 rows'), { runDir, untilStep });
    const { found, damaged } = await newestCheckpoint(realDisk, runDir);
    const resume = { checkpoint: found?.path ?? null, damaged, force: false };
    const { summary } = await run(streamed('400 rows'), { runDir, resume, threads: 1 });
    t.equal(summary.weightsHash, undisturbed.weightsHash, `stopped after step ${untilStep}`);
    rmSync(runDir, { recursive: true });
  }
});

t.test('what cannot be read ends the run, and nothing is left under way', async (t) => {
  const reads: Reads = { rows: [] };
  const source = streamed('400 rows', {}, reads);
  const { read } = source;
  const failing = {
    ...source,
    read: async (into: DataWindow) => {
      await read(into);
      setTimeout(() => {
        reads.fail = true;
      }, 40);
    },
  };
  await t.rejects(run(failing, { threads: 1 }), { message: /the disk is gone/ });
});

t.test('a window that holds one class only is refused', async (t) => {
  await t.rejects(run(streamed('96 rows', { sorted: true })), {
    message: /data\.stream: a window of 1 blocks of 32 rows holds the class \d alone/,
  });
});

t.test('every training row comes once an epoch, at a place of its own', (t) => {
  for (const [batchSize, window] of [
    [30, '400 rows'],
    [7, '96 rows'],
    [1000, '3000 rows'],
    [64, '200 rows'],
  ] as const) {
    const { block, perWindow, parts, isTrain, trainRowsOf } = streamedSplit(
      { block: '32 rows', window },
      { name: 'random', validation: 53, test: 0.05 } as never,
      { rows: ROWS, rowBytes: 41, seed: 1, where: 'made' },
    );
    const sizes = { seed: 1, rows: ROWS, block, perWindow, batchSize, trainRows: parts.train };
    const windows = new Windows({ ...sizes, trainRowsOf });
    const steps = windows.stepsPerEpoch;
    const ring = Windows.orderSteps(sizes);
    for (const epoch of [0, 1, 2]) {
      const seen = new Set<number>();
      const filled = Array.from({ length: steps }, () => 0);
      for (let place = 0; place < windows.perEpoch; place++) {
        const window = epoch * windows.perEpoch + place;
        const rows = windows
          .blocksOf(window)
          .flatMap(({ first, rows }) => Array.from({ length: rows }, (_, k) => first + k))
          .filter(isTrain);
        windows.deal(window, Uint32Array.from(rows), (row, step) => {
          seen.add(row);
          filled[step - epoch * steps]++;
          const { first, last } = windows.of(step);
          if (window < first || window > last) t.fail(`row ${row} is not in the windows of step ${step}`);
          if (step - windows.endOf(Math.max(window - 2, 0)) > ring) t.fail('the ring is too short');
        });
        t.ok(windows.endOf(window) >= windows.of(windows.endOf(window) - 1).last - window);
      }
      t.equal(seen.size, parts.train);
      t.same(new Set(filled.slice(0, -1)), new Set(steps > 1 ? [batchSize] : []));
    }
  }
  t.end();
});

t.test('sizes, and splits that cannot be streamed', (t) => {
  const given = { rows: ROWS, rowBytes: 41, seed: 1, where: 'made' };
  const split = { name: 'random' };
  const of =
    (stream: object, own: object = split) =>
    () =>
      streamedSplit(stream, own as never, given);
  t.throws(of({ block: '12' }), {
    message: /data\.stream\.block: expected a whole number of rows, KiB, MiB or GiB/,
  });
  t.throws(of({ window: '1 KiB', block: '100 rows' }), { message: /expected room for 3 blocks of 100 rows/ });
  t.throws(of({}, { name: 'official' }), { message: /expected "random"/ });
  t.throws(of({}, { name: 'random', stratify: true }), { message: /take validation, test and seed alone/ });
  t.throws(of({}, { name: 'random', validation: 0.7, test: 0.4 }), { message: /expected rows to be left/ });
  const many = streamedSplit({}, { name: 'random', validation: 0.5, test: 0.4 } as never, given);
  t.equal(new Set(many.held).size, 501 + 401);
  t.end();
});

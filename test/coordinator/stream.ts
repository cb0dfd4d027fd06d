/** Data larger than memory: the same bits for any threads and after any resume, every row once an epoch. */
import '../helpers/bare.js';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Config } from '../../src/config/schema.js';
import { contextOf } from '../../src/coordinator/network.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import type { DataSource, DataWindow, Minibatches } from '../../src/data/source.js';
import { runsOf, streamedSplit } from '../../src/data/streaming.js';
import { realDisk } from '../../src/machine/disk.js';
import { Batch } from '../../src/plan/batch.js';
import { Lanes } from '../../src/plan/lanes.js';
import type { Setup } from '../../src/plan/task.js';
import { Windows } from '../../src/plan/windows.js';
import type { RunOptions, TrainEvent } from '../../src/protocol.js';
import { keyed } from '../../src/random.js';
import { newestCheckpoint } from '../../src/runs/checkpoints.js';
import { hostsInProcess } from '../helpers/hosts.js';
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

interface Made {
  sorted?: boolean;
  seed?: number;
  minibatches?: Minibatches;
}

interface Reads {
  readonly rows: number[];
  fail?: boolean;
  /** So many rows, and no more can be read. */
  most?: number;
}

/** The rows, read as a file's would be. */
function streamed(
  window: string,
  { sorted = false, seed = 1, minibatches }: Made = {},
  reads: Reads = { rows: [] },
): DataSource {
  const { x, y } = made();
  const order = Uint32Array.from({ length: ROWS }, (_, row) => row);
  if (sorted) order.sort((a, b) => y[a] - y[b]);
  const plan = streamedSplit(
    { block: '32 rows', window },
    { name: 'random', validation: 53, test: 0.05 } as never,
    { rows: ROWS, rowBytes: FEATURES * 8 + 1, seed, where: 'made', minibatches },
  );
  const read = async (first: number, rows: number, { features, targets }: DataWindow, place: number) => {
    // Reads end in any order.
    await new Promise((resolve) => setTimeout(resolve, (first * 7) % 3));
    if (reads.fail || reads.rows.length >= (reads.most ?? ROWS * 100)) throw new Error('the disk is gone');
    for (let k = 0; k < rows; k++) {
      const row = order[first + k];
      reads.rows.push(first + k);
      features.set(x.subarray(row * FEATURES, (row + 1) * FEATURES), (place + k) * FEATURES);
      targets[place + k] = y[row];
    }
  };
  const { block, perWindow, lanes, isTrain, trainRowsOf, held, resident } = plan;
  return {
    rows: resident,
    features: FEATURES,
    outputs: CLASSES,
    featureType: 'float64',
    targets: { kind: 'class', classes: CLASSES, type: 'uint8' },
    parts: plan.parts,
    split: plan.split,
    numberOf: (row) => held[row - resident + held.length],
    async read(into) {
      for (const { first, count, at } of runsOf(held))
        await read(first, count, into, resident - held.length + at);
    },
    stream: {
      rows: ROWS,
      block,
      perWindow,
      ...(lanes && { lanes }),
      isTrain,
      trainRowsOf,
      read,
      fingerprint: async () => 'made',
    },
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

const inLanes = ({ train, ...changes }: Parameters<typeof smallConfig>[0] = {}) =>
  smallConfig({
    ...changes,
    loss: 'cross-entropy',
    train: { ...config.train, epochs: 3, averaging: 'hosts', ...train },
  });

/** Hosts that train together, each with reads of its own; what each has come to, in their order. */
async function together(
  count: number,
  options: Partial<RunOptions> & Made & { window?: string; config?: Config; broken?: number } = {},
) {
  const { sorted = false, window = '400 rows', config = inLanes(), broken = -1, ...run } = options;
  const { minibatches } = contextOf(config, undefined, count);
  const reads = Array.from(
    { length: count },
    (_, k): Reads => ({ rows: [], ...(k === broken && { most: 600 }) }),
  );
  const { hosts, end } = await hostsInProcess(count);
  try {
    const settled = await Promise.allSettled(
      reads.map(async (own, host) => {
        const source = streamed(window, { sorted, ...(minibatches && { minibatches }) }, own);
        const all = { threads: 1, version: 'test', ...run, runDir: host === 0 ? (run.runDir ?? null) : null };
        const given = { source: reading(source, own) };
        return new Trainer().train(
          config,
          { ...all, ...(count > 1 && { hosts: hosts[host].address() }) },
          () => {},
          given,
        );
      }),
    );
    const errors = settled.map((each) => (each.status === 'rejected' ? each.reason.message : ''));
    const summaries = settled.map((each) => (each.status === 'rejected' ? undefined : each.value.summary));
    return { summaries, errors, reads };
  } finally {
    await end();
  }
}

/** Without the rows that lie in memory all the time. */
function reading(source: DataSource, reads: Reads): DataSource {
  return {
    ...source,
    async read(into) {
      await source.read(into);
      reads.rows.length = 0;
    },
  };
}

async function alone(threads: number) {
  const [summary] = (await together(1, { threads })).summaries;
  if (summary === undefined) throw new Error('a run of one host has failed');
  return summary;
}

t.test('hosts read the rows of their shards alone, and have the bits of one', async (t) => {
  const one = await alone(1);
  const { weightsHash, bestHash, testLoss } = one;
  t.equal((await alone(3)).weightsHash, weightsHash);
  t.not((await run(streamed('400 rows'))).summary.weightsHash, weightsHash, 'the order is another');
  t.ok((one.testMetrics.accuracy as number) > 0.6, 'it learns');
  for (const [count, threads] of [
    [2, 2],
    [4, 1],
  ]) {
    const { summaries, reads } = await together(count, { threads });
    for (const [host, summary] of summaries.entries()) {
      t.match(summary, { weightsHash, bestHash, testLoss }, `host ${host} of ${count}`);
      const { length } = reads[host].rows;
      t.equal(summary?.rowsRead, length);
      // Those for validation and test lie between the others, and not all of them.
      t.ok(length > (0.95 * one.examples) / count && length < (1.2 * one.examples) / count, `read ${length}`);
    }
  }
});

t.test('a step of several minibatches is one of their rows, for any number of hosts', async (t) => {
  const hashes = async (count: number, train: object) =>
    (
      await together(count, { threads: 2, config: inLanes({ train: { clip: { norm: 0.03 }, ...train } }) })
    ).summaries.map((summary) => summary?.weightsHash);
  const [one] = await hashes(1, { batchSize: 32, shards: 16 });
  t.same(await hashes(1, { batchSize: 16, shards: 8, accumulate: 2 }), [one]);
  t.same(await hashes(2, { batchSize: 8, shards: 4, accumulate: 4 }), [one, one]);
  const config = inLanes({ train: { mixup: {} } });
  const { errors } = await together(2, { config });
  t.match(errors[0], /^train\.mixup: .* each of the 2 hosts reads its own alone/);
  t.same((await together(1, { config })).errors, ['']);
});

t.test('each shard has rows of its own, which are those of the epoch together', (t) => {
  for (const [batchSize, shards, window, block] of [
    [30, 4, '400 rows', '32 rows'],
    [11, 8, '200 rows', '100 rows'],
    [64, 16, '2000 rows', '7 rows'],
    [901, 2, '2000 rows', '32 rows'],
    [16, 16, '40 rows', '1 rows'],
    [850, 4, '1800 rows', '64 rows'],
  ] as const) {
    const split = { name: 'random', validation: 53, test: 0.05 } as never;
    const given = { rows: ROWS, rowBytes: 41, seed: 1, where: 'made' };
    const plan = (hosts: number) =>
      streamedSplit({ block, window }, split, { ...given, minibatches: { rows: batchSize, hosts } });
    const { parts, isTrain, trainRowsOf, block: size, lanes: sizes = { steps: 0 }, resident } = plan(1);
    const trainRows = parts.train;
    const { steps } = sizes;
    t.ok(resident - 103 <= Math.max(Number.parseInt(window, 10), batchSize + size), 'fits into the window');
    const all = { seed: 1, rows: ROWS, block: size, batchSize, shards, trainRows, steps };
    const lanes = new Lanes({ ...all, isTrain, trainRowsOf });
    const { stepsPerEpoch, perEpoch } = lanes;
    const places = { orderSteps: 0, layout: { order: { offset: 0 }, orderSlots: 2 } };
    const batch = new Batch({ batchSize, trainRows, shards, ...places } as unknown as Setup);
    for (const epoch of [0, 1]) {
      const seen = new Set<number>();
      for (let window = epoch * perEpoch; window < (epoch + 1) * perEpoch; window++) {
        const dealt = new Map<number, Map<number, number>>();
        for (let lane = 0; lane < shards; lane++) {
          const rows = lanes.piecesOf(window, lane).flatMap(({ first, rows, trainRows }) => {
            const all = Array.from({ length: rows }, (_, k) => first + k).filter(isTrain);
            if (all.length !== trainRows || !isTrain(first)) t.fail('a piece has other rows than it says');
            return all;
          });
          let used = 0;
          lanes.deal(window, lane, (k, step, at) => {
            seen.add(rows[k]);
            used++;
            const { shards: parts } = batch.find(step);
            const isOwn = lane < parts && at >= batch.shardRow(lane) && at < batch.shardRow(lane + 1);
            if (!isOwn || lanes.windowOf(step) !== window) t.fail('a row comes where its shard is not');
            dealt.set(step, (dealt.get(step) ?? new Map()).set(at, rows[k]));
          });
          t.equal(used, rows.length);
        }
        const end = lanes.endOf(window);
        t.same([...dealt.keys()].sort((a, b) => a - b).at(-1), end - 1);
        for (const [step, found] of dealt) {
          const whole = [...lanes.rowsOf(step).entries()];
          if (whole.length !== batch.find(step).rows) t.fail('rows are missing');
          if (whole.some(([at, row]) => found.get(at) !== row))
            t.fail('looked at whole a step has other rows');
        }
        // What hosts keep of it has places.
        for (const hosts of [1, 2, 4, 8].filter((hosts) => hosts <= shards)) {
          for (let host = 0; host < hosts; host++) {
            const own = Array.from({ length: shards / hosts }, (_, k) => (host * shards) / hosts + k);
            const rows = own.flatMap((lane) => lanes.piecesOf(window, lane).map((piece) => piece.trainRows));
            const places = plan(hosts).lanes?.rows ?? 0;
            if (rows.reduce((sum, count) => sum + count, 0) > places) t.fail(`${hosts} hosts lack places`);
          }
        }
      }
      t.equal(seen.size, trainRows);
      t.equal(lanes.endOf(perEpoch * (epoch + 1) - 1), stepsPerEpoch * (epoch + 1));
    }
  }
  t.end();
});

t.test('what one host has begun two go on with, and the other way round', async (t) => {
  const { weightsHash } = await alone(2);
  for (const [first, untilStep] of [
    [1, 71],
    [2, 30],
  ]) {
    const runDir = join(t.testdir(), `run-${first}`);
    await together(first, { runDir, untilStep });
    const { found, damaged } = await newestCheckpoint(realDisk, runDir);
    const resume = { checkpoint: found?.path ?? null, damaged, force: false };
    const { summaries, errors } = await together(first === 2 ? 1 : 2, { runDir, resume });
    t.strictSame(
      errors,
      errors.map(() => ''),
    );
    for (const summary of summaries) t.equal(summary?.weightsHash, weightsHash, `after step ${untilStep}`);
  }
});

t.test('what goes wrong on one of several hosts is told by all', async (t) => {
  const sorted = {
    sorted: true,
    window: '96 rows',
    config: inLanes({ train: { batchSize: 32, shards: 2 } }),
  };
  const [refused] = (await together(1, sorted)).errors;
  t.match(refused, /^data\.stream: a window of 1 minibatches of 32 rows holds the class \d alone/);
  const { errors: both } = await together(2, sorted);
  t.equal(both[0], refused, 'of which each host has half');
  t.ok(both[1].includes(refused));
  for (const error of (await together(2, { broken: 1 })).errors) {
    t.equal(error, 'host 1 (host 1): the disk is gone', 'in the second epoch');
  }
  // The same step, of which each host has half of the rows.
  const steep = { optimizer: { name: 'sgd', learningRate: 1e6 } } as const;
  const { errors } = await together(2, { config: inLanes(steep) });
  const [own] = (await together(1, { config: inLanes(steep) })).errors;
  t.match(own, /step \d+/);
  t.strictSame(errors, [own, own]);
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
  const ofMinibatches = () =>
    streamedSplit({ window: '2 KiB', block: '10 rows' }, split, {
      ...given,
      minibatches: { rows: 20, hosts: 2 },
    });
  t.throws(ofMinibatches, {
    message: /expected room for 2 minibatches of 20 rows and a block of 10 at least, that is 2050 bytes/,
  });
  t.throws(of({}, { name: 'official' }), { message: /expected "random"/ });
  t.throws(of({}, { name: 'random', stratify: true }), { message: /take validation, test and seed alone/ });
  t.throws(of({}, { name: 'random', validation: 0.7, test: 0.4 }), { message: /expected rows to be left/ });
  const many = streamedSplit({}, { name: 'random', validation: 0.5, test: 0.4 } as never, given);
  t.equal(new Set(many.held).size, 501 + 401);
  t.end();
});

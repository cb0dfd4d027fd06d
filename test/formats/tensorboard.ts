import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import t from 'tap';
import { encodePng } from '../../src/formats/png-write.js';
import { boardRecord, crc32c, maskedCrc32c } from '../../src/formats/tensorboard.js';
import { boardEvents, hyperparametersOf } from '../../src/history/exports/board-events.js';
import { tensorboard } from '../../src/history/exports/tensorboard.js';
import { recordOf } from '../../src/history/record.js';
import { resume, train } from '../../src/index.js';
import type { InsightsEvent } from '../../src/insights.js';
import { pythonWith } from '../helpers/python.js';
import { xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));

t.test('checksums', async (t) => {
  // RFC 3720, B.4, and the check value of CRC-32C.
  t.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  t.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  // tensorboard.compat.tensorflow_stub.pywrap_tensorflow.masked_crc32c(b"123456789")
  t.equal(
    maskedCrc32c(Buffer.from('123456789')),
    (((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0,
  );
  const record = boardRecord({ at: 1.5, kind: 'version' });
  t.equal(Number(new DataView(record.buffer).getBigUint64(0, true)), record.length - 16);
  // Field 1 is the time, field 3 the version of the file.
  t.same(
    Buffer.from(record.subarray(12, -4)).toString('latin1').slice(-15),
    '\x1a\x0dbrain.Event:2'.slice(-15),
  );
});

t.test('pictures', async (t) => {
  for (const channels of [1, 3]) {
    const bytes = Uint8Array.from({ length: 5 * 4 * channels }, (_, k) => (k * 37) % 256);
    const read = PNG.sync.read(Buffer.from(encodePng(5, 4, channels, bytes)));
    t.same([read.width, read.height], [5, 4]);
    const samples = Array.from({ length: 20 }, (_, k) => [
      ...read.data.subarray(4 * k, 4 * k + channels),
    ]).flat();
    t.same(samples, [...bytes]);
  }
});

t.test('every key has one type, in every run', async (t) => {
  const found = hyperparametersOf({
    seed: 3,
    data: { name: 'csv', path: 'a.csv', scale: 0.5, split: { test: 0.1, stratify: true } },
    model: { layers: [{ units: 4 }, { units: 'auto' }], drop: null },
    train: { validate: { metrics: ['loss', 'f1'] } },
  });
  t.same(found, {
    seed: 3,
    'data.name': 'csv',
    'data.path': 'a.csv',
    'data.scale': '0.5',
    'data.split.test': 0.1,
    'data.split.stratify': true,
    'model.layers.0.units': 4,
    'train.validate.metrics': '["loss","f1"]',
  });
});

const python = pythonWith('tensorboard');
const skip = python === undefined && 'no TensorBoard for Python is installed (pip install tensorboard)';

/** What TensorBoard finds in a folder of runs: its own reader, and its plugin of hyperparameters. */
const code = `
import json, sys
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import metadata
found = {}
runs = EventMultiplexer().AddRunsFromDirectory(sys.argv[1])
runs.Reload()
for run, tags in runs.Runs().items():
    of = runs.GetAccumulator(run)
    one = found[run] = {'images': [], 'histograms': {}, 'scalars': {}, 'hparams': {}}
    for tag in tags['scalars']: one['scalars'][tag] = [[each.step, each.value] for each in of.Scalars(tag)]
    for tag in tags['images']: one['images'].append([tag] + [[each.width, each.height, each.encoded_image_string[1:4].decode()] for each in of.Images(tag)])
    for tag in tags['histograms']:
        each = of.Histograms(tag)[0].histogram_value
        one['histograms'][tag] = [each.min, each.max, each.num, list(each.bucket_limit), list(each.bucket)]
    for tag in tags['tensors']:
        content = of.SummaryMetadata(tag).plugin_data.content
        if tag == metadata.SESSION_START_INFO_TAG:
            info = metadata.parse_session_start_info_plugin_data(content)
            for key, value in info.hparams.items(): one['hparams'][key] = getattr(value, value.WhichOneof('kind'))
        elif tag == metadata.SESSION_END_INFO_TAG:
            one['status'] = metadata.parse_session_end_info_plugin_data(content).status
print(json.dumps(found))`;
const seen = (path: string) =>
  JSON.parse(
    execFileSync(python as string, ['-c', code, path], { stdio: ['ignore', 'pipe', 'ignore'] }).toString(),
  );

const insights: InsightsEvent = {
  event: 'insights',
  part: 'test',
  rows: 4,
  worst: [
    {
      row: 1,
      loss: 2,
      target: 'a',
      output: [1],
      picture: { width: 2, height: 1, channels: 1, bytes: 'AP8=' },
    },
    { row: 2, loss: 1, target: 'b', output: [1] },
  ],
  layers: [
    {
      layer: 'layer1',
      units: 2,
      weights: { from: -1, to: 1, counts: [1, 0, 3, 2], odd: 0 },
      gradients: { from: 0, to: 2, counts: [5, 1], odd: 0 },
    },
  ],
  filters: {
    width: 3,
    height: 2,
    channels: 1,
    units: [
      [0, 1, -1, 0.5, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1, 1],
    ],
  },
};

t.test('TensorBoard itself reads an export', { skip }, async (t) => {
  const epoch = (k: number) => ({
    event: 'epoch' as const,
    epoch: k,
    step: 10 * k,
    trainLoss: 1 / k,
    validLoss: k === 2 ? null : 2 / k,
    validMetrics: { accuracy: 0.5, 'roc-auc': null, confusion: [[1, 2]] },
    trainSeconds: k,
    examplesPerSecond: 100,
    learningRate: 0.125,
  });
  const start = { event: 'start', at: '2026-01-01T00:00:00.000Z' } as never;
  const done = {
    event: 'done',
    steps: 40,
    stopped: false,
    testLoss: 0.75,
    testMetrics: { accuracy: 0.25 },
  } as never;
  const events = [start, epoch(1), epoch(2), epoch(3), insights, done];
  const run = recordOf(join(folder, 'one'), { seed: 7, optimizer: { name: 'sgd' } }, events, false);
  const path = join(folder, 'exported', 'one');
  mkdirSync(path, { recursive: true });
  const name = tensorboard.fileIn?.(run) as string;
  t.equal(name, 'events.out.tfevents.1767225600.gradpool');
  writeFileSync(join(path, name), Buffer.concat([...(await tensorboard.encode(run))]));
  const { one } = seen(join(folder, 'exported'));
  t.match(one.scalars, {
    'loss/train': [
      [10, 1],
      [20, 0.5],
      [30, Math.fround(1 / 3)],
    ],
    'loss/validation': [
      [10, 2],
      [30, Math.fround(2 / 3)],
    ],
    'accuracy/validation': [
      [10, 0.5],
      [20, 0.5],
      [30, 0.5],
    ],
    'loss/test': [[40, 0.75]],
    'accuracy/test': [[40, 0.25]],
    learning_rate: [
      [10, 0.125],
      [20, 0.125],
      [30, 0.125],
    ],
  });
  t.notOk(Object.keys(one.scalars).some((tag) => /roc|confusion/.test(tag)));
  t.same(one.histograms['weights/layer1'], [-1, 1, 6, [-0.5, 0, 0.5, 1], [1, 0, 3, 2]]);
  t.same(one.histograms['gradients/layer1'], [0, 2, 6, [1, 2], [5, 1]]);
  t.same(one.images, [
    ['filters', [7, 5, 'PNG']],
    ['worst/1', [2, 1, 'PNG']],
  ]);
  t.same(one.hparams, { seed: 7, 'optimizer.name': 'sgd' });
  t.equal(one.status, 1);
});

t.test(
  'a run writes one as it goes on; resumed, it writes another, and steps that are done again count once',
  { skip },
  async (t) => {
    const runDir = join(folder, 'live', 'run');
    const config = xor({
      train: {
        batchSize: 2,
        epochs: 6,
        validate: { every: '1 epoch' },
        checkpoint: { every: '2 epochs', keep: 10 },
      },
    });
    const of = { runDir, subscribers: { tensorboard: true, report: false } };
    const whole = await train(config, of);
    const files = () => readdirSync(runDir).filter((name) => name.includes('tfevents'));
    t.equal(files().length, 1);
    const before = seen(join(folder, 'live')).run.scalars['loss/train'];
    t.same(
      before.map(([step]: [number]) => step),
      [2, 4, 6, 8, 10, 12],
    );
    // As if it had been killed after the checkpoint of step 8 and before that of step 12.
    rmSync(join(runDir, 'checkpoints', 'step-0000000012.safetensors'));
    const again = await resume(runDir, { subscribers: { tensorboard: true, report: false } });
    t.equal(again.summary.weightsHash, whole.summary.weightsHash);
    t.equal(files().length, 2);
    const after = seen(join(folder, 'live')).run.scalars['loss/train'];
    t.same(after, before, 'no step twice, none lost');
    t.ok(readFileSync(join(runDir, files()[0])).length > 100);
  },
);

t.test('a run that goes on voids what was told after its checkpoint', async (t) => {
  const tell = boardEvents({});
  t.same(tell(1, { event: 'resume', step: 8 } as never), [{ at: 1, step: 9, kind: 'restart' }]);
  const epoch = (k: number, trainSeconds: number) =>
    ({
      ...{ event: 'epoch', epoch: k, step: 4 * k, trainLoss: 1, validLoss: null, validMetrics: {} },
      ...{ trainSeconds, examplesPerSecond: (100 * k) / trainSeconds, learningRate: 1 },
    }) as never;
  const speedOf = (told: unknown) =>
    /"examples_per_second","scalar":([\d.]+)/.exec(JSON.stringify(told))?.[1];
  t.equal(speedOf(tell(2, epoch(3, 3))), undefined, 'how long it was at the epochs before, nobody has told');
  t.equal(speedOf(tell(2, epoch(4, 5))), '50', 'a second of that epoch, not of all');
  t.equal(speedOf(boardEvents({})(2, epoch(1, 4))), '25');
});

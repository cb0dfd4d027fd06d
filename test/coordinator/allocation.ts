/** What is too much is refused in the user's words, before anything is allocated. */
import '../helpers/bare.js';
import t from 'tap';
import { checkGradients } from '../../src/coordinator/gradcheck.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const MIB = 2 ** 20;
const free = (mebibytes: number) => () => ({ bytes: mebibytes * MIB, where: 'on this machine' });

/** `rows` images of one pixel, of which nobody may draw a split. */
function images(rows: number, train: number): DataSource {
  return {
    ...smallSource(1, 1, 4),
    rows,
    featureType: 'uint8',
    targets: { kind: 'class', classes: 4, type: 'uint8' },
    parts: { train, validation: 1, test: 1 },
    split() {
      throw new Error('drawn before it was found to fit');
    },
  };
}

/** Three hidden layers of 4,000 units each: 32 million weights. */
const wide = smallConfig({
  model: {
    layers: [
      { units: 4000, activation: 'relu' },
      { units: 4000, activation: 'relu' },
      { units: 4000, activation: 'relu' },
      { units: 4, activation: 'softmax' },
    ],
  },
  train: { averaging: 'shards', shards: 16 },
});

const refused: [
  what: string,
  config: Parameters<typeof Workspace.open>[0],
  source: DataSource,
  mebibytes: number | undefined,
  message: string | RegExp,
][] = [
  [
    'a billion images of a pixel, few of them used',
    smallConfig(),
    images(1e9, 50_000),
    3000,
    'this run needs 5,776 MiB of memory, but only 3,000 MiB on this machine are free: rows and orders 3,815 MiB ' +
      '(1,000,000,000 rows × 4 bytes), data 1,907 MiB (1,000,000,000 rows × 2 bytes); what would help: a smaller ' +
      'data.split.train, files with fewer rows (data.path)',
  ],
  [
    'a billion training rows',
    smallConfig(),
    images(1e9, 999_999_998),
    undefined,
    'this run needs 13,416 MiB of shared memory, but WebAssembly allows 4,096 MiB: rows and orders 11,444 MiB ' +
      '(1,000,000,000 rows × 12 bytes), data 1,907 MiB (1,000,000,000 rows × 2 bytes); what would help: a smaller ' +
      'data.split.train, files with fewer rows (data.path)',
  ],
  [
    'a gradient for each shard',
    wide,
    smallSource(300, 21, 4),
    2000,
    'this run needs 3,126 MiB of memory, but only 2,000 MiB on this machine are free: gradients 1,960 MiB ' +
      '(16 shards × 122 MiB), copies of the parameters 980 MiB (8 × 122 MiB), parameters 122 MiB (32,112,004 × ' +
      '4 bytes), threads 36 MiB (2 × 18 MiB); what would help: train.averaging: slices, fewer train.shards',
  ],
  [
    'far beyond all memory, and all lists too',
    smallConfig({
      model: {
        layers: [
          ...Array.from({ length: 63 }, () => ({ units: 1 << 20, activation: 'relu' as const })),
          { units: 4, activation: 'softmax' as const },
        ],
      },
    }),
    smallSource(300, 21, 4),
    undefined,
    /^this run needs 507,923 GiB of shared memory, .* parameters .*; what would help: fewer model\.layers\.1\.units$/,
  ],
  [
    'a wide minibatch',
    smallConfig({ train: { batchSize: 1 << 20 } }),
    smallSource(300, 21, 4),
    400,
    /: minibatch and activations 408 MiB \(1,048,576 rows × 408 bytes\), .*help: a smaller train\.batchSize$/,
  ],
  [
    'threads alone',
    smallConfig(),
    smallSource(300, 21, 4),
    40,
    /: threads 36 MiB \(2 × 18 MiB\), coordination 16 MiB; what would help: fewer threads \(--threads\)$/,
  ],
];

for (const [what, config, source, mebibytes, message] of refused) {
  t.test(what, async (t) => {
    const available = mebibytes === undefined ? () => undefined : free(mebibytes);
    const before = process.memoryUsage();
    const begun = performance.now();
    await t.rejects(Workspace.open(config, source, 2, { room: { available } }), {
      name: 'UserError',
      message,
    });
    const after = process.memoryUsage();
    t.ok(performance.now() - begun < 2000, 'at once');
    t.ok(after.rss - before.rss < 64 * MIB, `${after.rss - before.rss} bytes were allocated`);
    t.ok(after.arrayBuffers - before.arrayBuffers < MIB);
  });
}

t.test('what is not known is not refused; what fits neither', async (t) => {
  for (const available of [() => undefined, free(100)]) {
    const workspace = await Workspace.open(smallConfig(), smallSource(300, 21, 4), 1, {
      room: { available },
    });
    t.ok(workspace.setup.memory);
    await workspace.close();
  }
});

t.test('a check of gradients asks first, too', async (t) => {
  const config = smallConfig({ model: { precision: 'float64' } });
  const options = { threads: 2, rows: 20_000, sample: 1 };
  const check = () => checkGradients(config, options, () => {}, smallSource(20_000, 210, 4), free(200));
  await t.rejects(check, {
    name: 'UserError',
    message:
      /needs 267 MiB .* numeric gradients 107 MiB \(2 threads × 53 MiB\), .*help: fewer --rows, fewer threads \(--threads\)$/,
  });
});

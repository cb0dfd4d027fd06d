/** Two hosts in one process, each with its own coordinator, memory and workers: the weights of one host, bit for bit. */
import '../helpers/bare.js';
import t from 'tap';
import type { Config, ConfigInput } from '../../src/config/schema.js';
import { modelHash } from '../../src/coordinator/results.js';
import { Together } from '../../src/coordinator/together.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { Counter } from '../../src/shared/control.js';
import { hostsInProcess } from '../helpers/hosts.js';
import { smallConfig, smallSource } from '../helpers/small.js';

/** The last minibatch of an epoch has fewer rows than there are shards: one host then has none. */
const ROWS = 387;
const STEPS = 14;
const source = smallSource(ROWS, 10, 4);

const configOf = (changes: Parameters<typeof smallConfig>[0] = {}) =>
  smallConfig({
    ...changes,
    train: { batchSize: 32, shards: 8, averaging: 'hosts', ...changes.train },
  });

/** Everything that steps leave: weights, loss so far, steps done; and what an evaluation finds. */
async function left(workspace: Workspace) {
  const { counters } = workspace;
  const evaluated = await workspace.evaluate('validation');
  return [modelHash(workspace), counters[Counter.epochLoss], counters[Counter.step], evaluated];
}

async function alone(config: Config, threads: number) {
  const workspace = await Workspace.open(config, source, threads);
  try {
    for (let epoch = 0; epoch < 3; epoch++) workspace.prepareOrder(epoch);
    await workspace.supervisor.train(0, STEPS, Number.POSITIVE_INFINITY, threads);
    return await left(workspace);
  } finally {
    await workspace.close();
  }
}

/** @param threads those of each host */
async function together(config: Config, threads: readonly number[], stopAfter?: number) {
  const { hosts, end } = await hostsInProcess(threads.length);
  const workspaces = await Promise.all(
    threads.map((count, host) => Workspace.open(config, source, count, { hosts: hosts[host] })),
  );
  try {
    for (const workspace of workspaces) {
      for (let epoch = 0; epoch < 3; epoch++) workspace.prepareOrder(epoch);
    }
    // One host alone is asked to stop.
    if (stopAfter !== undefined) workspaces[stopAfter].supervisor.requestStop();
    await Promise.all(
      workspaces.map((workspace, host) =>
        workspace.supervisor.train(0, STEPS, Number.POSITIVE_INFINITY, threads[host]),
      ),
    );
    return await Promise.all(workspaces.map(left));
  } finally {
    await Promise.all(workspaces.map((workspace) => workspace.close()));
    await end();
  }
}

const layers: ConfigInput['model']['layers'] = [
  { name: 'dropout', rate: 0.2 },
  { units: 13 },
  { name: 'batch-norm' },
  { name: 'activation', activation: 'gelu' },
  { units: 9, activation: 'relu' },
  { name: 'residual', layers: [{ name: 'prelu' }, { name: 'batch-norm' }, { units: 9 }], drop: 0.3 },
  { name: 'layer-norm' },
  { units: 4, activation: 'softmax' },
];
const optimizer = { name: 'adamw', learningRate: 0.01 } as const;
const cases: [string, Config][] = [
  ['float32', configOf()],
  ['float64', configOf({ model: { precision: 'float64' } })],
  ['every layer, adamw', configOf({ model: { layers }, optimizer })],
  ['64 shards', configOf({ train: { shards: 64, batchSize: 64 } })],
];

for (const [title, config] of cases) {
  t.test(`${title}: hosts × threads 1×1 = 2×(2, 3) = 4×1`, async (t) => {
    const one = await alone(config, 1);
    for (const threads of config.model.layers.length > 3
      ? [
          [2, 3],
          [1, 1, 1, 1],
        ]
      : [[2, 3]]) {
      for (const host of await together(config, threads)) t.strictSame(host, one, `threads ${threads}`);
    }
  });
}

/**
 * By how much each weight has changed after some steps of five epochs, whose rate is so small that all see the same
 * gradients, and the weights' hash. An epoch's last minibatch is a short one.
 */
async function changed(exchange: 'fixed' | 'half', threads: readonly number[], stops: readonly number[]) {
  const config = configOf({
    model: { precision: 'float64' },
    optimizer: { name: 'sgd', learningRate: 1e-9 },
    train: { exchange, epochs: 5 },
  });
  const { hosts, end } = await hostsInProcess(threads.length);
  const workspaces = await Promise.all(
    threads.map((count, host) => Workspace.open(config, source, count, { hosts: hosts[host] })),
  );
  const before = Array.from(workspaces[0].parameters);
  const found: { by: number[]; hashes: string[] }[] = [];
  try {
    for (const workspace of workspaces) {
      for (let epoch = 0; epoch < 5; epoch++) workspace.prepareOrder(epoch);
    }
    for (const [k, stop] of stops.entries()) {
      await Promise.all(
        workspaces.map(({ supervisor }, host) =>
          supervisor.train(stops[k - 1] ?? 0, stop, Number.POSITIVE_INFINITY, threads[host]),
        ),
      );
      const now = workspaces[0].parameters;
      found.push({ by: before.map((value, i) => now[i] - value), hashes: workspaces.map(modelHash) });
    }
    return found;
  } finally {
    await Promise.all(workspaces.map((workspace) => workspace.close()));
    await end();
  }
}

t.test('half: what is rounded away is sent later, in the same way on all hosts', async (t) => {
  // After a step of as many rows as any.
  const stops = [1, 5 * 13 - 1];
  const [fixed, half, again] = [
    await changed('fixed', [1, 1], stops),
    await changed('half', [1, 2], stops),
    await changed('half', [2, 1], [1, 7, 20, 5 * 13 - 1]),
  ];
  /** How far off, at most, in units of what all weights have come on average. */
  const off = (when: number) => {
    const { by } = fixed[when];
    const typical = by.reduce((sum, value) => sum + Math.abs(value), 0) / by.length;
    return Math.max(...by.map((value, i) => Math.abs(half[when].by[i] - value))) / typical;
  };
  t.ok(off(0) > 2 ** -11, `rounded: ${off(0)}`);
  t.ok(off(1) < off(0) / 16, `and fed back: ${off(1)}`);
  const { hashes } = half[1];
  t.same(again.at(-1)?.hashes, hashes, 'whatever the threads, and whatever comes between');
  t.equal(hashes[0], hashes[1], 'the same weights on both hosts');
});

t.test('where one host is asked to stop, all stop after the same step', async (t) => {
  const [first, second] = await together(configOf(), [2, 1], 1);
  t.strictSame(first, second);
  t.equal(first[2], 1);
});

t.test('where one host has other weights, all know which tensors', async (t) => {
  const { hosts, end } = await hostsInProcess(2);
  const both = hosts.map((each) => new Together(each, 'a version'));
  const workspaces = await Promise.all(both.map((hosts) => Workspace.open(configOf(), source, 1, { hosts })));
  const check = () => Promise.allSettled(both.map((each, k) => each.check(workspaces[k], 5, undefined)));
  try {
    for (const { status } of await check()) t.equal(status, 'fulfilled');
    workspaces[1].parameters[3] += 1;
    for (const found of await check()) {
      const { name, message } = (found as PromiseRejectedResult).reason as Error;
      t.equal(name, 'RunFailure');
      t.match(
        message,
        /^after step 5 host 1 \(host 1\) has other weights than host 0 \(host 0\): layer1\.weight;/,
      );
    }
  } finally {
    await Promise.all(workspaces.map((workspace) => workspace.close()));
    await end();
  }
});

t.test('a sum of slices cannot be split over hosts, nor shards that are not a power of two', async (t) => {
  const hosts = {
    host: 0,
    hosts: 2,
    neighbours: 1,
    serve: async () => {},
    gatherValues: async () => {},
    share: async () => {},
    agreed: (work: () => Promise<never>) => work(),
  };
  for (const [train, message] of [
    [
      { averaging: 'slices' },
      /^train\.averaging: expected "hosts" where several hosts train together, got "slices"/,
    ],
    [{ shards: 6 }, /^train\.shards: expected a power of two, at least one for each of the 2 hosts, got 6/],
  ] as const) {
    await t.rejects(Workspace.open(configOf({ train }), source, 1, { hosts }), {
      name: 'UserError',
      message,
    });
  }
});

/** What a run needs, part by part. */
import t from 'tap';
import { plannedEngine } from '../../src/engines/index.js';
import { lengthOf, network } from '../../src/model/network.js';
import { type Part, partsOf, partsOfCheck } from '../../src/plan/budget.js';
import { type LayoutRequest, planLayout } from '../../src/plan/layout.js';
import { ArenaPlan } from '../../src/shared/arena.js';
import { smallSource } from '../helpers/small.js';

const MIB = 2 ** 20;
const engine = { ...plannedEngine('wasm', 'float64'), scratchBytes: 1000 };
const net = network(
  21,
  [
    { units: 5, activation: 'relu' },
    { units: 40, activation: 'relu' },
    { units: 30, activation: 'relu' },
    { units: 4, activation: 'softmax' },
  ],
  { name: 'he-uniform' },
);

function parts(changes: Partial<LayoutRequest>) {
  const plan = new ArenaPlan();
  const request: LayoutRequest = {
    net,
    engine,
    source: smallSource(1000, 21, 4),
    batchSize: 64,
    shards: 4,
    averaging: 'shards',
    threads: 2,
    optimizerSlots: 2,
    evaluated: { task: 'classification', metrics: [{ name: 'accuracy' }] },
    ...changes,
  };
  planLayout(plan, request);
  const found = partsOf(plan, request);
  const part = (what: string): Part => {
    const named = found.find((part) => part.what === what);
    if (named === undefined) throw new Error(`no part "${what}"`);
    return named;
  };
  return { plan, found, part };
}

t.test('every region belongs to a part, which is as large as it should be', async (t) => {
  const { plan, found, part } = parts({});
  const names = found.map(({ what }) => what);
  for (const group of plan.groups().keys()) t.ok(names.includes(group), group);
  const shared = found.reduce((sum, part) => sum + part.shared, 0);
  t.ok(shared <= plan.bytes && plan.bytes - shared <= 64 * (plan.regions.length + 1));

  const vector = 8 * net.parameters;
  t.equal(part('parameters').shared, vector);
  t.equal(part('parameters').times, net.parameters);
  t.equal(part('optimizer state').shared, 2 * vector);
  t.equal(part('gradients').shared, 4 * Math.ceil((vector + 16) / 64) * 64);
  t.equal(part('data').shared, 1000 * (21 + 4) * 8);
  const row = 8 * (21 + 4 + 5 + 40 + 30 + 4);
  t.equal(part('minibatch and activations').shared, 64 * (row + 8 * (21 + 4 + 79)));
  // A loss for each of eight pieces, and a count of right rows for each of two threads; outputs in two matrices in turn.
  t.equal(part('evaluation').shared, 2 * 128 * 8 * (21 + 4 + 30 + 40) + 8 * 8 + 2 * 8);
  t.equal(part('rows and orders').own, 4 * 1000 * 4, 'all rows and three parts of as many');
  t.equal(part('threads').own, 2 * 16 * MIB);
  t.equal(part('copies of the parameters').own, 4 * 3 * vector + 3 * vector);
  t.equal(part('copies of the parameters').shared, 3 * vector, 'what workers copy to');
  t.equal(part('copies of the parameters').times, 18);
  const slices = parts({ averaging: 'slices' });
  t.equal(
    slices.part('copies of the parameters').shared,
    2 * vector,
    'the parameters where gradients would be',
  );
  t.ok(slices.part('gradients').shared >= vector);
});

t.test('what would help names the keys that the part follows from', async (t) => {
  t.equal(
    parts({}).part('gradients').help,
    'train.averaging: slices, fewer train.shards, model.precision: float32',
  );
  t.equal(
    parts({ averaging: 'slices' }).part('gradients').help,
    'fewer model.layers.1.units, model.precision: float32',
    'the hidden layer that most weights lead to and from',
  );
  t.equal(
    parts({ engine: { ...engine, precision: 'float32', bytes: 4 } }).part('parameters').help,
    'fewer model.layers.1.units',
  );
  t.equal(
    parts({ engine: { ...engine, name: 'reference' } }).part('parameters').help,
    'fewer model.layers.1.units',
    'which has float64 only',
  );
  const matrices = (batchSize: number) => parts({ batchSize }).part('minibatch and activations');
  t.match(matrices(257), { times: 257, help: /^a smaller train\.batchSize/ });
  t.match(parts({}).part('evaluation'), { times: 2, help: /^fewer threads \(--threads\), fewer model/ });
  t.match(parts({}).part('rows and orders').help, /data\.split\.train/);
  const one = network(21, [{ units: 4, activation: 'softmax' }], { name: 'he-uniform' });
  t.match(parts({ net: one }).part('parameters').help, /data\.path/, 'no hidden layer');
});

t.test('a check of gradients has no copies, but lists of its own', async (t) => {
  const plan = new ArenaPlan();
  const request: LayoutRequest = {
    net,
    engine,
    source: smallSource(1000, 21, 4),
    batchSize: 500,
    shards: 4,
    averaging: 'slices',
    threads: 2,
    optimizerSlots: 0,
    evaluated: { task: 'classification', metrics: [] },
  };
  planLayout(plan, request);
  const of = (rows: number, sample: number | null) => partsOfCheck(net, rows, { rows, threads: 2, sample });
  const found = partsOf(plan, request, of(500, null));
  t.match(
    found.find(({ what }) => what === 'copies of the parameters'),
    { shared: 0, own: 0 },
  );
  t.match(found.find(({ what }) => what === 'minibatch and activations')?.help, /^fewer --rows/);
  t.notMatch(found.map(({ help }) => help).join(), /float32/, 'which no check can have');
  const [compared, numeric] = of(500, null);
  const [less] = of(500, 3);
  const largest = Math.max(...net.layers.map(({ tensors }) => lengthOf(tensors)));
  t.equal(compared.own, net.parameters * (20 + 45) + 29 * largest);
  t.equal(less.own, net.parameters * 20 + 12 * 45 + 29 * 3);
  t.match(compared.help, /^--sample, fewer model\.layers\.1\.units$/);
  t.match(less.help, /^fewer model/, 'what is left is of all parameters');
  t.equal(numeric.times, 2);
  const values = 500 * (21 + 4 + 2 * (2 * 79)) * 8;
  t.ok(numeric.own >= 2 * values && numeric.own < 3 * values, `${numeric.own}`);
});

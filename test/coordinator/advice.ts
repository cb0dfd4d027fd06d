/** What a user is told of a number that is not finite. */
import t from 'tap';
import { advice, type Circumstances } from '../../src/coordinator/advice.js';
import type { InitSpec } from '../../src/model/init/index.js';
import { type LayerSpec, network } from '../../src/model/network.js';
import type { Diagnosis, Finding } from '../../src/worker/diagnose.js';
import { specOf } from '../helpers/optimizers.js';

const layers: LayerSpec[] = [
  { units: 100, activation: 'relu' },
  { units: 10, activation: 'softmax' },
];
const setup = (init: InitSpec = { name: 'he-uniform' }, changes: Partial<Circumstances> = {}) => ({
  precision: 'float32' as const,
  optimizer: specOf('sgd', { learningRate: 0.5 }),
  loss: { name: 'cross-entropy' as const },
  init,
  net: network(784, layers, init),
  ...changes,
});
const found: Finding = {
  what: 'outputs',
  layer: 'layer2',
  tensor: null,
  index: [3, 7],
  dataRow: 4711,
  value: Number.POSITIVE_INFINITY,
  before: 3.14159e38,
};
const diagnosis = (first: Partial<Finding> | null, rest: Partial<Diagnosis> = {}): Diagnosis => ({
  step: 999,
  first: first && { ...found, ...first },
  inputs: 1,
  targets: 1,
  layers: [],
  ...rest,
});
const ofParameter = { dataRow: null, layer: 'layer1' };

t.test('where it first appeared, whatever it was', async (t) => {
  const where = (first: Partial<Finding>) => advice(setup(), diagnosis(first)).split('. ')[0];
  t.equal(
    where({}),
    'In step 1000 an output of layer2 (row 4711 of the data, unit 7) became Infinity; what it was made from reached 3.14e+38',
  );
  t.equal(
    where({ ...ofParameter, what: 'parameters', tensor: 'weight', value: Number.NaN, before: 2 }),
    'In step 1000 a weight of layer1 (input 3, unit 7) is NaN; the largest of the others is 2',
  );
  t.equal(
    where({ what: 'inputs', layer: null, before: 1 }),
    'In step 1000 an input (row 4711 of the data, column 7) is Infinity; the largest of the others is 1',
  );
  t.equal(
    where({ what: 'targets', layer: null, before: 1 }),
    'In step 1000 a target (row 4711 of the data, unit 7) is Infinity; the largest of the others is 1',
  );
  t.equal(
    where({ what: 'loss', layer: null, index: [3], before: 1e200 }),
    'In step 1000 the loss (row 4711 of the data) became Infinity; what it was made from reached 1e+200',
  );
  t.equal(
    where({ what: 'loss', layer: null, index: [], dataRow: null, before: 1e308 }),
    'In step 1000 the loss became Infinity; what it was made from reached 1e+308',
  );
  t.match(where({ what: 'delta' }), /^In step 1000 a derivative by the sums of layer2 \(row 4711 of/);
  t.match(
    where({ ...ofParameter, what: 'gradient', tensor: 'weight', value: Number.NEGATIVE_INFINITY }),
    /the gradient of a weight of layer1 \(input 3, unit 7\) became -Infinity;/,
  );
  t.match(
    where({ ...ofParameter, what: 'update', tensor: 'bias', index: [7] }),
    /a new bias of layer1 \(unit 7\) became/,
  );
});

t.test('what to do, the likeliest first and two things at most', async (t) => {
  const todo = (circumstances: Circumstances, given: Diagnosis) =>
    advice(circumstances, given).split('. ')[1];
  const slower = 'Lower optimizer.learningRate from 0.5 to about';
  const wide: InitSpec = { name: 'uniform', range: 1 };
  const double = { precision: 'float64' as const };
  const glorot =
    'draw the weights of layer1 with init he-uniform (here a range of 0.0875) instead of uniform with a range of 1';
  const Glorot = glorot.replace('draw', 'Draw');

  t.equal(todo(setup(), diagnosis({})), `${slower} 0.05, and use model.precision: float64.`);
  t.equal(todo(setup({ name: 'he-uniform' }, double), diagnosis({})), `${slower} 0.05.`);
  t.equal(todo(setup(), diagnosis({ value: Number.NaN })), `${slower} 0.05.`, 'NaN is no matter of range');
  t.equal(todo(setup(wide), diagnosis({})), `${slower} 0.05, and ${glorot}.`);
  t.equal(
    todo(setup({ name: 'uniform', range: 0.08 }, double), diagnosis({})),
    `${slower} 0.05.`,
    'a range that keeps the size of numbers is not to blame',
  );
  t.equal(todo(setup(wide), diagnosis({}, { step: 7 })), `${slower} 0.005, and ${glorot}.`);

  const first = { step: 0 };
  t.equal(todo(setup(wide), diagnosis({}, first)), `${Glorot}, and use model.precision: float64.`);
  t.match(todo(setup(wide), diagnosis({ what: 'update', tensor: 'weight' }, first)), slower);
  t.equal(
    todo(setup(), diagnosis({}, first)),
    `Use model.precision: float64, and lower optimizer.learningRate from 0.5 to about 0.005.`,
  );

  const squares = { loss: { name: 'mean-squared-error' as const }, ...double };
  const house = diagnosis({}, { targets: 812_345 });
  t.equal(
    todo(setup(undefined, squares), house),
    `${slower} 0.05, and scale the targets, which reach 812000, to about −1 … 1.`,
  );
  t.equal(todo(setup(undefined, double), house), `${slower} 0.05.`, 'classes are not scaled');
  t.match(
    todo(setup(undefined, double), diagnosis({}, { inputs: 255 })),
    /scale the inputs, which reach 255,/,
  );

  t.equal(
    todo(setup(), diagnosis({ what: 'inputs', layer: null })),
    'Mend or leave out this row of the data, and use model.precision: float64.',
  );
  t.match(
    todo(setup(), diagnosis({ ...ofParameter, what: 'parameters', tensor: 'bias' })),
    /^Begin with parameters/,
  );
});

t.test('an output layer is not told of ReLU’s initialisation', async (t) => {
  const specs = [{ ...layers[0], init: { name: 'he-normal' as const } }, layers[1]];
  const init = { name: 'uniform', range: 3 } as const;
  const net = network(784, specs, init);
  t.match(advice(setup(init, { net }), diagnosis({})), /weights of layer2 with init glorot-uniform/);
});

t.test('a step that is finite when repeated', async (t) => {
  t.match(advice(setup(), diagnosis(null)), /^In step 1000 every number is finite when it is repeated\./);
  const half = { exchange: { host: 0, hosts: 2, order: 'half' } } as const;
  t.match(
    advice(setup(undefined, half), diagnosis(null)),
    /^In step 1000 a number became infinite .*with train\.exchange: half .*Set train\.exchange to fixed, and lower/,
  );
});

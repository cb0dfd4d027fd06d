/** Tiny networks that blow up in each stage of a step, in every engine and precision. */
import type { Real } from '../../src/model/precision.js';
import '../helpers/bare.js';
import t from 'tap';
import { Workspace } from '../../src/coordinator/workspace.js';
import { createEngine } from '../../src/engines/index.js';
import type { Layer } from '../../src/model/layers/layer.js';
import { view } from '../../src/shared/arena.js';
import { Counter } from '../../src/shared/control.js';
import { type Diagnosis, diagnose } from '../../src/worker/diagnose.js';
import { Pass } from '../../src/worker/pass.js';
import { Stepper } from '../../src/worker/step.js';
import { specOf } from '../helpers/optimizers.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const ROWS = 6;
const BATCH = 4;
const SUBJECTS = [
  { engine: 'wasm', precision: 'float32' },
  { engine: 'wasm', precision: 'float64' },
  { engine: 'reference', precision: 'float64' },
] as const;

/** Where a dense layer's weights and biases begin. */
const placesOf = ({ tensors: [weight, bias] }: Layer) => ({ weights: weight.offset, biases: bias.offset });

/** A run's memory and an engine over it, in this thread. */
async function open(options: Parameters<typeof smallConfig>[0]) {
  const config = smallConfig(options);
  const last = config.model.layers.at(-1);
  const units = last?.name === 'dense' ? Number(last.units) : 0;
  const source = smallSource(ROWS, 4, units, config.loss.name === 'mean-squared-error' ? 'real' : 'one-hot');
  const workspace = await Workspace.open(config, source, 1);
  await workspace.close();
  for (const epoch of [0, 1]) workspace.prepareOrder(epoch);
  const { setup } = workspace;
  const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
  return { workspace, setup, engine, pass: new Pass(engine, setup, 0) };
}

for (const { engine: name, precision } of SUBJECTS) {
  t.test(`${name} ${precision}`, async (t) => {
    const { workspace, setup, engine, pass } = await open({
      engine: name,
      loss: 'mean-squared-error',
      model: {
        precision,
        layers: [
          { units: 3, activation: 'relu' },
          { units: 2, activation: 'linear' },
        ],
      },
      optimizer: { learningRate: 1 },
      train: { batchSize: BATCH },
    });
    const { memory, layout, net } = setup;
    const features = view(memory, layout.features) as Float64Array;
    const targets = view(memory, layout.targets) as Float64Array;
    const order = view(memory, layout.order);
    const theta = workspace.parameters;
    const [one, two] = net.layers.filter(({ tensors }) => tensors.length > 0).map(placesOf);
    /** No number is as large as 2^top; 2^e here stands for 2^8e in float64. */
    const top = precision === 'float32' ? 128 : 1024;
    const power = (e: number) => 2 ** ((e / 128) * top);
    const huge = 2 ** (top - 1);

    /** The diagnosis of a step where X, Y and the layers' weights and biases have one value each. */
    function walk(
      { x = 1, y = 0, w1 = 1, w2 = 1, rate = 1 },
      change: () => void = () => {},
      step = 0,
    ): Diagnosis {
      features.fill(x);
      targets.fill(y);
      theta.fill(0);
      theta.fill(w1, one.weights, one.biases);
      theta.fill(w2, two.weights, two.biases);
      change();
      const before = theta.slice();
      const diagnosis = diagnose(
        engine,
        { ...setup, optimizer: specOf('sgd', { learningRate: rate }) },
        pass,
        step,
      );
      t.same(bytes(theta), bytes(before), 'the parameters stay as they were');
      return diagnosis;
    }
    const first = (...given: Parameters<typeof walk>) => walk(...given).first;

    await t.test('a step of usual numbers: nothing, and the figures', async (t) => {
      const { first, inputs, targets, layers } = walk({ x: 2, y: 1, w2: -3 });
      t.equal(first, null);
      t.same([inputs, targets], [2, 1]);
      // H₁ = 4·2·1, H₂ = 3·8·(−3), Δ₂ = H₂ − Y, Δ₁ = 2·Δ₂·W₂, ∇W₁ = X·Δ₁, ∇W₂ = H₁·Δ₂.
      t.same(layers, [
        { layer: 'layer1', parameters: 1, outputs: 8, delta: 438, gradient: 876 },
        { layer: 'layer2', parameters: 3, outputs: 72, delta: 73, gradient: 584 },
      ]);
    });

    await t.test('parameters', async (t) => {
      const found = (at: number, value: number) => {
        const change = () => {
          theta[at] = value;
          theta[two.biases] = Number.NaN; // a later one does not count
        };
        return first({}, change);
      };
      const where = { what: 'parameters', dataRow: null, before: 1 };
      const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
      t.same(found(one.weights + 7, -inf), {
        ...where,
        layer: 'layer1',
        tensor: 'weight',
        index: [2, 1],
        value: -inf,
      });
      t.same(found(one.biases + 2, inf), {
        ...where,
        layer: 'layer1',
        tensor: 'bias',
        index: [2],
        value: inf,
      });
      t.same(found(two.weights + 1, nan), {
        ...where,
        layer: 'layer2',
        tensor: 'weight',
        index: [0, 1],
        value: nan,
      });
    });

    await t.test('inputs and targets, by their row in the data', async (t) => {
      const where = { layer: null, tensor: null, dataRow: order[2], value: Number.NaN };
      const input = walk({}, () => {
        features[order[2] * 4 + 3] = Number.NaN;
      });
      t.same(input.first, { ...where, what: 'inputs', index: [2, 3], before: 1 });
      const target = walk({}, () => {
        targets[order[2] * 2 + 1] = Number.NaN;
      });
      t.same(target.first, { ...where, what: 'targets', index: [2, 1], before: 0 });
      const wide = walk({ x: 1e300 });
      if (precision === 'float32') t.match(wide.first, { what: 'inputs', value: Number.POSITIVE_INFINITY });
    });

    await t.test('outputs of either layer', async (t) => {
      const where = { what: 'outputs', tensor: null, dataRow: order[0], index: [0, 0] };
      t.same(first({ w1: huge }), {
        ...where,
        layer: 'layer1',
        value: Number.POSITIVE_INFINITY,
        before: 1,
      });
      const second = walk({ w1: power(64), w2: -power(64) });
      t.same(second.first, {
        ...where,
        layer: 'layer2',
        value: Number.NEGATIVE_INFINITY,
        before: 4 * power(64),
      });
      const one = walk({ w1: power(100) }, () => {
        features.fill(0);
        features.fill(power(100), order[3] * 4, order[3] * 4 + 1);
      });
      t.match(one.first, { what: 'outputs', layer: 'layer1', index: [3, 0], dataRow: order[3] });
    });

    await t.test('what ReLU makes 0 is finite in every later stage', async (t) => {
      t.equal(first({ w1: -huge }), null);
    });

    await t.test('loss, which is summed in float64', async (t) => {
      const large = { w1: power(44), w2: power(44) };
      if (precision === 'float32') t.not(first(large)?.what, 'loss');
      else {
        const found = first(large);
        t.match(found, { what: 'loss', layer: null, index: [0], dataRow: order[0], before: 12 * power(88) });
        // Each row's loss is just finite, their sum is not.
        const y = Math.sqrt(Number.MAX_VALUE) * 0.6;
        t.match(first({ w1: 0, y }), { what: 'loss', index: [], dataRow: null });
      }
    });

    await t.test('Δ of either layer', async (t) => {
      if (precision === 'float32') {
        const found = first({ w1: 2 ** 63, w2: 2 ** 60, y: -(2 ** 127.9) });
        t.match(found, { what: 'delta', layer: 'layer2', index: [0, 0], value: Number.POSITIVE_INFINITY });
      }
      const found = first({ w1: power(-120), w2: power(120), y: power(20) });
      t.match(found, { what: 'delta', layer: 'layer1', index: [0, 0], dataRow: order[0] });
      t.equal(found?.value, Number.NEGATIVE_INFINITY);
      t.equal(found?.before, power(20) - 12);
    });

    await t.test('gradients: of weights, of biases', async (t) => {
      const weights = first({ x: power(100), w1: power(-100), w2: power(20) });
      t.match(weights, { what: 'gradient', layer: 'layer1', tensor: 'weight', index: [0, 0], dataRow: null });
      t.equal(weights?.value, Number.POSITIVE_INFINITY);
      // Without inputs ∇W₁ is 0; Δ₁ is large enough that its sum over four rows is too much.
      const y = 2 ** (top - 1.875) / power(97);
      const biases = first({ x: 0, w2: power(97), y }, () => {
        theta.fill(power(-97), one.biases, one.biases + 3);
      });
      t.match(biases, { what: 'gradient', layer: 'layer1', tensor: 'bias', index: [0] });
      t.equal(biases?.value, Number.NEGATIVE_INFINITY);
      t.ok((biases?.before as number) > 2 ** (top - 1));
    });

    await t.test('the update, by the rate times the gradient', async (t) => {
      const given = { w1: power(-80), w2: power(80), y: power(30) };
      t.equal(first(given), null);
      const found = first({ ...given, rate: power(20) });
      t.match(found, { what: 'update', layer: 'layer1', tensor: 'weight', index: [0, 0], dataRow: null });
      t.equal(found?.value, Number.POSITIVE_INFINITY, 'the gradient is negative');
      t.ok((found?.before as number) >= power(110));
    });

    await t.test('the rows are those of the step: the last of the second epoch', async (t) => {
      const row = order[ROWS + 5];
      const change = () => {
        features[row * 4] = Number.NaN;
      };
      t.match(first({}, change, 3), { what: 'inputs', index: [1, 0], dataRow: row });
    });
  });
}

t.test('a loss that starts from logits: the last layer’s outputs are these', async (t) => {
  const { workspace, setup, engine, pass } = await open({});
  const { layers } = setup.net;
  const trained = layers.filter(({ tensors }) => tensors.length > 0).map(placesOf);
  const { weights, biases } = trained[2];
  workspace.parameters[biases + 1] = 2 ** 100;
  const large = diagnose(engine, setup, pass, 0);
  t.equal(large.first, null);
  t.equal(large.layers[2].outputs, 2 ** 100, 'not what softmax makes of it');
  workspace.parameters.fill(4, trained[1].biases, weights); // the hidden units are all at work
  workspace.parameters.fill(2 ** 127, weights, biases);
  t.match(diagnose(engine, setup, pass, 0).first, { what: 'outputs', layer: 'layer3', index: [0, 0] });
});

t.test('a run that diverges: the step is found, and not the one before', async (t) => {
  for (const precision of ['float32', 'float64'] as const) {
    for (const averaging of ['slices', 'shards'] as const) {
      const { workspace, setup, engine, pass } = await open({
        loss: 'mean-squared-error',
        model: {
          precision,
          layers: [
            { units: 5, activation: 'relu' },
            { units: 2, activation: 'linear' },
          ],
        },
        optimizer: { learningRate: 100 },
        train: { batchSize: BATCH, averaging },
      });
      const states: Real[] = [];
      const stepper = new Stepper(engine, setup, pass, 0, 1);
      let step = 0;
      const loss = () => workspace.counters[Counter.epochLoss];
      for (; [loss(), ...workspace.parameters].every(Number.isFinite) && step < 100; step++) {
        if (step > 1) workspace.prepareOrder(Math.ceil(step / 2));
        states.push(workspace.parameters.slice());
        stepper.train(step, step + 1);
      }
      const at = (step: number) => {
        workspace.parameters.set(states[step]);
        return diagnose(engine, setup, pass, step).first;
      };
      t.ok(step > 2 && step < 100, `${precision} ${averaging}: ${step} steps`);
      t.equal(at(step - 2), null);
      t.ok(at(step - 1));
    }
  }
});

t.test('a diagnosis leaves nothing that a later step uses', async (t) => {
  const { workspace, setup, engine, pass } = await open({ train: { batchSize: BATCH } });
  const initial = workspace.parameters.slice();
  const train = (between: () => void): Real => {
    workspace.parameters.set(initial);
    new Stepper(engine, setup, pass, 0, 1).train(0, 2);
    between();
    new Stepper(engine, setup, pass, 0, 1).train(2, 4);
    return workspace.parameters.slice();
  };
  const without = train(() => {});
  t.same(
    train(() => void diagnose(engine, setup, pass, 1)),
    without,
  );
});

function bytes(values: Real): Buffer {
  return Buffer.from(values.slice().buffer);
}

/** A hundred steps of every optimizer against PyTorch, or optax, through the engines. */
import t from 'tap';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import { optimizerNames, optimizers, slotsOf } from '../../src/optimizers/index.js';
import { MOST_SCALARS } from '../../src/optimizers/optimizer.js';
import { Board } from '../helpers/board.js';
import { specOf } from '../helpers/optimizers.js';
import { given, golden as goldenTorch, lionRecipe, recipe, runRecipe } from '../helpers/torch.js';
import { goldenLion, type OptimizerGolden } from '../helpers/torch-others.js';

const golden = [...goldenTorch, ...goldenLion];

const kernels = await compileKernels();
const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
/** Examples whose gradients are summed; a power of two, so that their average is exact. */
const ROWS = 4;

/** The parameters after steps 1, 10 and 100, as the recipe makes them. */
function after(engine: Engine, { name, options }: OptimizerGolden): Record<string, number[]> {
  const spec = specOf(name, { ...options, learningRate: 0.05 });
  const board = new Board(memory, engine.precision);
  const theta = board.inout(given(1, 0.9));
  const slots = [0, 0, 0];
  for (const k of slotsOf(spec).keys()) slots[k] = board.inout(new Float64Array(7));
  const g = board.inout(new Float64Array(7));
  const sums =
    engine.bytes === 4 ? new Float32Array(memory.buffer, g, 7) : new Float64Array(memory.buffer, g, 7);
  const scalars = new Float64Array(MOST_SCALARS);
  const found: Record<string, number[]> = {};
  for (let step = 1; step <= 100; step++) {
    const before = board.read(theta, 7);
    for (const [k, value] of given(100 + 7 * step, 1).entries()) sums[k] = ROWS * (value + before[k] / 4);
    optimizers[name].scalars(spec, step, true, scalars);
    engine.optimizers[name].step(theta, g, slots, 7, 1 / ROWS, 0.05 * (1 - step / 200), scalars);
    if ([1, 10, 100].includes(step)) found[step] = [...board.read(theta, 7)];
  }
  return found;
}

function apart(a: Record<string, number[]>, b: Record<string, number[]>): number {
  const differences = ['1', '10', '100'].flatMap((step) =>
    a[step].map((value, k) => Math.abs(value - b[step][k])),
  );
  return Math.max(...differences);
}

t.test('every optimizer is among them', async (t) => {
  t.same([...new Set(golden.map(({ name }) => name))], optimizerNames);
});

for (const [engine, precision, tolerance] of [
  ['reference', 'float64', 1e-12],
  ['wasm', 'float64', 1e-12],
  ['wasm', 'float32', 2e-5],
] as const) {
  t.test(`${engine} ${precision}`, async (t) => {
    const created = createEngine({ name: engine }, precision, memory, kernels);
    for (const expected of golden) {
      const title = `${expected.name} ${JSON.stringify(expected.options)}`;
      const difference = apart(after(created, expected), expected.after);
      t.ok(difference <= tolerance, `${title}: ${difference} apart`);
    }
  });
}

for (const [module, text, wanted] of [
  ['torch', recipe, goldenTorch],
  ['optax', lionRecipe, goldenLion],
] as const) {
  const printed = runRecipe(text, module);
  const skip = printed === null && `no Python with ${module} on this machine`;
  t.test(`the recipe for ${module} prints these arrays`, { skip }, async (t) => {
    t.equal(printed?.length, wanted.length);
    for (const [index, found] of (printed ?? []).entries()) {
      const { name, options, after } = wanted[index];
      t.strictSame([found.name, found.options], [name, options]);
      // another version may round otherwise
      t.ok(apart(found.after, after) <= 1e-13);
    }
  });
}

/** Activations and losses, formulas and kernels, against PyTorch in float64. */
import t from 'tap';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import { createReference } from '../../src/engines/reference.js';
import { activationNames, activations } from '../../src/model/activations/index.js';
import { losses, lossNames } from '../../src/model/losses/index.js';
import { defaultsOf, scalarsOf } from '../../src/options.js';
import { Board } from '../helpers/board.js';
import { given } from '../helpers/golden.js';
import {
  activationBackward,
  activationForward,
  lossBackward,
  lossForward,
  type Operation,
} from '../helpers/operations.js';
import { COLS, type Golden, golden, ROWS, runRecipe } from '../helpers/pytorch.js';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65_536, shared: true });
const engines: Record<string, Engine> = {
  reference: createReference(memory),
  wasm: createEngine({ name: 'wasm' }, 'float64', memory, await compileKernels()),
};

/** The matrices of the recipe. */
const matrix = (first: number, scale: number) => given(ROWS * COLS, first, scale);
const u = matrix(1, 6);
const towards = matrix(500, 1);
/** By what a loss takes its targets for. */
const targets = {
  classes: Float64Array.from({ length: ROWS * COLS }, (_, i) =>
    Math.floor(i / COLS) ** 2 % COLS === i % COLS ? 1 : 0,
  ),
  binary: matrix(900, 1).map((value) => (value > 0 ? 1 : 0)),
  values: matrix(900, 1),
};
const rowWeights = given(ROWS, 70, 1).map(Math.abs);

/** Largest absolute difference; NaN where either has one, or where the lengths differ. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.NaN;
  return Array.from(a).reduce((most, value, k) => Math.max(most, Math.abs(value - b[k])), 0);
}

for (const [engineName, engine] of Object.entries(engines)) {
  const run = (operation: Operation) => operation(engine, new Board(memory, 'float64'));

  t.test(`${engineName}: activations`, async (t) => {
    for (const { name, options, outputs, delta } of golden.activations) {
      const title = `${name} ${JSON.stringify(options)}`;
      const scalars = scalarsOf(activations[name].options, options);
      const { H } = run(activationForward(name, u, ROWS, scalars));
      t.ok(apart(H, outputs) <= 1e-12, `${title}: outputs ${apart(H, outputs)} apart`);
      const saved = activations[name].saves === 'input' ? u : H;
      const D = run(activationBackward(name, saved, towards, ROWS, scalars)).delta;
      t.ok(apart(D, delta) <= 1e-12, `${title}: Δ ${apart(D, delta)} apart`);
    }
  });

  t.test(`${engineName}: losses`, async (t) => {
    for (const { name, labelSmoothing, weighted, loss, delta } of golden.losses) {
      const title = `${name}, smoothing ${labelSmoothing}, ${weighted ? 'weights' : 'no weights'}`;
      const { options, targets: kind } = losses[name];
      const scalars = scalarsOf(options, { ...defaultsOf(options), labelSmoothing });
      const given = { weights: weighted ? rowWeights : undefined, scalars };
      const forward = run(lossForward(name, u, targets[kind], ROWS, given));
      const lossApart = apart(forward.loss, [loss]);
      t.ok(lossApart <= 1e-12, `${title}: loss ${lossApart} apart`);
      const from = losses[name].fromLogits ? forward.H : u;
      const D = run(lossBackward(name, from, targets[kind], ROWS, given)).delta;
      t.ok(apart(D, delta) <= 1e-12, `${title}: Δ ${apart(D, delta)} apart`);
    }
  });
}

t.test('every member is there, with smoothing where it has some, with weights and without', async (t) => {
  t.same(new Set(golden.activations.map(({ name }) => name)), new Set(activationNames));
  const given = new Set(golden.losses.map((c) => `${c.name} ${c.labelSmoothing > 0} ${c.weighted}`));
  for (const name of lossNames) {
    for (const smooths of 'labelSmoothing' in (losses[name].options ?? {}) ? [false, true] : [false]) {
      for (const weighted of [false, true]) t.ok(given.has(`${name} ${smooths} ${weighted}`));
    }
  }
});

const printed = runRecipe();
const skip = printed === null && 'no Python with PyTorch on this machine';
t.test('the recipe prints these arrays', { skip }, async (t) => {
  const split = ({ activations, losses }: Golden) => [
    ...activations.map(({ outputs, delta, ...of }) => ({ of, numbers: [...outputs, ...delta] })),
    ...losses.map(({ loss, delta, ...of }) => ({ of, numbers: [loss, ...delta] })),
  ];
  const [now, kept] = [split(printed as Golden), split(golden)];
  t.same(
    now.map(({ of }) => of),
    kept.map(({ of }) => of),
  );
  // Another version may round differently.
  for (const [index, { of, numbers }] of now.entries()) {
    t.ok(apart(numbers, kept[index].numbers) <= 1e-13, JSON.stringify(of));
  }
});

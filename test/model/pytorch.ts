/** Activations and losses, formulas and kernels, against PyTorch in float64. */
import t from 'tap';
import type { Engine } from '../../src/engines/engine.js';
import { createEngine } from '../../src/engines/index.js';
import { compileKernels } from '../../src/engines/kernels.js';
import { createReference } from '../../src/engines/reference.js';
import { activationNames, activations } from '../../src/model/activations/index.js';
import { losses, lossNames } from '../../src/model/losses/index.js';
import { startsFromLogits } from '../../src/model/losses/loss.js';
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
import { goldenLosses, lossesRecipe, targetsOf } from '../helpers/pytorch-losses.js';

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65_536, shared: true });
const engines: Record<string, Engine> = {
  reference: createReference(memory),
  wasm: createEngine({ name: 'wasm' }, 'float64', memory, await compileKernels()),
};

/** The matrices of the recipe. */
const matrix = (first: number, scale: number) => given(ROWS * COLS, first, scale);
const u = matrix(1, 6);
const towards = matrix(500, 1);
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
    const smoothed = golden.losses.map(({ labelSmoothing, ...of }) => ({
      ...of,
      options: { labelSmoothing },
      targets: losses[of.name].targets,
    }));
    for (const { name, options, targets, weighted, loss, delta } of [...smoothed, ...goldenLosses]) {
      const title = `${name} ${JSON.stringify(options)} of ${targets}, ${weighted ? 'weights' : 'no weights'}`;
      const member = losses[name];
      const values = { ...defaultsOf(member.options), ...options };
      const given = {
        weights: weighted ? rowWeights : undefined,
        scalars: scalarsOf(member.options, values),
      };
      const fromLogits = startsFromLogits(member, { name, ...values });
      // Only losses that start from logits take numbers of any sign for what makes rates.
      const start = name === 'poisson' && !fromLogits ? u.map(Math.abs) : u;
      const y = targetsOf[targets];
      const forward = run(lossForward(name, start, y, ROWS, given));
      const lossApart = apart(forward.loss, [loss]) / Math.max(1, Math.abs(loss));
      t.ok(lossApart <= 1e-12, `${title}: loss ${lossApart} apart`);
      const D = run(lossBackward(name, fromLogits ? forward.H : start, y, ROWS, given)).delta;
      t.ok(apart(D, delta) <= 1e-12, `${title}: Δ ${apart(D, delta)} apart`);
    }
  });
}

t.test('every member is there, with smoothing where it has some, with weights and without', async (t) => {
  t.same(new Set(golden.activations.map(({ name }) => name)), new Set(activationNames));
  const given = new Set([
    ...golden.losses.map((c) => `${c.name} ${c.labelSmoothing > 0} ${c.weighted}`),
    ...goldenLosses.map((c) => `${c.name} ${'labelSmoothing' in c.options} ${c.weighted}`),
  ]);
  for (const name of lossNames) {
    for (const smooths of 'labelSmoothing' in (losses[name].options ?? {}) ? [false, true] : [false]) {
      for (const weighted of [false, true]) t.ok(given.has(`${name} ${smooths} ${weighted}`));
    }
  }
});

const printed = runRecipe<Golden>();
const skip = printed === null && 'no Python with PyTorch on this machine';
t.test('the recipe prints these arrays', { skip }, async (t) => {
  const split = ({ activations, losses }: Golden) => [
    ...activations.map(({ outputs, delta, ...of }) => ({ of, numbers: [...outputs, ...delta] })),
    ...losses.map(({ loss, delta, ...of }) => ({ of, numbers: [loss, ...delta] })),
  ];
  const [now, kept] = [split(printed as Golden), split(golden)];
  const losses = runRecipe<typeof goldenLosses>(lossesRecipe) ?? [];
  now.push(...split({ activations: [], losses: losses as never }));
  kept.push(...split({ activations: [], losses: goldenLosses as never }));
  t.same(
    now.map(({ of }) => of),
    kept.map(({ of }) => of),
  );
  // Another version may round differently.
  for (const [index, { of, numbers }] of now.entries()) {
    t.ok(apart(numbers, kept[index].numbers) <= 1e-13, JSON.stringify(of));
  }
});

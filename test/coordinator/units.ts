/** Targets that are scaled while learning: the loss is of scaled values, every other figure of those before. */
import '../helpers/bare.js';
import t from 'tap';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import type { DataSource } from '../../src/data/source.js';
import { Pool } from '../../src/pool/pool.js';
import { type FittedScale, scaled, unscaled } from '../../src/preprocess/fitted.js';
import { scaledTargets, scalesOfTarget } from '../../src/preprocess/units.js';
import type { TrainEvent } from '../../src/protocol.js';
import { keyed } from '../../src/random.js';
import { smallConfig } from '../helpers/small.js';

const pool = new Pool(3);
t.teardown(() => pool.close());

/** Rows with targets that are learned as these scales have it. @param say false: nobody says that they are scaled */
function sourceOf(rows: number, scales: readonly FittedScale[], say = true, offset = 0) {
  const random = keyed('units', rows);
  const outputs = scales.length;
  const inputs = Float64Array.from({ length: 3 * rows }, () => random.normal());
  const targets = Float64Array.from({ length: outputs * rows }, () => offset + Math.exp(3 * random.normal()));
  const all = Uint32Array.from({ length: rows }, (_, row) => row);
  const columns = scales.map((scale, k) => ({ name: `y${k}`, scale: say ? scale : unscaled }));
  const source: DataSource = {
    rows,
    features: 3,
    outputs,
    featureType: 'float64',
    targets: { kind: 'values', outputs, type: 'float64' },
    parts: { train: rows, validation: rows, test: rows },
    split: () => ({ train: all, validation: all, test: all }),
    preprocessing: { target: { kind: 'values', columns } },
    async read(window) {
      window.features.set(inputs);
      for (const [i, target] of targets.entries())
        window.targets[i] = scaled(target, scales[i % outputs] as FittedScale);
    },
  };
  return { source, targets };
}

const configOf = (outputs: number, precision: 'float32' | 'float64') =>
  smallConfig({
    loss: 'mean-squared-error',
    model: { precision, layers: [{ units: 9, activation: 'tanh' }, { units: outputs }] },
    train: { validate: { metrics: ['mae', 'rmse', 'r2'] } },
  });

async function evaluated(source: DataSource, precision: 'float32' | 'float64', threads: number) {
  const workspace = await Workspace.open(configOf(source.outputs, precision), source, threads, { pool });
  try {
    return await workspace.evaluate('validation');
  } finally {
    await workspace.close();
  }
}

const standard: FittedScale = { log: false, center: -3.25, spread: 8 };
const logs: FittedScale = { log: true, center: 0.75, spread: 1.5 };

t.test('a standard scale: the figures are those of scaled values times the spread', async (t) => {
  for (const precision of ['float32', 'float64'] as const) {
    const own = await evaluated(sourceOf(517, [standard]).source, precision, 1);
    const learned = await evaluated(sourceOf(517, [standard], false).source, precision, 1);
    t.equal(own.loss, learned.loss, 'the loss is that of what is learned');
    const near = (name: string, factor: number) =>
      t.ok(
        Math.abs(Number(own.metrics[name]) / (Number(learned.metrics[name]) * factor) - 1) < 1e-12,
        `${name}: ${own.metrics[name]}, ${learned.metrics[name]}`,
      );
    near('mae', 8);
    near('rmse', 8);
    near('r2', 1);
    for (const threads of [2, 3]) {
      t.strictSame(await evaluated(sourceOf(517, [standard]).source, precision, threads), own);
    }
  }
});

t.test('logarithms, one of two targets: outputs, targets and figures are of the values before', async (t) => {
  for (const [precision, tolerance] of [
    ['float64', 1e-12],
    ['float32', 1e-5],
  ] as const) {
    const { source, targets } = sourceOf(6, [logs, unscaled]);
    const events: TrainEvent[] = [];
    const { summary } = await new Trainer().train(
      configOf(2, precision),
      { threads: 3, runDir: null, version: 'test' },
      (event) => events.push(event),
      { source, pool },
    );
    const rows = summary.outputs ?? [];
    t.equal(rows.length, 6);
    const wanted = [...targets];
    for (const [i, target] of rows.flatMap(({ target }) => target).entries())
      t.ok(Math.abs(target / wanted[i] - 1) < tolerance, `target ${i}: ${target}, ${wanted[i]}`);
    const errors = rows.flatMap(({ output, target }) => output.map((value, k) => value - target[k]));
    const mae = errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
    t.ok(
      Math.abs(Number(summary.testMetrics.mae) / mae - 1) < tolerance,
      `${summary.testMetrics.mae}, ${mae}`,
    );
    const squares = rows.flatMap(({ output, target }) =>
      [logs, unscaled].map((scale, k) => (scaled(output[k], scale) - scaled(target[k], scale)) ** 2),
    );
    const loss = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    t.ok(Math.abs(Number(summary.testLoss) / loss - 1) < 10 * tolerance, `${summary.testLoss}, ${loss}`);
    t.same(summary.scaledTargets, ['y0', 'y1']);
    t.match(events[0], { event: 'start', scaledTargets: ['y0', 'y1'] });
  }
});

t.test('a large offset costs no digits, in float32 neither', async (t) => {
  const offset = 2 ** 40;
  const scales = [{ ...standard, center: offset }];
  const own = await evaluated(sourceOf(517, scales, true, offset).source, 'float32', 2);
  const learned = await evaluated(sourceOf(517, scales, false, offset).source, 'float32', 2);
  // Float32 has no two numbers there that are closer than 2¹⁷.
  t.ok(Number(own.metrics.mae) < 1000);
  t.ok(Math.abs(Number(own.metrics.mae) / (8 * Number(learned.metrics.mae)) - 1) < 1e-4);
});

t.test('targets without a scale, and classes, are as they are', async (t) => {
  t.equal(scalesOfTarget(undefined), undefined);
  t.equal(scalesOfTarget({ kind: 'values', columns: [{ name: 'a', scale: unscaled }] }), undefined);
  t.equal(scalesOfTarget({ kind: 'class', column: 'a', classes: ['b', 'c'], numeric: false }), undefined);
  t.same(scaledTargets({ kind: 'values', columns: [{ name: 'a', scale: logs }] }), ['a']);
  const { source } = sourceOf(6, [unscaled]);
  const { summary } = await new Trainer().train(
    configOf(1, 'float32'),
    { threads: 1, runDir: null, version: 'test' },
    () => {},
    { source, pool },
  );
  t.notOk('scaledTargets' in summary);
});

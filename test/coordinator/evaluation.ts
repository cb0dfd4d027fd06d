/** Evaluations by any number of threads: the same bits, and those of the formulas. */
import '../helpers/bare.js';
import t, { type Test } from 'tap';
import { evaluationResult, nothingEvaluated } from '../../src/coordinator/evaluation.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { metricOf } from '../../src/model/metrics/index.js';
import type { Real } from '../../src/model/precision.js';
import { matricesOf } from '../../src/plan/matrices.js';
import { Pool } from '../../src/pool/pool.js';
import { view } from '../../src/shared/arena.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const ROWS = 517;

const kinds = {
  classes: {
    source: smallSource(ROWS, 21, 4),
    loss: 'cross-entropy',
    activation: 'softmax',
    metrics: [
      'accuracy',
      'roc-auc',
      'confusion',
      'f1',
      'average-precision',
      'log-loss',
      'top-2',
      'per-class',
    ],
  },
  binary: {
    source: smallSource(ROWS, 21, 1, 'binary'),
    loss: 'binary-cross-entropy',
    activation: 'sigmoid',
    metrics: ['accuracy', 'confusion', 'roc-auc'],
  },
  'several binary outputs': {
    source: smallSource(ROWS, 21, 3, 'binary'),
    loss: 'binary-cross-entropy',
    activation: 'sigmoid',
    metrics: ['accuracy', 'average-precision'],
  },
  values: {
    source: smallSource(ROWS, 21, 3, 'real'),
    loss: 'mean-squared-error',
    activation: 'linear',
    metrics: ['mae', 'median-absolute-error', 'rmse', 'r2'],
  },
} as const;

function configOf(kind: keyof typeof kinds, precision: 'float32' | 'float64') {
  const { source, loss, activation, metrics } = kinds[kind];
  const config = smallConfig();
  const output = { ...config.model.layers[2], units: source.outputs, activation: { name: activation } };
  return smallConfig({
    loss: { name: loss },
    model: { precision, layers: [...config.model.layers.slice(0, 2), output] },
    train: { validate: { ...config.train.validate, metrics: metrics.map((name) => ({ name })) } },
  });
}

/** Threads that all runs share. */
const pool = new Pool(7);
t.teardown(() => pool.close());

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  for (const precision of ['float32', 'float64'] as const) {
    t.test(`${kind}, ${precision}: threads 1, 2, 3, 4 and 7 agree in every bit`, async (t) => {
      const { source, metrics } = kinds[kind];
      const config = configOf(kind, precision);
      const results = [];
      for (const threads of [1, 2, 3, 4, 7]) {
        const workspace = await Workspace.open(config, source, threads, { pool });
        try {
          const first = await workspace.evaluate('validation');
          results.push(first);
          t.strictSame(await workspace.evaluate('validation'), first, 'and again');
          if (threads === 1) against(t, workspace, metrics, first.metrics);
        } finally {
          await workspace.close();
        }
      }
      for (const other of results.slice(1)) t.strictSame(other, results[0]);
      t.strictSame(Object.keys(results[0].metrics), [...metrics]);
    });
  }
}

/** The last piece's outputs and targets, through the formula, are what its place holds; in all there are ROWS. */
function against(
  t: Test,
  workspace: Workspace,
  names: readonly string[],
  found: Record<string, unknown>,
): void {
  const { memory, layout, net, evaluated } = workspace.setup;
  const last = ROWS % 128;
  const rows = (all: Real) => all.subarray(0, last * net.outputs);
  // One thread's, whose pieces come in order.
  const { values, y: targets } = layout.workers[0].evaluation;
  const { outputs } = matricesOf(net, true);
  const [h, y] = [values[outputs[outputs.length - 1]], targets].map((region) => rows(view(memory, region)));
  if (layout.ranked.outputs.length > 0) {
    t.strictSame(view(memory, layout.ranked.outputs).slice((ROWS - last) * net.outputs), h.slice());
    t.strictSame(view(memory, layout.ranked.targets).slice((ROWS - last) * net.outputs), y.slice());
  }
  const pieces = view(memory, layout.pieces);
  const sums = pieces.length / Math.ceil(ROWS / 128);
  let at = 4 * sums + 1;
  for (const name of names) {
    const metric = metricOf(name);
    if (metric.adds !== 'sums') continue;
    const place = new Float64Array(metric.size(net.outputs, { name }));
    metric.piece(h, y, { rows: last, outputs: net.outputs, task: evaluated.task, spec: { name } }, place);
    t.strictSame(pieces.slice(at, at + place.length), place, name);
    at += place.length;
  }
  const { confusion } = found as { confusion?: number[][] };
  if (confusion)
    t.equal(
      confusion.flat().reduce((sum, entry) => sum + entry, 0),
      ROWS,
    );
}

t.test('counts of workers that did not take part are not added', async (t) => {
  const config = configOf('classes', 'float32');
  const workspace = await Workspace.open(config, kinds.classes.source, 3);
  t.teardown(() => workspace.close());
  const all = await workspace.evaluate('validation');
  await workspace.supervisor.run({ kind: 'evaluate', rows: 'validation' }, 1);
  t.strictSame(evaluationResult(workspace.setup, 'validation', 1), all);
});

t.test('no rows, no figures', async (t) => {
  const source = { ...kinds.values.source };
  const none = new Uint32Array();
  const empty = {
    ...source,
    parts: { ...source.parts, test: 0 },
    split: (seed: number) => ({ ...source.split(seed), test: none }),
  };
  const workspace = await Workspace.open(configOf('values', 'float64'), empty, 2);
  t.teardown(() => workspace.close());
  t.strictSame(await workspace.evaluate('test'), nothingEvaluated);
});

/** Which figures a run finds, and what the monitored one decides. */
import t from 'tap';
import { allMetrics, type Objective, objectiveOf } from '../../src/coordinator/objective.js';
import type { DataSource } from '../../src/data/source.js';
import type { ScheduleName } from '../../src/optimizers/schedules/index.js';
import { scheduleOf } from '../helpers/optimizers.js';
import { smallConfig } from '../helpers/small.js';

type Train = ReturnType<typeof smallConfig>['train'];
type Loss = ReturnType<typeof smallConfig>['loss']['name'];

interface Asked {
  loss?: Loss;
  lossOptions?: object;
  outputs?: number;
  kind?: DataSource['targets']['kind'];
  validation?: number;
  monitor?: Train['validate']['monitor'];
  metrics?: Train['validate']['metrics'];
  stop?: Train['stop'];
  schedule?: ScheduleName;
  layers?: readonly { readonly name: string }[];
}

function asked({ loss = 'cross-entropy', lossOptions, outputs = 4, kind = 'values', ...rest }: Asked) {
  const { monitor = 'loss', metrics, stop, validation = 10, schedule = 'constant', layers } = rest;
  const { train } = smallConfig();
  const config = {
    loss: { name: loss, ...lossOptions } as never,
    ...(layers && { model: { layers } }),
    optimizer: { schedule: scheduleOf(schedule) },
    train: { ...train, validate: { ...train.validate, monitor, metrics }, stop },
  };
  const targets: DataSource['targets'] =
    kind === 'class' ? { kind, classes: outputs, type: 'uint8' } : { kind, outputs, type: 'float64' };
  return objectiveOf(config, { targets, outputs, parts: { train: 10, validation, test: 0 } });
}

const names = (what: Asked) => asked(what).evaluated.metrics.map(({ name }) => name);

t.test('the usual metrics of the task, or those that were asked for and the monitored one', async (t) => {
  t.strictSame(names({}), ['accuracy']);
  t.strictSame(names({ loss: 'binary-cross-entropy', outputs: 1 }), ['accuracy']);
  t.strictSame(names({ loss: 'binary-cross-entropy' }), ['accuracy']);
  t.strictSame(
    names({ loss: 'mean-squared-error', outputs: 1 }),
    ['mae', 'rmse', 'r2'],
    'never scored at 0.5',
  );
  t.strictSame(names({ loss: 'mean-squared-error', kind: 'class' }), ['accuracy']);
  t.strictSame(names({ metrics: [{ name: 'confusion' }], monitor: 'accuracy' }), ['confusion', 'accuracy']);
  t.strictSame(names({ metrics: [{ name: 'accuracy' }, { name: 'accuracy' }] }), ['accuracy'], 'each once');
  t.strictSame(names({ metrics: [] }), []);
});

t.test('what the task does not have is refused, with what it has', async (t) => {
  const regression = { loss: 'mean-squared-error', outputs: 1 } as const;
  const refused = (what: Asked, message: string | RegExp) =>
    t.throws(() => asked(what), { name: 'UserError', message });
  refused(
    { ...regression, metrics: [{ name: 'accuracy' }] },
    'train.validate.metrics: "accuracy" is not for regression, which this loss and these targets are; ' +
      'expected "explained-variance", "mae", "mape", "median-absolute-error", "pinball", "poisson-deviance", "rmse" or "r2"',
  );
  refused(
    { ...regression, monitor: 'accuracy' },
    /^train\.validate\.monitor: "accuracy" is not for regression.* expected "loss", "explained-variance", "mae", .* or "r2"$/,
  );
  refused(
    { monitor: 'confusion' },
    /^train\.validate\.monitor: "confusion" is a table, of which none is the best; expected "loss", "accuracy", "average-precision", "balanced-accuracy", .*"top-3"$/,
  );
  refused(
    { outputs: 257, metrics: [{ name: 'confusion' }] },
    /"confusion": expected at most 256 classes, got 257/,
  );
  refused(
    { monitor: 'acuracy' as 'accuracy' },
    /expected "loss", "accuracy", .* or "top-3", got "acuracy"; did you mean "accuracy"/,
  );
});

t.test('what takes outputs for probabilities is refused where they are none', async (t) => {
  const needing = ['log-loss', 'brier', 'calibration-error'] as const;
  const layers = (activation?: string) =>
    [
      activation === undefined ? { name: 'dropout' } : { name: 'dense', activation: { name: activation } },
    ] as const;
  for (const name of needing) {
    t.throws(() => asked({ loss: 'hinge', outputs: 1, metrics: [{ name }] as never }), {
      name: 'UserError',
      message: new RegExp(
        `^train\\.validate\\.metrics: "${name}" needs probabilities, and with the loss "hinge" outputs are none; expected "accuracy", .* or "roc-auc"$`,
      ),
    });
    t.throws(() => asked({ loss: 'categorical-hinge', kind: 'class', monitor: name }), {
      message:
        /^train\.validate\.monitor: .* with the loss "categorical-hinge" outputs are none; expected "loss", "acc/,
    });
    const squares = { loss: 'mean-squared-error', kind: 'class', metrics: [{ name }] as never } as const;
    t.strictSame(names({ ...squares, layers: layers('softmax') }), [name]);
    t.throws(() => asked({ ...squares, layers: layers('linear') }), {
      message: /needs probabilities, and with the output activation "linear" outputs are none/,
    });
    t.throws(() => asked({ ...squares, layers: layers() }), {
      message: /with the last layer "dropout" outputs/,
    });
  }
  const all = (loss: Loss) =>
    allMetrics({ loss: { name: loss } as never }, 'binary', 1).map(({ name }) => name);
  t.notOk(all('hinge').some((name) => needing.includes(name as 'brier')));
  t.strictSame(all('binary-focal').filter((name) => needing.includes(name as 'brier')).length, 3);
});

t.test('a metric has its options, also where it is monitored, and one place', async (t) => {
  const metrics = [
    { name: 'top-k', k: 2 },
    { name: 'f1', average: 'micro' },
  ] as const;
  t.strictSame(asked({ metrics, monitor: 'f1' }).evaluated.metrics, metrics);
  t.strictSame(asked({ outputs: 7, metrics: [metrics[1]], monitor: 'top-k' }).evaluated.metrics, [
    metrics[1],
    { k: 5, name: 'top-k' },
  ]);
  t.throws(() => asked({ metrics: [{ name: 'f1', average: 'macro' }, metrics[1]] }), {
    message: /^train\.validate\.metrics: expected "f1" once, got it twice with different options/,
  });
  t.throws(() => asked({ metrics: [{ name: 'top-k', k: 4 }] }), {
    message:
      'train.validate.metrics: "top-k": expected a k below the number of classes, 4, got 4: every row would be right',
  });
  t.throws(() => asked({ monitor: 'top-4' }), { message: /"top-4": expected a k below/ });
});

t.test(
  'a loss adds metrics that say more of what it learns, with its own options where nothing is said',
  async (t) => {
    const quantile = { loss: 'quantile', lossOptions: { quantile: 0.9 }, outputs: 1 } as const;
    const own = { name: 'pinball', quantile: 0.9 };
    const specs = (what: Asked) => asked({ ...quantile, ...what }).evaluated.metrics;
    t.strictSame(names(quantile), ['pinball', 'mae', 'rmse', 'r2']);
    t.match(specs({})[0], own);
    t.strictSame(specs({ metrics: [{ name: 'pinball' }] }), [own]);
    t.strictSame(specs({ metrics: [{ name: 'mae' }], monitor: 'pinball' }), [{ name: 'mae' }, own]);
    t.strictSame(specs({ metrics: [{ name: 'pinball', quantile: 0.1 }], monitor: 'pinball' }), [
      { name: 'pinball', quantile: 0.1 },
    ]);
    t.strictSame(names({ loss: 'poisson', outputs: 1 }), ['poisson-deviance', 'mae', 'rmse', 'r2']);
    const all = (loss: Loss) =>
      allMetrics({ loss: { name: loss } as never }, 'regression', 1).map(({ name }) => name);
    t.ok(all('poisson').includes('poisson-deviance') && !all('poisson').includes('pinball'));
    t.ok(all('huber').includes('mape') && !all('huber').includes('poisson-deviance'));
  },
);

t.test('a loss with several outputs for each target has figures of its own', async (t) => {
  const several = {
    loss: 'quantile',
    lossOptions: { quantile: 0.5, quantiles: [0.1, 0.9] },
    outputs: 2,
  } as const;
  t.strictSame(names(several), ['pinball']);
  t.match(asked({ ...several, monitor: 'pinball' }).evaluated.metrics, [{ quantiles: [0.1, 0.9] }]);
  t.throws(() => asked({ ...several, metrics: [{ name: 'mae' }] }), {
    message:
      'train.validate.metrics: "mae" is of one output for each target, and this loss has 2; expected "pinball"',
  });
  t.throws(() => asked({ ...several, metrics: [{ name: 'pinball', quantile: 0.1 }] }), {
    message: /"pinball": expected no quantile beside those of the loss, got 0\.1; leave it out$/,
  });
});

t.test('without validation rows nothing can be monitored', async (t) => {
  const none = { validation: 0 };
  t.equal(asked(none).objective.monitor, 'loss');
  t.throws(() => asked({ ...none, stop: { patience: 1, minDelta: 0 } }), {
    message:
      'train.stop: needs validation rows, and there are none; set data.split.validation, or leave train.stop out',
  });
  t.throws(() => asked({ ...none, monitor: 'accuracy' }), {
    message: /^train\.validate\.monitor: needs validation rows/,
  });
  t.throws(() => asked({ ...none, schedule: 'plateau' }), {
    message: /^optimizer\.schedule: needs validation rows, .* or leave optimizer\.schedule out$/,
  });
  t.doesNotThrow(() => asked({ ...none, schedule: 'one-cycle' }));
});

/** Misses after each of some values, and which of them were the best. */
function course(objective: Objective, values: readonly number[]) {
  let best: number | null = null;
  let improvement: ReturnType<Objective['count']> | null = null;
  const told: [misses: number, best: boolean, reached: boolean][] = [];
  for (const value of values) {
    improvement = objective.count(value, improvement);
    const better = objective.isBetter(value, best);
    if (better) best = value;
    told.push([improvement.misses, better, objective.isReached(improvement)]);
  }
  return told;
}

t.test('strictly better is better; patience acts at the miss of its number', async (t) => {
  const { objective } = asked({ stop: { patience: 2, minDelta: 0 } });
  t.strictSame(course(objective, [3, 2, 2, 1.9, 2, 1.9]), [
    [0, true, false],
    [0, true, false],
    [1, false, false],
    [0, true, false],
    [1, false, false],
    [2, false, true],
  ]);
  const higher = asked({ monitor: 'accuracy', stop: { patience: 1, minDelta: 0 } }).objective;
  t.strictSame(course(higher, [0.5, 0.6, 0.6]), [
    [0, true, false],
    [0, true, false],
    [1, false, true],
  ]);
  t.notOk(asked({}).objective.isReached({ value: 0, misses: 1e9 }), 'without train.stop never');
});

t.test('minDelta is what an improvement must exceed; the best is the best all the same', async (t) => {
  const { objective } = asked({ stop: { patience: 3, minDelta: 0.5 } });
  t.strictSame(course(objective, [3, 2.75, 2.5, 2.25, 2.25]), [
    [0, true, false],
    [1, true, false],
    [2, true, false],
    [0, true, false],
    [1, false, false],
  ]);
});

t.test('a figure that is undefined cannot be monitored, and it says why', async (t) => {
  const { objective } = asked({ loss: 'mean-squared-error', outputs: 1, monitor: 'r2' });
  t.ok(objective.mayBeUndefined);
  t.throws(
    () =>
      objective.refuseUndefined({
        loss: 1,
        metrics: { r2: null },
        reasons: { r2: 'the targets are all the same' },
      }),
    {
      name: 'UserError',
      message:
        /^train\.validate\.monitor: "r2" is undefined on the validation rows \(the targets are all the same\)/,
    },
  );
  objective.refuseUndefined({ loss: 1, metrics: { r2: 0.5 }, reasons: {} });
});

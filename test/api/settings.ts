/** A slip of the fingers in what a function is told: refused, with the key. */
import '../helpers/bare.js';
import t from 'tap';
import { gradcheck, resume, train, verify } from '../../src/index.js';
import { xor } from '../helpers/xor.js';

const config = xor({ model: { layers: [{ units: 1, activation: 'sigmoid' }] } });
type Any = never;

t.test('unknown and mistyped options', async (t) => {
  const refused: [() => Promise<unknown>, RegExp][] = [
    [() => train(config, { thread: 1 } as Any), /^train: unknown option "thread"; did you mean "threads"\?$/],
    [
      () => train(config, { rundir: 'x' } as Any),
      /^train: unknown option "rundir"; did you mean "runDir"\?$/,
    ],
    [
      () => train(config, { epochs: 1 } as Any),
      /^train: unknown option "epochs".*threads, nodes, onEvent, onStep, onEpoch, signal/,
    ],
    [() => train(config, [] as Any), /^train: expected an object, got a list$/],
    [() => train(config, null as Any), /^train: expected an object, got null$/],
    [
      () => train(config, { threads: '2' } as Any),
      /^threads: expected a whole number from 1 to 256, got "2"$/,
    ],
    [() => train(config, { onEvent: 'log' } as Any), /^onEvent: expected a function, got "log"$/],
    [
      () => train(config, { signal: new AbortController() } as Any),
      /^signal: expected an AbortSignal, got an object$/,
    ],
    [() => train(config, { runDir: 5 } as Any), /^run folder: expected a path, got 5$/],
    [() => train(config, { runDir: '-' }), /^run folder: expected a path, got "-"/],
    [
      () => train(config, { overrides: { epoch: 1 } } as Any),
      /^overrides: unknown option "epoch"; did you mean "epochs"/,
    ],
    [
      () => train(config, { overrides: { set: 'a=1' } } as Any),
      /^overrides\.set: expected a list of texts.*got "a=1"$/,
    ],
    [() => train(config, { overrides: { epochs: '3' } } as Any), /epochs: .*"3"/],
    [() => resume('x', { from: 1 } as Any), /^resume: unknown option "from"/],
    [() => resume('x', { force: 'yes' } as Any), /^force: expected true or false, got "yes"$/],
    [() => verify('x', { from: '0' } as Any), /^from: expected a whole number, at least 0, got "0"$/],
    [() => verify('x', { nodes: 2 } as Any), /^verify: unknown option "nodes"/],
    [() => verify('~/x'), /^run folder: .*~ is for the shell/],
    [() => gradcheck(config, { row: 1 } as Any), /^gradcheck: unknown option "row"; did you mean "rows"\?$/],
    [() => gradcheck(config, { rows: '2' } as Any), /^rows: expected a whole number, at least 1, got "2"$/],
    [
      () => gradcheck(config, { threads: 'auto' } as Any),
      /^threads: expected a whole number from 1 to 256, got "auto"$/,
    ],
  ];
  for (const [call, message] of refused) await t.rejects(call(), { name: 'UserError', message });
});

t.test('undefined stands for an option that is not there', async (t) => {
  const nothing = { threads: undefined, runDir: undefined, overrides: undefined, signal: undefined };
  t.equal((await train(config, { ...nothing, threads: 1 })).summary.epochs, 20);
});

t.test('overrides of a configuration that is an object', async (t) => {
  const before = structuredClone(config);
  const { summary } = await train(config, {
    threads: 1,
    overrides: { epochs: 1, set: ['train.batchSize=2'] },
  });
  t.match(summary, { epochs: 1, steps: 2 });
  t.same(config, before, 'the object itself stays as it is');
  await t.rejects(train(config, { overrides: { set: ['nonsense=1'] } }), {
    name: 'UserError',
    message: /^--set nonsense=1: unknown key "nonsense"/,
  });
  await t.rejects(train({ ...config, name: () => 1 } as Any, { overrides: { epochs: 1 } }), {
    name: 'UserError',
  });
  t.ok((await gradcheck(config, { threads: 1, overrides: { seed: 3 } })).pass);
});

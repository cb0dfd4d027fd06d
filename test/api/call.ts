/** What a call of the library leaves behind: nothing, however it ends. And what ends it. */
import '../helpers/bare.js';
import { getEventListeners } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { gradcheck, RunFailure, resume, train, UserError, verify } from '../../src/index.js';
import { endless, xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-call-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let names = 0;
const newFolder = () => join(folder, `run${names++}`);
// Without a ReLU unit, so that its gradients check for any seed.
const smooth = xor({ model: { layers: [{ units: 1, activation: 'sigmoid' }] } });
/** So many parameters that nobody waits for their check. */
const long = xor({
  model: {
    layers: [
      { units: 500, activation: 'tanh' },
      { units: 500, activation: 'tanh' },
      { units: 1, activation: 'sigmoid' },
    ],
  },
});

type Told = (event: { event: string }) => unknown;
/** Each function with what it needs to begin, as short as it can be or so long that nobody waits for its end. */
interface Verb {
  readonly name: string;
  call(long: boolean, signal: AbortSignal, tell?: Told): Promise<unknown>;
  /** A call that is refused before the thread does anything, and one that is refused by it. */
  readonly refused: readonly (() => Promise<unknown>)[];
}

const whole = newFolder();
const lengthy = newFolder();
const elsewhere = { ...smooth, data: { name: 'mnist' as const, path: join(folder, 'nowhere') } };
const softmax = {
  ...smooth,
  loss: 'mean-squared-error' as const,
  model: { layers: [{ units: 7, activation: 'tanh' as const }] },
};

const verbs: Verb[] = [
  {
    name: 'train',
    call: (long, signal, onEvent) =>
      train(long ? endless : smooth, { threads: 2, signal, onEvent, runDir: newFolder() }),
    refused: [
      () => train(join(folder, 'none.yaml')),
      () => train(elsewhere, { runDir: newFolder() }),
      () => train(softmax, { runDir: newFolder() }),
      () => train(smooth, { threads: 0 }),
    ],
  },
  {
    name: 'resume',
    call: (long, signal, onEvent) => resume(long ? lengthy : whole, { threads: 2, signal, onEvent }),
    refused: [
      () => resume(newFolder()),
      () => resume(whole, { overrides: { set: ['model.layers.0.units=2'] } }),
      () => resume(whole, { overrides: { epochs: 1 } }),
    ],
  },
  {
    name: 'verify',
    call: (long, signal, onEvent) => verify(long ? lengthy : whole, { threads: 2, signal, onEvent }),
    refused: [() => verify(newFolder()), () => verify(whole, { from: 7 })],
  },
  {
    name: 'gradcheck',
    call: (isLong, signal, onProgress) =>
      gradcheck(isLong ? long : smooth, { threads: 2, signal, onProgress }),
    refused: [
      () => gradcheck(join(folder, 'none.yaml')),
      () => gradcheck(elsewhere),
      () => gradcheck(softmax),
    ],
  },
];

/** What keeps a process alive, or is listened to: threads have ports and handles among them. */
const standing = () => ({
  resources: process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap')
    .sort(),
  listeners: process
    .eventNames()
    .map((name) => `${String(name)} ${process.listenerCount(name)}`)
    .sort(),
  threads: existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0,
  files: existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0,
});

/** What stands once nothing more ends: threads of the calls before do so a little later. */
async function atRest() {
  for (let k = 0, before = standing(); ; k++) {
    await sleep(100);
    const now = standing();
    if (k === 100 || (now.resources.length === 0 && isDeepStrictEqual(now, before))) return now;
    before = now;
  }
}

/** What stands once all is as it was, or after ten seconds: threads end a little after a call that failed while they loaded. */
async function settled(before: ReturnType<typeof standing>) {
  for (let k = 0; ; k++) {
    const now = standing();
    // Node's own threads may end, and on a busy machine what an earlier call had open: but none may be more.
    const { threads, files, ...rest } = now;
    const fewer = {
      ...rest,
      threads: Math.min(threads, before.threads),
      files: Math.min(files, before.files),
    };
    if (k === 500 || isDeepStrictEqual(sorted(fewer), sorted(before))) return fewer;
    await sleep(20);
  }
}
const sorted = ({ resources, listeners, threads, files }: ReturnType<typeof standing>) => [
  resources,
  listeners,
  threads,
  files,
];

t.before(async () => {
  await train(smooth, { threads: 1, runDir: whole });
  await train(
    { ...endless, train: { ...endless.train, epochs: 20_000, validate: { every: '20000 epochs' } } },
    { threads: 1, runDir: lengthy },
  );
  // Node starts its pool for files, and loads modules: once.
  for (const { call } of verbs) await call(false, new AbortController().signal);
});

for (const { name, call, refused } of verbs) {
  t.test(`${name}: nothing is left of it`, async (t) => {
    const { signal } = new AbortController();
    const before = await atRest();
    const outcomes: [string, (signal: AbortSignal) => Promise<unknown>, boolean][] = [
      ['success', (signal) => call(false, signal, () => {}), true],
      ...refused.map((each, k): [string, () => Promise<unknown>, boolean] => [`refused ${k}`, each, false]),
      ['aborted before', () => call(true, AbortSignal.abort(new Error('enough'))), false],
      [
        'listener throws',
        (signal) =>
          call(true, signal, () => {
            throw new Error('mine');
          }),
        false,
      ],
      // What waits for a listener is the same for all.
      ...(name === 'train'
        ? [
            [
              'listener rejects',
              (signal: AbortSignal) =>
                call(true, signal, async () => {
                  throw new Error('mine');
                }),
              false,
            ] as [string, (signal: AbortSignal) => Promise<unknown>, boolean],
          ]
        : []),
    ];
    for (const [what, run, succeeds] of outcomes) {
      const outcome = await run(signal).then(
        () => 'done',
        (error) => error,
      );
      t.equal(outcome === 'done', succeeds, `${what}: ${outcome}`);
      if (what.startsWith('refused')) t.ok(outcome instanceof UserError, `${what}: ${outcome}`);
      if (what.startsWith('listener')) t.match(outcome, { message: 'mine' });
      t.equal(getEventListeners(signal, 'abort').length, 0, what);
      t.same(await settled(before), before, what);
    }
    for (const ms of [20, 150]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error('enough')), ms);
      await call(true, controller.signal).catch(() => {});
      t.equal(getEventListeners(controller.signal, 'abort').length, 0, `aborted after ${ms} ms`);
      t.same(await settled(before), before, `aborted after ${ms} ms`);
    }
  });

  t.test(`${name}: an abort while it starts ends it at once, with the signal's reason`, async (t) => {
    const took: number[] = [];
    for (const ms of [0, 15, 40]) {
      const controller = new AbortController();
      let begun = false;
      const reason = new Error('enough');
      let at = 0;
      setTimeout(() => {
        at = performance.now();
        controller.abort(reason);
      }, ms);
      const outcome = await call(true, controller.signal, () => {
        begun = true;
      }).catch((error) => error);
      took.push(performance.now() - at);
      if (!begun) t.equal(outcome, reason, `${ms} ms`);
      else took.pop();
    }
    took.sort((a, b) => a - b);
    // Of several, as another program may have wanted the core.
    t.ok(took.length > 0 && took[0] < 500, `${took.map(Math.round)} ms`);
  });
}

t.test('an abort while it starts leaves the folder to the next', async (t) => {
  for (const ms of [0, 40, 80, 120]) {
    const runDir = join(newFolder(), 'deep');
    const controller = new AbortController();
    let begun = false;
    setTimeout(() => controller.abort(new Error('enough')), ms);
    const outcome = await train(endless, {
      runDir,
      threads: 2,
      signal: controller.signal,
      onEvent: ({ event }) => {
        begun ||= event === 'start';
      },
    }).catch((error) => error);
    if (!begun) t.match(outcome, { message: 'enough' });
    for (let k = 0; k < 500 && existsSync(join(runDir, 'run.lock')); k++) await sleep(20);
    await sleep(50);
    const left = existsSync(runDir) ? readdirSync(runDir) : [];
    t.notOk(left.includes('run.lock'), `${ms} ms: ${left}`);
    if (!begun && !left.includes('config.json')) t.notOk(existsSync(join(runDir, '..')), `${ms} ms: ${left}`);
  }
});

t.test('a promise that an event’s listener returns', async (t) => {
  let last = 0;
  await train(smooth, {
    threads: 1,
    onEvent: async () => {
      await sleep(50);
      last++;
    },
  });
  t.ok(last >= 4, 'the result waits for all of them');
  let calls = 0;
  // biome-ignore lint/suspicious/noThenProperty: what is no promise, but as good as one
  const thenable = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error('later')) };
  await t.rejects(train(endless, { threads: 1, onEvent: () => (calls++ === 0 ? thenable : undefined) }), {
    message: 'later',
  });
  const only = ({ event }: { event: string }) =>
    event === 'done' ? Promise.reject(new Error('the last')) : undefined;
  await t.rejects(train(smooth, { threads: 1, onEvent: only }), { message: 'the last' });
  let after = 0;
  const failing = () => {
    after++;
    throw new Error('mine');
  };
  await t.rejects(train(smooth, { threads: 1, onEvent: failing }), { message: 'mine' });
  t.equal(after, 1, 'nothing is told to a listener that has failed');
});

t.test('a listener may do with its event what it likes', async (t) => {
  const emptied: Told = (event) => {
    for (const key of Object.keys(event)) Reflect.deleteProperty(event, key);
  };
  for (const { name, call } of verbs) {
    const result = await call(false, new AbortController().signal, emptied);
    t.type(result, 'object', `${name} ends`);
  }
  const controller = new AbortController();
  const stopping: Told = (event) => {
    if (event.event === 'progress') controller.abort();
    emptied(event);
  };
  const { summary } = await train(endless, { threads: 1, signal: controller.signal, onEvent: stopping });
  t.ok(summary.stopped, 'an abort is a stop all the same');
});

t.test('what a listener throws comes out as it went in', async (t) => {
  for (const { name, call } of verbs) {
    const throws = () => {
      throw undefined;
    };
    const rejects = () => Promise.reject(null);
    for (const [thrown, listener] of [
      [undefined, throws],
      ...(name === 'train' ? [[null, rejects] as const] : []),
    ] as const) {
      const outcome = await call(true, new AbortController().signal, listener).then(
        () => 'done',
        (error) => error,
      );
      t.equal(outcome, thrown, `${name}: ${thrown}`);
    }
  }
});

t.test('several runs at once, named by gradpool: each has its own folder', async (t) => {
  const here = process.cwd();
  process.chdir(mkdtempSync(join(folder, 'several-')));
  t.teardown(() => process.chdir(here));
  const results = await Promise.all([1, 2, 3, 4].map(() => train(smooth, { threads: 1, runDir: true })));
  const dirs = results.map(({ summary }) => summary.runDir as string);
  t.equal(new Set(dirs).size, 4);
  for (const dir of dirs) t.ok(existsSync(join(dir, 'weights.safetensors')), dir);
  t.ok(dirs.includes(join('runs', readFileSync('runs/latest', 'utf8').trim())));
});

t.test('process.chdir() during a run changes nothing', async (t) => {
  const here = process.cwd();
  const [from, to] = ['from-', 'to-'].map((name) => mkdtempSync(join(folder, name)));
  t.teardown(() => process.chdir(here));
  const moving = () => process.chdir(to);
  const config = xor({ train: { epochs: 400, checkpoint: { every: '100 steps', keep: 2 } } });
  for (const when of ['at once', 'checkpoint', 'done']) {
    process.chdir(from);
    const runDir = `moved-${when}`;
    writeFileSync('config.yaml', JSON.stringify(config));
    const running = train('config.yaml', {
      threads: 1,
      runDir,
      onEvent: ({ event }) => event === when && moving(),
    });
    if (when === 'at once') moving();
    const { summary } = await running;
    t.equal(summary.runDir, runDir, 'as it was named');
    const names = readdirSync(join(from, runDir)).sort();
    t.same(names, ['checkpoints', 'config.json', 'events.jsonl', 'report.html', 'weights.safetensors'], when);
    t.same(readdirSync(to), [], when);
    process.chdir(from);
    if (when !== 'done') continue;
    const again = resume(runDir, { overrides: { epochs: 440 }, threads: 1 });
    moving();
    t.equal((await again).summary.epochs, 440);
    process.chdir(from);
    const repeated = verify(runDir, { threads: 1 });
    moving();
    t.ok((await repeated).same);
  }
});

t.test('errors of other threads keep their class', async (t) => {
  const error = await train(elsewhere).catch((error) => error);
  t.ok(error instanceof UserError && error instanceof Error);
  t.match(error.stack, /UserError|Error: /);
  const bad = await gradcheck({ ...smooth, engine: { name: 'blas', library: 'none.so' } } as never).catch(
    (error) => error,
  );
  t.ok(bad instanceof UserError, bad.message);
  t.equal(new RunFailure('x').name, 'RunFailure');
});

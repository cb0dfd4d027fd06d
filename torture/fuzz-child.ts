/**
 * The child process of the fuzzer: puts each input where its target looks for it, tries it, and says what came of it
 * and what it cost. Knows neither formats nor what is allowed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isUserError } from '../src/errors.js';
import type { Answer, Case } from './fuzz.js';
import { targetNamed } from './targets/index.js';

const folder = process.argv[2];
const pathOf = (place: string) => join(folder, place);

/** Whatever opens a pipe or a socket as if it were a file must not wait for it. */
function makePlaces(): void {
  mkdirSync(pathOf('folder'));
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [pathOf('pipe')]);
  createServer().listen(pathOf('socket')).unref();
  symlinkSync('/dev/zero', pathOf('device'));
  symlinkSync('loop', pathOf('loop'));
}

/** The most memory that the process ever had; not of its parent, which `maxRSS` may begin with. */
function peak(): number {
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'latin1') : '';
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return 1024 * (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes));
}

/** A message of one to six lines, of a length that fits a terminal, that cannot give orders to it. */
function fault(message: string): string | undefined {
  const lines = message.split('\n');
  if (lines.length > 6) return `a refusal of ${lines.length} lines`;
  if (lines.some((line) => line.trim() === '' || line.length > 4000))
    return 'a refusal with an empty or long line';
  return /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(lines.join('')) ? 'a refusal with control characters' : undefined;
}

async function tried(one: Case): Promise<Pick<Answer, 'outcome' | 'what'>> {
  const { target, without, bytes, place = 'file', size } = one;
  const path = pathOf(place);
  if (place === 'file') writeFileSync(path, bytes);
  if (place === 'file' && size !== undefined) truncateSync(path, size);
  try {
    const run = await targetNamed(target, without);
    return { outcome: await run(bytes, path), what: '' };
  } catch (error) {
    // Only of these: a stack by source maps takes memory of its own.
    const what = () => (error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (!isUserError(error)) return { outcome: 'broken', what: what() };
    const wrong = fault(error.message);
    return wrong
      ? { outcome: 'broken', what: `${wrong}: ${what()}` }
      : { outcome: 'refused', what: error.message };
  }
}

makePlaces();
/** What the process has before its first case. */
let before: { peak: number; buffers: number } | undefined;
async function begin({ target, without }: Case) {
  // Modules are not what a case takes.
  await targetNamed(target, without);
  globalThis.gc?.();
  return { peak: peak(), buffers: process.memoryUsage().arrayBuffers };
}

// What Node only warns of, such as a file that was left open, is a fault here.
process.on('warning', (warning) => {
  throw warning;
});
process.on('message', async (cases: Case[]) => {
  before ??= await begin(cases[0]);
  for (const [k, one] of cases.entries()) {
    // Garbage of some inputs must not look like the memory that one takes.
    if (k % 8 === 0) globalThis.gc?.();
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const { outcome, what } = await tried(one);
    const ms = performance.now() - begun;
    const { user, system } = process.cpuUsage(cpu);
    // What it left behind is to fail now, not during the next.
    await new Promise(setImmediate);
    // Memory that was asked for but not written to is no part of the peak.
    const buffers = process.memoryUsage().arrayBuffers - before.buffers;
    const answer: Answer = {
      index: one.index,
      outcome,
      what,
      ms,
      cpuMs: (user + system) / 1000,
      grown: Math.max(peak() - before.peak, buffers),
    };
    process.send?.(answer);
  }
});
process.send?.('ready');

/** The command line in a process of its own, as someone at a shell has it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigInput } from '../src/config/schema.js';
import type { TrainEvent } from '../src/protocol.js';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly events: readonly TrainEvent[];
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with true once an event of this kind has come; false when the process has ended without one. */
  comes(event: TrainEvent['event']): Promise<boolean>;
}

export function start(args: readonly string[], cwd: string): Started {
  const child = spawn(process.execPath, [cli, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: TrainEvent[] = [];
  let stderr = '';
  let rest = '';
  let wake = () => {};
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  child.stdout?.on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line)));
    wake();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal, stderr, events });
      wake();
    });
  });
  const comes = async (event: TrainEvent['event']) => {
    for (;;) {
      if (events.some((each) => each.event === event)) return true;
      if (child.exitCode !== null || child.signalCode !== null) return false;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { child, ended, comes };
}

/** A run of about half a second, with checkpoints all the time: XOR by two threads. */
export const shortRun: ConfigInput = {
  name: 'short',
  seed: 3,
  data: { name: 'xor' },
  loss: 'binary-cross-entropy',
  model: {
    init: { name: 'uniform', range: 0.5 },
    layers: [
      { units: 40, activation: 'tanh' },
      { units: 1, activation: 'sigmoid' },
    ],
  },
  optimizer: { name: 'sgd', learningRate: 0.01 },
  train: {
    batchSize: 4,
    shards: 2,
    epochs: 30_000,
    validate: { every: '1300 epochs' },
    checkpoint: { every: '700 steps', keep: 2 },
  },
};

/** Writes a configuration into a new folder. @returns its file's name there */
export function configFile(folder: string, config: ConfigInput): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  return 'config.yaml';
}

/** The arguments that go on with a run, or begin it where it never came to a configuration. */
export function goOn(folder: string, runDir: string, ...more: string[]): string[] {
  const begun = existsSync(join(folder, runDir, 'config.json'));
  const where = begun ? ['--resume', runDir] : ['config.yaml', '--run-dir', runDir];
  return ['train', ...where, '--json', ...more];
}

/** The hash that a run came to; undefined where it did not end. */
export function hashOf({ events }: Ended): string | undefined {
  const done = events.findLast(({ event }) => event === 'done');
  return done?.event === 'done' && !done.stopped ? done.weightsHash : undefined;
}

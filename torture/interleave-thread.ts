/** Entry point of a thread under test: first the gates, then the product. No logic. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Setup } from '../src/plan/task.js';
import { Interleaver } from './interleave.js';
import type { Case } from './interleave-cases.js';
import { Gates } from './interleave-gates.js';

/** What a thread is started with. */
export interface ThreadData {
  readonly interleaver: Int32Array;
  readonly setups: readonly Setup[];
  readonly rounds: Int32Array;
  readonly sabotage?: string;
}

/** A case, and which of its threads this one is. */
export interface Part {
  readonly what: Case;
  readonly me: number;
}

const data: ThreadData = workerData;
const gates = new Gates(new Interleaver(data.interleaver));
gates.install();
const { Player } = await import('./interleave-cases.js');
const { sabotages } = await import('./interleave-sabotage.js');
const { Word } = await import('../src/shared/control.js');

const names = new Map(Object.entries(Word).map(([name, index]) => [index as number, name]));
gates.nameOf = (index) => names.get(index) ?? String(index);
if (data.sabotage !== undefined) sabotages[data.sabotage](gates);
const player = new Player(gates, data.setups, data.rounds);
parentPort?.on('message', ({ what, me }: Part) => parentPort?.postMessage(player.play(what, me)));
parentPort?.postMessage('ready');

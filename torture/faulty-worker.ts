/** What a pool's threads run where one of them is to fail: the product's own worker, tripped up at one place. */
import { workerData } from 'node:worker_threads';
import type { Task } from '../src/plan/task.js';
import { view } from '../src/shared/arena.js';
import { Barrier } from '../src/shared/barrier.js';
import { Word } from '../src/shared/control.js';
import { Heartbeat } from '../src/shared/heartbeat.js';
import { Copy, Copying } from '../src/worker/copy.js';
import { Pass } from '../src/worker/pass.js';
import { perform } from '../src/worker/perform.js';
import { Update } from '../src/worker/update.js';
import { type Fault, type FaultPlan, type Place, SharedWord } from './faults.js';

// Piscina hands on what the pool was given after data of its own.
const plan: FaultPlan = Array.isArray(workerData) ? workerData.at(-1) : workerData;
let current: Task | undefined;
let step = 0;

/** Thrown through the product's code so that the task ends without ever settling. */
const NEVER = Symbol('never');

const failures: Record<Fault, () => void> = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('injected');
  },
  'unhandled rejection': () => {
    Promise.reject(new Error('injected'));
  },
  trap: () => {
    // (module (func (export "t") unreachable))
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5];
    const module = new WebAssembly.Module(Uint8Array.from([...bytes, 1, 3, 0, 0, 11]));
    (new WebAssembly.Instance(module).exports.t as () => void)();
  },
  'endless loop': () => {
    for (;;);
  },
  'never settles': () => {
    throw NEVER;
  },
  'out of memory': () => {
    const all: unknown[] = [];
    for (;;) all.push(Array.from({ length: 10_000 }, Math.random));
  },
};

function perhapsFail(place: Place): void {
  if (plan.place !== place || current?.worker !== plan.worker) return;
  if (step < Atomics.load(plan.words, SharedWord.step)) return;
  // Of threads that come here at the same time, as many fail as are to.
  if (Atomics.sub(plan.words, SharedWord.left, 1) <= 0) {
    Atomics.add(plan.words, SharedWord.left, 1);
    return;
  }
  Atomics.add(plan.words, SharedWord.step, plan.every);
  plan.when[0] = performance.timeOrigin + performance.now();
  failures[plan.fault]();
}

const { beat } = Heartbeat.prototype;
Heartbeat.prototype.beat = function (at, phase) {
  step = at;
  beat.call(this, at, phase);
};
const { compute } = Pass.prototype;
Pass.prototype.compute = function (batch, losses, meet) {
  if (current?.kind === 'train') {
    perhapsFail('forward');
    if (Atomics.load(plan.words, SharedWord.writing) !== 0) perhapsFail('checkpoint');
  }
  compute.call(this, batch, losses, meet);
};
// After some of the updates: these parameters have their new values then, the others not.
const { apply } = Update.prototype;
Update.prototype.apply = function (...args) {
  const finite = apply.apply(this, args);
  perhapsFail('average');
  return finite;
};
// Other workers have copied their slices then, or do so now.
const { perform: copy } = Copying.prototype;
Copying.prototype.perform = function () {
  const { memory, layout } = (current as Task).setup;
  const words = view(memory, layout.control);
  if (Atomics.load(words, Word.copy) === Copy.underWay) perhapsFail('copy');
  copy.call(this);
};
const { arrive } = Barrier.prototype;
Barrier.prototype.arrive = function () {
  if (current?.kind === 'train') perhapsFail('barrier');
  return arrive.call(this);
};

export default function faultyPerform(task: Task): unknown {
  current = task;
  try {
    if (task.kind === 'train') {
      step = task.fromStep;
      new Heartbeat(task.setup.memory, task.setup.layout.workers[task.worker].heartbeat).beat(step, 1);
      perhapsFail('start');
    }
    const result = perform(task);
    // All that it was to write is there, and is written again.
    if (task.kind === 'look') perhapsFail('look');
    return result;
  } catch (error) {
    if (error === NEVER) return new Promise(() => {});
    throw error;
  } finally {
    current = undefined;
  }
}

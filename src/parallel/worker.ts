/** What a worker thread does with a task. Knows nothing of how tasks reach it. */

import type { Engine } from '../engines/engine.js';
import { createEngine } from '../engines/index.js';
import { evaluatePieces } from './evaluate.js';
import { numericDerivatives } from './numeric.js';
import { Replica } from './replica.js';
import type { Setup, Task } from './setup.js';
import { Stepper } from './step.js';

/** A run's engine and buffers, kept from task to task: tasks of one run come one after another. */
let kept: { id: string; engine: Engine; replicas: Map<number, Replica> } | undefined;

function replicaOf(setup: Setup, worker: number): { engine: Engine; replica: Replica } {
  if (kept?.id !== setup.id) {
    const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
    kept = { id: setup.id, engine, replicas: new Map() };
  }
  // A run's tasks may reach a thread under another number than before, so buffers go by the number.
  let replica = kept.replicas.get(worker);
  if (replica === undefined) {
    replica = new Replica(kept.engine, setup, worker);
    kept.replicas.set(worker, replica);
  }
  return { engine: kept.engine, replica };
}

/** Carries out one task to its end. @throws Aborted when another worker failed */
export function perform(task: Task): void {
  const { setup, worker, threads } = task;
  const { engine, replica } = replicaOf(setup, worker);
  switch (task.kind) {
    case 'ready':
      new Stepper(engine, setup, replica, worker, threads).meet();
      return;
    case 'train':
      new Stepper(engine, setup, replica, worker, threads).train(task.fromStep, task.toStep);
      return;
    case 'evaluate':
      evaluatePieces(setup, replica, worker, task.rows);
      return;
    case 'gradients':
      new Stepper(engine, setup, replica, worker, threads).gradients();
      return;
    case 'numeric':
      numericDerivatives(setup, replica, worker, task.rows, task.parameters);
      return;
  }
}

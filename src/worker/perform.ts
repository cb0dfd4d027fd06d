/** What a worker thread does with a task. */

import type { Engine } from '../engines/engine.js';
import { createEngine } from '../engines/index.js';
import type { Setup, Task } from '../plan/task.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import { diagnose } from './diagnose.js';
import { evaluatePieces } from './evaluate.js';
import { EvaluationPass } from './evaluation-pass.js';
import { lookAtPieces } from './look.js';
import { numericDerivatives } from './numeric.js';
import { Pass } from './pass.js';
import { rankOutputs } from './rank.js';
import { Stepper } from './step.js';

/** What a worker makes of a run's memory. */
interface Bound {
  readonly engine: Engine;
  readonly training: Pass;
  readonly evaluation: EvaluationPass;
  /** By the number of threads that take part: a stretch of a new one's would be compiled anew. */
  readonly steppers: Map<number, Stepper>;
}

/** A run's engine and bindings, kept from task to task: tasks of one run come one after another. */
let kept: { id: string; engine: Engine; bound: Map<number, Bound> } | undefined;

function boundTo(setup: Setup, worker: number): Bound {
  if (kept?.id !== setup.id) {
    const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
    kept = { id: setup.id, engine, bound: new Map() };
  }
  // A run's tasks may reach a thread under another number than before, so bindings go by the number.
  let bound = kept.bound.get(worker);
  if (bound === undefined) {
    const { engine } = kept;
    const training = new Pass(engine, setup, worker);
    bound = { engine, training, evaluation: new EvaluationPass(engine, setup, worker), steppers: new Map() };
    kept.bound.set(worker, bound);
  }
  return bound;
}

function stepperOf({ engine, training, steppers }: Bound, { setup, worker, threads }: Task): Stepper {
  let stepper = steppers.get(threads);
  if (stepper === undefined) {
    stepper = new Stepper(engine, setup, training, worker, threads);
    steppers.set(threads, stepper);
  }
  return stepper;
}

/** What a host finds out for itself is about the whole minibatch, and nobody exchanges anything meanwhile. */
function withoutHosts(task: Task): Task {
  if (task.setup.exchange === undefined || (task.kind !== 'gradients' && task.kind !== 'diagnose'))
    return task;
  const { exchange: _, ...setup } = task.setup;
  return { ...task, setup: { ...setup, id: `${setup.id}, one host` } };
}

/** Carries out one task to its end. @returns what it found, if that was its purpose @throws Aborted when another worker failed */
export function perform(asked: Task): unknown {
  const task = withoutHosts(asked);
  const { setup, worker } = task;
  new Heartbeat(setup.memory, setup.layout.workers[worker].heartbeat).beat(
    task.kind === 'train' ? task.fromStep : 0,
    Phase.start,
  );
  const bound = boundTo(setup, worker);
  const { engine, training, evaluation } = bound;
  switch (task.kind) {
    case 'ready':
      stepperOf(bound, task).meet();
      return;
    case 'train':
      stepperOf(bound, task).train(task.fromStep, task.toStep, task.copyEvery);
      return;
    case 'evaluate':
      evaluatePieces(setup, evaluation, worker, task.rows);
      return;
    case 'rank':
      rankOutputs(setup, worker, task.rows);
      return;
    case 'look':
      lookAtPieces(setup, evaluation, worker, task.look);
      return;
    case 'gradients':
      stepperOf(bound, task).gradients();
      return;
    case 'diagnose':
      return diagnose(engine, setup, training, task.step);
    case 'numeric':
      numericDerivatives(setup, task.rows, task.parameters, task.wanted);
      return;
  }
}

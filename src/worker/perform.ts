/** What a worker thread does with a task. */

import type { Engine } from '../engines/engine.js';
import { createEngine } from '../engines/index.js';
import type { Setup, Task } from '../plan/task.js';
import { Heartbeat, Phase } from '../shared/heartbeat.js';
import { diagnose } from './diagnose.js';
import { evaluatePieces } from './evaluate.js';
import { numericDerivatives } from './numeric.js';
import { Pass } from './pass.js';
import { Stepper } from './step.js';

/** A run's engine and buffers, kept from task to task: tasks of one run come one after another. */
let kept: { id: string; engine: Engine; passes: Map<number, Pass> } | undefined;

function passOf(setup: Setup, worker: number): { engine: Engine; pass: Pass } {
  if (kept?.id !== setup.id) {
    const engine = createEngine(setup.engine, setup.precision, setup.memory, setup.kernels);
    kept = { id: setup.id, engine, passes: new Map() };
  }
  // A run's tasks may reach a thread under another number than before, so buffers go by the number.
  let pass = kept.passes.get(worker);
  if (pass === undefined) {
    pass = new Pass(kept.engine, setup, worker);
    kept.passes.set(worker, pass);
  }
  return { engine: kept.engine, pass };
}

/** Carries out one task to its end. @returns what it found, if that was its purpose @throws Aborted when another worker failed */
export function perform(task: Task): unknown {
  const { setup, worker, threads } = task;
  new Heartbeat(setup.memory, setup.layout, worker).beat(
    task.kind === 'train' ? task.fromStep : 0,
    Phase.start,
  );
  const { engine, pass } = passOf(setup, worker);
  switch (task.kind) {
    case 'ready':
      new Stepper(engine, setup, pass, worker, threads).meet();
      return;
    case 'train':
      new Stepper(engine, setup, pass, worker, threads).train(task.fromStep, task.toStep, task.copyEvery);
      return;
    case 'evaluate':
      evaluatePieces(setup, pass, worker, task.rows);
      return;
    case 'gradients':
      new Stepper(engine, setup, pass, worker, threads).gradients();
      return;
    case 'diagnose':
      return diagnose(engine, setup, pass, task.step);
    case 'numeric':
      numericDerivatives(setup, task.rows, task.parameters, task.wanted);
      return;
  }
}

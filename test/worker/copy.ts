/** Copies of a run's state that are made while it trains: when one is made, and that it is what a run ends with there. */
import '../helpers/bare.js';
import { join } from 'node:path';
import t from 'tap';
import { realDisk } from '../../src/machine/disk.js';
import type { Setup } from '../../src/plan/task.js';
import { readCheckpoint } from '../../src/runs/checkpoint.js';
import { checkpointPath, checkpointSteps } from '../../src/runs/checkpoints.js';
import { ArenaPlan, view } from '../../src/shared/arena.js';
import { CONTROL_WORDS, COUNTER_VALUES, Counter } from '../../src/shared/control.js';
import { Copies, Copying } from '../../src/worker/copy.js';
import { runSmall, STEPS_AN_EPOCH, smallConfig } from '../../torture/small.js';

/** Six parameters, of which worker 0 has the first four; the optimizer has one slot. */
function board() {
  const plan = new ArenaPlan();
  const layout = {
    control: plan.add('control', 'int32', CONTROL_WORDS),
    counters: plan.add('counters', 'float64', COUNTER_VALUES),
    parameters: plan.add('parameters', 'float32', 6),
    state: [plan.add('state', 'float32', 6)],
    buffers: plan.add('buffers', 'float32', 3),
    copy: {
      parameters: plan.add('copy', 'float32', 6),
      state: [plan.add('copied state', 'float32', 6)],
      buffers: plan.add('copied buffers', 'float32', 3),
      counters: plan.add('copied counters', 'float64', COUNTER_VALUES),
    },
  };
  const memory = plan.allocate();
  const setup = { memory, layout } as unknown as Setup;
  const copies = new Copies(setup);
  const workers = [new Copying(setup, 0, { from: 0, to: 4 }), new Copying(setup, 1, { from: 4, to: 6 })];
  const parameters = view(memory, { ...layout.parameters, type: 'float32' });
  const counters = view(memory, layout.counters);
  /** One step: its number is what it leaves everywhere. @returns whether the stretch is to end with it */
  const step = (k: number): boolean => {
    parameters.fill(k + 1);
    view(memory, { ...layout.state[0], type: 'float32' }).fill(-k - 1);
    counters[Counter.step] = k + 1;
    const ends = workers[0].decide(k);
    for (const worker of workers) worker.perform();
    return ends;
  };
  return { copies, workers, step };
}

t.test('one that is asked for', async (t) => {
  const { copies, workers, step } = board();
  workers[0].begin(0, Number.POSITIVE_INFINITY);
  t.notOk(step(0));
  t.notOk(copies.wholeAtRest, 'nobody asked');
  copies.ask();
  t.notOk(step(1));
  t.notOk(copies.whole, 'not before all have come to the next barrier');
  t.ok(copies.wholeAtRest);
  copies.ask();
  t.notOk(step(2));
  t.ok(copies.whole);
  t.notOk(step(3));
  t.strictSame([...copies.state.parameters], [2, 2, 2, 2, 2, 2], 'it stays as it is until it is fetched');
  t.strictSame([...copies.state.state[0]], [-2, -2, -2, -2, -2, -2]);
  t.equal(copies.state.counters[Counter.step], 2);
  copies.release();
  t.notOk(copies.wholeAtRest);
  t.notOk(step(4));
  t.equal(copies.state.counters[Counter.step], 2);
});

t.test('those that are due', async (t) => {
  const { copies, workers, step } = board();
  workers[0].begin(4, 5);
  t.notOk(step(4), 'behind step 5, the fifth, made');
  t.notOk(step(5));
  t.ok(copies.whole);
  t.equal(copies.state.counters[Counter.step], 5);
  copies.release();
  for (const k of [6, 7, 8]) t.notOk(step(k));
  t.notOk(copies.wholeAtRest);
  t.notOk(step(9));
  t.equal(copies.state.counters[Counter.step], 10);
  for (const k of [10, 11, 12, 13]) t.notOk(step(k));
  t.ok(step(14), 'the one before was not fetched');
  t.equal(copies.state.counters[Counter.step], 10);
});

for (const averaging of ['slices', 'shards'] as const) {
  t.test(`checkpoints of one stretch, ${averaging}`, async (t) => {
    const folder = t.testdir();
    const runDir = join(folder, 'run');
    const config = smallConfig({
      averaging,
      validate: { every: '11 epochs' },
      checkpoint: { every: '13 steps', keep: 100 },
    });
    const { steps } = await runSmall(config, { runDir });
    const written = (await checkpointSteps(realDisk, runDir)).sort((a, b) => a - b);
    t.equal(written.at(-1), steps);
    // The first always; where the disk is slower than they come, some behind it are left out.
    t.equal(written[0], 13);
    t.ok(written.every((step) => step % 13 === 0 || step === 11 * STEPS_AN_EPOCH));
    const copied: unknown[] = [];
    const ended: unknown[] = [];
    const stateAt = async (path: string, step: number) => {
      const { tensors, state } = await readCheckpoint(realDisk, checkpointPath(path, step));
      return { tensors, step: state.step, loss: state.epochLoss, examples: state.epochExamples };
    };
    for (const step of written) {
      const alone = join(folder, `${step}`);
      await runSmall(smallConfig({ averaging, validate: { every: '11 epochs' } }), {
        runDir: alone,
        untilStep: step,
      });
      copied.push(await stateAt(runDir, step));
      ended.push(await stateAt(alone, step));
    }
    t.strictSame(copied, ended, 'as of runs that end there');
  });
}

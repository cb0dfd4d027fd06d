/** Pulses, what is made of them, and failures that are counted. */
import '../helpers/bare.js';
import t from 'tap';
import { RunFailure, UserError } from '../../src/errors.js';
import { Failures, WorkerFailure } from '../../src/pool/failures.js';
import { watch } from '../../src/pool/watchdog.js';
import type { FaultEvent } from '../../src/protocol.js';
import { ArenaPlan } from '../../src/shared/arena.js';
import { Heartbeat, Phase } from '../../src/shared/heartbeat.js';

t.test('a heartbeat tells step and phase, beyond what its word can count too', async (t) => {
  const plan = new ArenaPlan();
  const word = plan.add('heartbeat', 'int32', 1);
  const heartbeat = new Heartbeat(plan.allocate(), word);
  for (const step of [0, 1, 1000, 2 ** 29 - 1, 2 ** 29, 2 ** 40 + 7]) {
    heartbeat.beat(step, Phase.average);
    t.equal(heartbeat.phase, 'averaging');
    for (const near of [step - 1000, step, step + 1000]) if (near >= 0) t.equal(heartbeat.step(near), step);
  }
  const seen = [Phase.evaluate, Phase.evaluate + 1].map((phase) => {
    heartbeat.beat(5, phase);
    return [heartbeat.value, heartbeat.phase];
  });
  t.not(seen[0][0], seen[1][0], 'an evaluation has a heartbeat');
  t.equal(seen[0][1], seen[1][1]);
});

t.test('a watch notices when nothing changes, not while something does', async (t) => {
  let beats = 0;
  const alive = setInterval(() => beats++, 20);
  const { stuck, stop } = watch(
    () => [7, beats],
    () => 200,
  );
  let noticed = false;
  stuck.then(() => {
    noticed = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.notOk(noticed);
  clearInterval(alive);
  const begun = performance.now();
  await stuck;
  t.ok(performance.now() - begun >= 150);
  stop();
});

t.test('three failures at one step are too many, and ten without progress', async (t) => {
  const events: FaultEvent[] = [];
  const failures = new Failures((event) => events.push(event));
  const fail = (step: number, from: number, cause?: Error) =>
    failures.note(new WorkerFailure(1, step, 'averaging', cause, 950), from);
  fail(10, 5);
  fail(10, 10);
  fail(9, 5);
  fail(11, 10, Object.assign(new Error('limit'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }));
  fail(11, 11);
  t.throws(() => fail(11, 11, new Error('worker exited with code: 3')), {
    name: 'RunFailure',
    message: /^3 failures at step 11, the last one: worker 1 died \(exit code 3\)/,
  });
  t.equal(failures.survived, 6);
  t.strictSame(
    events.map(({ attempt }) => attempt),
    [1, 2, 1, 1, 2, 3],
  );
  t.equal(events[0].message, 'worker 1 gave no sign of life for 0.9 s while averaging, step 10');
  t.match(events[3].message, 'worker 1 ran out of memory while averaging');
  const others = new Failures();
  const wander = (k: number) => others.note(new WorkerFailure(1, 20 + k, 'averaging', undefined, 950), 20);
  for (let k = 1; k < 10; k++) wander(k);
  t.throws(() => wander(10), { name: 'RunFailure', message: /^10 failures after step 20, the last one/ });
});

t.test('what the user can mend is not tried again', async (t) => {
  const failures = new Failures();
  const cause = new UserError('no addon here');
  t.throws(() => failures.note(new WorkerFailure(0, 0, 'starting', cause, 0), 0), {
    name: 'UserError',
    message: 'no addon here',
  });
  t.throws(() => {
    for (let k = 0; k < 3; k++) {
      failures.note(new WorkerFailure(undefined, 0, 'starting', new Error('x'), 0), 0);
    }
  }, RunFailure);
});

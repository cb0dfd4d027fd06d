/** Checkpoints that come faster than the disk: what is written, and in which order. */
import '../helpers/bare.js';
import t from 'tap';
import { Saver, type Unwritten } from '../../src/runs/saver.js';
import { madeUp } from '../../torture/checkpoints.js';

/** A disk that writes a checkpoint when it is told to. */
function slowDisk() {
  const written: number[] = [];
  let finish = () => {};
  const save = async ({ state }: Unwritten) => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    written.push(state.step);
  };
  return { written, save, finish: () => finish() };
}

t.test('the newest and the best are written, those in between are left out', async (t) => {
  const { written, save, finish } = slowDisk();
  const saver = new Saver(save);
  const released: number[] = [];
  for (const [step, best] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 4],
    [5, 4],
    [6, 4],
  ]) {
    saver.offer(madeUp(step, best, 1), () => released.push(step));
  }
  t.strictSame(released, [2, 3, 5], 'what is left out is given back at once');
  const drained = saver.drain();
  while (written.at(-1) !== 6) {
    finish();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await drained;
  t.strictSame(written, [1, 4, 6]);
  t.strictSame(released, [2, 3, 5, 1, 4, 6]);
});

t.test('what the disk refuses is told, and nothing more is written', async (t) => {
  let calls = 0;
  const saver = new Saver(async () => {
    calls++;
    throw new Error('full');
  });
  saver.check();
  saver.offer(madeUp(1, 1, 1));
  await t.rejects(saver.drain(), { message: 'full' });
  t.throws(() => saver.check(), { message: 'full' });
  saver.offer(madeUp(2, 1, 1));
  await t.rejects(saver.drain(), { message: 'full' });
  t.equal(calls, 1);
});

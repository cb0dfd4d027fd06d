/** The buffers of snapshots: used again once nobody needs them, and not before. */
import t from 'tap';
import { restore, SnapshotPool } from '../../src/coordinator/snapshots.js';
import { beginning } from '../../src/runs/state.js';

function shared() {
  return {
    parameters: Float32Array.of(1, 2),
    state: [Float32Array.of(3, 4)],
    buffers: Float32Array.of(8),
    counters: Float64Array.of(5, 6, 7),
  };
}

t.test('a snapshot holds what was there, with its step and the sums of its epoch', async (t) => {
  const pool = new SnapshotPool();
  const live = shared();
  const snapshot = pool.take(live, { ...beginning, seconds: 9 });
  live.parameters.fill(0);
  live.state[0].fill(0);
  live.buffers.fill(0);
  live.counters.fill(0);
  t.match(snapshot.state, { step: 5, epochLoss: 6, epochExamples: 7, seconds: 9 });
  restore(live, snapshot);
  t.strictSame(live, shared());
});

t.test('memory is used again when the last one who needed it has released it', async (t) => {
  const pool = new SnapshotPool();
  const first = pool.take(shared(), beginning);
  // With another state it is the same snapshot still.
  const held = { ...pool.hold(first), state: { ...first.state, seconds: 1 } };
  pool.release(first);
  const second = pool.take(shared(), beginning);
  t.not(second.parameters, first.parameters, 'somebody needs it');
  pool.release(held);
  const third = pool.take(shared(), beginning);
  t.equal(third.parameters, first.parameters);
  t.equal(third.slots[0], first.slots[0]);
  t.throws(() => pool.release({ ...second, parameters: new Float32Array(2) }), { message: /nobody needs/ });
});

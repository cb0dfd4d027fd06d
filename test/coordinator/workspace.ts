/** A workspace that cannot be opened: what is told of it, and what is left. */
import '../helpers/bare.js';
import t from 'tap';
import { Trainer } from '../../src/coordinator/trainer.js';
import { UserError } from '../../src/errors.js';
import type { TrainEvent } from '../../src/protocol.js';
import { smallConfig, smallSource } from '../helpers/small.js';

t.test('data that is refused: the true error alone, no worker is said to have failed', async (t) => {
  for (const ms of [0, 30, 300]) {
    const events: TrainEvent[] = [];
    const source = {
      ...smallSource(20, 5, 4),
      async read() {
        await new Promise((resolve) => setTimeout(resolve, ms));
        throw new UserError('labels: expected labels from 0 to 9, got 10');
      },
    };
    const options = { threads: 2, runDir: null, version: 'test' };
    await t.rejects(
      new Trainer().train(smallConfig(), options, (event) => events.push(event), { source }),
      { name: 'UserError', message: 'labels: expected labels from 0 to 9, got 10' },
    );
    t.same(events, [], `refused after ${ms} ms`);
  }
});

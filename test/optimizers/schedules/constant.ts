/** The constant rate. */
import t from 'tap';
import { checkSchedule, pinnedSchedule, rateOf } from '../../../src/optimizers/schedules/index.js';
import { scheduleOf } from '../../helpers/optimizers.js';

t.test('the same rate, whatever the step and the run', async (t) => {
  const schedule = scheduleOf('constant');
  checkSchedule(schedule, 1, 1);
  const rate = rateOf({ learningRate: 0.3, schedule }, 10, 20);
  t.same([rate(0), rate(19), rate(1000)], [0.3, 0.3, 0.3]);
  t.same(pinnedSchedule(schedule, 7), schedule, 'a longer run is no other');
});

import '../helpers/bare.js';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { atWork, workWatcher } from '../../src/machine/work.js';
import { Terminal } from '../../src/report/terminal.js';
import { showWork } from '../../src/report/work.js';
import { Screen } from '../helpers/screen.js';

const columns = 80;

t.test('what lasts longer than a second is shown, what is over sooner is not', async (t) => {
  const screen = new Screen(columns);
  let now = 0;
  const end = showWork(new Terminal(screen, new Screen(columns), { LANG: 'C.UTF-8' }), () => now);
  atWork({ what: 'reading a.csv', done: 1e6, total: 4e6, unit: 'bytes' });
  t.equal(screen.text, '');
  atWork(undefined);
  t.equal(screen.text, '');
  atWork({ what: 'reading b.csv', done: 1e6, total: 4e6, unit: 'bytes' });
  now = 1500;
  await sleep(120);
  atWork({ what: 'reading b.csv', done: 3e6, total: 4e6, unit: 'bytes' });
  t.same(screen.rows, ['reading b.csv ━━━━━━━━━━━━━━━─────  75 %  3 of 4 MB  1.50 s']);
  now = 2000;
  atWork({ what: 'evaluating', done: 1280, unit: 'rows' });
  t.same(screen.rows, ['evaluating  1,280 rows  2.00 s']);
  now = 3000;
  await sleep(300);
  t.same(screen.rows, ['evaluating  1,280 rows  3.00 s'], 'time goes on although nothing more is told');
  end();
  t.same(screen.rows, ['']);
  t.equal(workWatcher(), undefined);
});

t.test('nothing in a pipe, and then nobody watches', async (t) => {
  const pipe = new Screen();
  const end = showWork(new Terminal(pipe, new Screen(), {}));
  t.equal(workWatcher(), undefined);
  atWork({ what: 'reading' });
  end();
  t.equal(pipe.text, '');
});

import t from 'tap';
import { evaluateReport } from '../../src/report/evaluate.js';
import {
  bar,
  count,
  duration,
  fitting,
  loss,
  percent,
  plural,
  row,
  timeLeft,
  wrap,
} from '../../src/report/format.js';
import { Terminal } from '../../src/report/terminal.js';
import { Screen } from '../helpers/screen.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

t.test('numbers', async (t) => {
  t.same([0, 999, 1000, 89610, 1234567.8, nan].map(count), ['0', '999', '1,000', '89,610', '1,234,568', '-']);
  t.same([plural(1, 'shard'), plural(0, 'shard')], ['1 shard', '0 shards']);
  t.same([null, 0, 0.01834, 2.5, 1234.5, 0.0009, 123456, -3.25, nan, infinity].map(loss), [
    '-',
    '0',
    '0.0183',
    '2.5000',
    '1234.5000',
    '9.00e-4',
    '1.23e+5',
    '-3.2500',
    'NaN',
    'Infinity',
  ]);
  t.same([percent(0.97314), percent(1, 0), percent(null), percent(nan)], ['97.31 %', '100 %', '-', '-']);
});

t.test('times', async (t) => {
  t.same([0, 0.4249, 9.99, 9.996, 59.94, 59.96, 185, 3599.6, 7500, nan, infinity, -1].map(duration), [
    '0.00 s',
    '0.42 s',
    '9.99 s',
    '10.0 s',
    '59.9 s',
    '1 min 00 s',
    '3 min 05 s',
    '1 h 00 min',
    '2 h 05 min',
    '-',
    '-',
    '-',
  ]);
  t.same([0.2, 59.2, 61, infinity].map(timeLeft), ['1 s', '60 s', '1 min 01 s', '-']);
});

t.test('bar: always as long as asked for', async (t) => {
  for (const fraction of [0, 0.5, 0.999, 1, 1.5, -1, nan]) {
    const { filled, empty } = bar(fraction, 10);
    t.equal(filled.length + empty.length, 10);
    t.equal(empty.length === 0, fraction >= 1, `${fraction}`);
  }
});

t.test('what columns matter is told within the width, and how many figures are left out', async (t) => {
  const of = (metrics: Record<string, number>) => {
    const screen = new Screen(80);
    const importance = ['town', 'rooms'].map((column) => ({ column, loss: 0.5, metrics }));
    const said = { of: 'test', rows: 9, loss: 1, metrics: {}, reasons: {}, seconds: 1, scaledTarget: false };
    const event = { event: 'done', ...said, importance, classes: null, perClass: null };
    evaluateReport(new Terminal(screen, screen, { NO_COLOR: '1', LANG: 'C.UTF-8' }), false)(event as never);
    return screen.plain.trimEnd().split('\n');
  };
  const figures = { 'explained-variance': 1, mae: 2, mape: 3, 'median-absolute-error': 4, rmse: 5, r2: 6 };
  const lines = of(figures);
  t.ok(Math.max(...lines.map((line) => line.length)) <= 80);
  t.match(lines.slice(-2), [
    /^rooms +\+0\.5000 +\+1\.0000 +\+2\.0000 +\+300\.00 %$/,
    /^and 3 more figures, with --json$/,
  ]);
  t.match(of({ mae: 2 }).at(-1), /^rooms +\+0\.5000 +\+2\.0000$/);
});

t.test('tables and wrapping', async (t) => {
  const columns = [
    { head: 'a', width: 3 },
    { head: 'bb', width: 4 },
  ];
  t.equal(row(columns, ['1', '22']), '  1    22');
  t.equal(row(columns), '  a    bb');
  t.same(
    [9, 8, 1].map((width) => fitting(columns, width).length),
    [2, 1, 1],
  );
  t.same(wrap('aa bb cccccc d', 5), ['aa bb', 'cccccc', 'd']);
});

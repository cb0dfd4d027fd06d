import t from 'tap';
import type { LayerCheck } from '../../src/protocol.js';
import { showPlan, showProgress, showResult } from '../../src/report/gradcheck.js';
import { Terminal } from '../../src/report/terminal.js';
import { Screen } from '../helpers/screen.js';

const layer: LayerCheck = {
  verdict: 'right',
  because: null,
  numericError: 1e-9,
  name: 'layer1',
  parameters: 78_500,
  checked: 78_500,
  kinks: 0,
  numericVsBackprop: 7.04e-9,
  singleVsThreaded: 0,
};
const good = { pass: true, layers: [layer], seconds: 42.04 };
const bad = {
  pass: false,
  layers: [
    layer,
    { ...layer, name: 'layer2', checked: 100, numericVsBackprop: Number.NaN },
    { ...layer, name: 'layer3', singleVsThreaded: 1e-17 },
  ],
  seconds: 1,
};

const shown = (width: number | undefined, result: typeof good, quiet = false) => {
  const screen = new Screen(width);
  showResult(new Terminal(screen, screen, { NO_COLOR: '1' }), result, 2, quiet);
  return screen;
};

t.test('passed', async (t) => {
  t.same(shown(80, good).rows, [
    ' layer  parameters  numeric vs backprop  1 vs 2 threads',
    'layer1      78,500               7.0e-9               0  ok',
    '',
    'every layer is right (42.0 s)',
    '',
  ]);
  t.same(shown(undefined, good, true).rows, ['every layer is right (42.0 s)', '']);
});

t.test('failed: which layers, and what to make of it', async (t) => {
  const { rows } = shown(80, bad);
  t.ok(
    rows.includes('layer1      78,500               7.0e-9               0      ok') === false,
    'wider column',
  );
  t.match(rows[1], /^layer1 +78,500 +7.0e-9 +0 +ok$/);
  t.match(rows[2], /^layer2 +100 of 78,500 +NaN +0 +FAILED$/);
  t.match(rows[3], /^layer3 +78,500 +7.0e-9 +1.0e-17 +FAILED$/);
  t.equal(rows[5], 'layer2, layer3 FAILED (1.00 s)');
  t.match(rows.join(' '), /backpropagation and the loss disagree.* a bug of gradpool/);
  t.same(shown(80, bad, true).rows, ['layer2, layer3 FAILED (1.00 s)', '']);
});

t.test('nothing is wider than the terminal', async (t) => {
  for (const width of [40, 80, 200]) {
    const screen = new Screen(width);
    const terminal = new Terminal(screen, screen, {});
    showPlan(terminal, 'config/mnist-online.yaml', 32, 2);
    const lines = screen.rows.length;
    for (const done of [0, 1, 89_610]) {
      showProgress(terminal, { event: 'progress', done, total: 89_610, secondsLeft: 1e5 / (done + 1) });
      t.match(screen.rows.at(-1), /^checking/);
    }
    t.equal(screen.rows.length, lines, 'redrawn in place');
    for (const line of [...screen.lines, ...shown(width, bad).lines]) t.ok(line.length <= width, line);
  }
});

import t from 'tap';
import { showPlan, showProgress, showResult } from '../../src/report/gradcheck.js';
import { Terminal } from '../../src/report/terminal.js';
import type { LayerCheck } from '../../src/results.js';
import { Screen } from '../helpers/screen.js';

const layer: LayerCheck = {
  name: 'layer1',
  verdict: 'right',
  because: null,
  parameters: 78_500,
  checked: 78_500,
  kinks: 0,
  numericVsBackprop: 7.04e-9,
  numericError: 1e-9,
  singleVsThreaded: 0,
};
const good = { pass: true, layers: [layer], seconds: 42.04 };
const bad: typeof good = {
  pass: false,
  layers: [
    layer,
    { ...layer, name: 'layer2', verdict: 'wrong', checked: 100, numericVsBackprop: Number.NaN },
    { ...layer, name: 'layer3', verdict: 'wrong', singleVsThreaded: 1e-17 },
  ],
  seconds: 1,
};
const tiny: LayerCheck = {
  ...layer,
  verdict: 'too small',
  because: "the loss's rounding gives numeric gradients an error up to 2e-4 of their size",
  numericVsBackprop: 3e-5,
};
const bent: LayerCheck = {
  ...layer,
  name: 'layer2',
  verdict: 'not checked',
  because: 'all 24 parameters lie at a kink of the activations',
  checked: 0,
  kinks: 24,
  numericVsBackprop: null,
  numericError: null,
};
const unsure: typeof good = { pass: true, layers: [tiny, bent, { ...layer, name: 'layer3' }], seconds: 1 };

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

t.test('too small to compare, and not checked: told, and no failure', async (t) => {
  const { rows } = shown(80, unsure);
  t.same(rows.slice(0, 4), [
    ' layer   parameters  numeric vs backprop  1 vs 2 threads',
    'layer1       78,500               3.0e-5               0    too small',
    'layer2  0 of 78,500                    -               0  not checked',
    'layer3       78,500               7.0e-9               0           ok',
  ]);
  const text = rows.slice(5).join(' ');
  t.match(text, /^layer1 is too small to compare; layer2 was not checked; layer3 is right \(1\.00 s\) /);
  t.match(
    text,
    /layer1 too small: the loss's rounding gives numeric gradients an error up to 2e-4 of their size\./,
  );
  t.match(text, / That is no accusation.* below 1e-7\..* 24 parameters left out: the step h = 1e-5/);
  t.match(text, /layer2 not checked: all 24 parameters lie at a kink of the activations\./);
  t.notMatch(text, /FAILED|NaN|disagree/);
  t.same(shown(200, unsure, true).rows, [
    'layer1 is too small to compare; layer2 was not checked; layer3 is right (1.00 s)',
    '',
  ]);
  const both = { ...unsure, layers: [tiny, { ...tiny, name: 'layer2' }] };
  t.same(shown(80, both, true).rows, ['layer1, layer2 are too small to compare (1.00 s)', '']);
});

t.test('standard input by its name', async (t) => {
  const screen = new Screen(80);
  showPlan(new Terminal(screen, screen, {}), '-', 32, 2);
  t.equal(screen.rows[0], 'gradient check of standard input: at most 32 rows, float64, 2 threads');
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
    for (const line of [...screen.lines, ...shown(width, bad).lines, ...shown(width, unsure).lines])
      t.ok(line.length <= width, line);
  }
});

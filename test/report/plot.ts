import '../helpers/bare.js';
import t from 'tap';
import { LossPlot } from '../../src/report/loss-plot.js';
import { type Curve, type PlotOptions, plotted } from '../../src/report/plot.js';
import { Terminal } from '../../src/report/terminal.js';
import { Screen } from '../helpers/screen.js';

const plain: PlotOptions = {
  width: 60,
  height: 14,
  unicode: true,
  colours: false,
  x: 'epoch',
  y: 'loss',
  paint: (_, text) => text,
};
const curve = (points: Curve['points'], name = 'train'): Curve => ({ name, style: 'cyan', points });
const line = (from: number, to: number, n: number, of: (x: number) => number | null): Curve['points'] =>
  Array.from({ length: n }, (_, k) => {
    const x = from + ((to - from) * k) / (n - 1);
    return [x, of(x)];
  });
/** The part of a line that is right of the axis. */
const inside = (text: string) => text.replace(/^[^│┤|]*[│┤|]/, '');
/** Per column of characters the rows in which something is drawn, from the top. */
function drawn(lines: readonly string[]): number[][] {
  const body = lines.slice(1, -2).map(inside);
  const width = Math.max(...body.map((text) => text.length));
  return Array.from({ length: width }, (_, column) =>
    body.flatMap((text, row) => ((text[column] ?? ' ') === ' ' ? [] : [row])),
  );
}

t.test('a straight line falls from the upper left to the lower right', async (t) => {
  const lines = plotted([curve(line(1, 11, 11, (x) => 12 - x))], plain);
  t.equal(lines.length, plain.height);
  t.match(lines[0], /^loss {3}━ train$/);
  t.match(lines.at(-1), /^ +1 +epoch +11$/);
  const rows = drawn(lines).map((each) => each[0]);
  t.equal(rows[0], 0);
  t.equal(rows.at(-1), plain.height - 4);
  for (let k = 1; k < rows.length; k++) t.ok(rows[k] >= rows[k - 1], `column ${k}`);
  const labels = lines.slice(1, -2).flatMap((text, row) => {
    const found = /^ *([\d.]+) ┤/.exec(text);
    return found ? [[row, Number(found[1])]] : [];
  });
  t.ok(labels.length >= 3);
  // 11 rows from 11 to 1: a number stands where its value is.
  for (const [row, value] of labels) t.equal(value, 11 - row);
});

t.test(
  'losses over several powers of ten get a logarithmic scale: an exponential is a straight line',
  async (t) => {
    const lines = plotted([curve(line(0, 10, 41, (x) => 10 ** (-x / 2)))], plain);
    t.match(lines[0], /^loss, log scale/);
    const rows = drawn(lines).map((each) => each[0]);
    const middle = rows[Math.floor(rows.length / 2)];
    t.ok(Math.abs(middle - (plain.height - 4) / 2) <= 1, `${middle}`);
    t.ok(lines.some((text) => /^ *0\.01 ┤/.test(text)));
    t.notMatch(
      plotted(
        [
          curve([
            [0, 0],
            [1, 5000],
          ]),
        ],
        plain,
      )[0],
      /log/,
      'none with a 0',
    );
  },
);

t.test('any width and height: no line is longer, none where there is no room', async (t) => {
  const curves = [
    curve(line(1, 1000, 1000, (x) => Math.sin(x / 50) - 1e-7)),
    curve(
      line(1, 1000, 10, (x) => 1 / x),
      'validation',
    ),
  ];
  for (const unicode of [false, true]) {
    for (const colours of [false, true]) {
      for (let width = 1; width < 130; width += width < 40 ? 1 : 13) {
        for (const height of [0, 3, 6, 7, 14]) {
          const lines = plotted(curves, { ...plain, width, height, unicode, colours });
          if (width < 24 || height < 6) t.equal(lines.length, 0);
          else t.ok(lines.length === 0 || lines.length === height);
          const longest = Math.max(0, ...lines.map((text) => text.length));
          if (longest > width) t.fail(`${longest} characters in ${width}`);
          if (!unicode) t.ok(lines.every((text) => /^[\x20-\x7e]*$/.test(text)));
        }
      }
    }
  }
});

t.test('what is not finite is a gap; nothing, and one point, and equal ones', async (t) => {
  const lines = plotted(
    [
      curve([
        [0, 1],
        [1, 1],
        [2, Number.NaN],
        [3, null],
        [9, 1],
        [10, 1],
      ]),
    ],
    plain,
  );
  const empty = drawn(lines).filter((each) => each.length === 0).length;
  t.ok(empty > 30, `${empty} empty columns`);
  t.same(plotted([], plain), []);
  t.same(plotted([curve([[1, Number.NaN]])], plain), []);
  const one = plotted([curve([[3, 0.5]])], plain);
  t.equal(drawn(one).flat().length, 1);
  t.match(one.at(-1), /epoch 3/);
  t.match(
    plotted(
      [
        curve([
          [1, -2],
          [2, -2],
        ]),
      ],
      plain,
    ).join('\n'),
    /-2 ┤/,
  );
});

t.test('two curves: letters without colours, which take turns where they lie on each other', async (t) => {
  const same = line(1, 10, 10, (x) => x);
  const [legend, ...rows] = plotted([curve(same), curve(same, 'validation')], plain);
  t.match(legend, /\* train {3}o validation/);
  const body = rows.slice(0, -2).map(inside).join('');
  t.match(body, /\*/);
  t.match(body, /o/);
  t.notMatch(body, /[\u2800-\u28ff]/);
  const painted = plotted([curve(same), curve(same, 'validation')], {
    ...plain,
    colours: true,
    paint: (style, text) => (style === undefined ? text : `<${style}>${text}</>`),
  });
  t.match(painted.join(''), /<cyan>[\u2801-\u28ff]+<\/>/);
});

t.test('a legend that a line has no room for stands on several', async (t) => {
  const curves = ['train', 'validation', 'another'].map((name, k) =>
    curve(
      line(1, 9, 9, (x) => x + k),
      name,
    ),
  );
  const lines = plotted(curves, { ...plain, width: 30 });
  t.equal(lines.length, plain.height);
  t.same(lines.slice(0, 2), ['loss   * train   o validation', '+ another']);
  t.match(plotted(curves, { ...plain, width: 30, height: 7 })[1], /another/);
  t.match(plotted(curves, { ...plain, width: 30, height: 6 })[0].length <= 30, true);
});

const start = { event: 'start', stepsPerEpoch: 10 } as never;
const epoch = (k: number) =>
  ({ event: 'epoch', epoch: k, step: 10 * k, trainLoss: 1 / k, validLoss: 2 / k }) as never;

const peak = (k: number) => ({ ...(epoch(k) as object), trainLoss: 1e6 }) as never;

t.test('at a terminal it is redrawn above the live line, below the lines that stay', async (t) => {
  const screen = new Screen(60);
  const terminal = new Terminal(screen, new Screen(60), { LANG: 'C.UTF-8' });
  const plot = new LossPlot(terminal);
  const pieces = [{ text: 'live', weight: 1 }];
  plot.take(start);
  for (let k = 1; k < 6; k++) {
    terminal.line(`row ${k}`);
    plot.take(epoch(k));
    terminal.live(pieces, () => '');
  }
  const { rows } = screen;
  t.same(rows.slice(0, 5), ['row 1', 'row 2', 'row 3', 'row 4', 'row 5']);
  t.match(rows[5], /^loss/);
  t.equal(rows.length, 5 + 14 + 1);
  t.equal(rows.at(-1), 'live');
  t.match(screen.text, /\r$/, 'the cursor rests in the first column');
  terminal.clear();
  terminal.line('last');
  t.same(screen.rows.slice(5), ['last', '']);
});

t.test('a hundred thousand epochs are drawn as quickly as few, peaks among them', async (t) => {
  const pipe = new Screen();
  const plot = new LossPlot(new Terminal(pipe, new Screen(), {}));
  plot.take(start);
  const from = performance.now();
  for (let k = 1; k <= 100_000; k++) plot.take(k === 54_321 ? peak(k) : epoch(k));
  plot.print();
  const ms = performance.now() - from;
  t.ok(ms < 5000, `${Math.round(ms)} ms`);
  t.match(pipe.text, /1e\+5|100000/);
  t.match(pipe.text, / 1e\+6 \||1000000 \|/, 'the axis goes up to the peak');
});

t.test('a run that goes on is drawn from its beginning, without what is done again', async (t) => {
  const pipe = new Screen();
  const before = [start, epoch(1), epoch(2), peak(3), peak(4)];
  const asked: string[] = [];
  const plot = new LossPlot(new Terminal(pipe, new Screen(), { COLUMNS: '50' }), (runDir) => {
    asked.push(runDir);
    return before;
  });
  plot.take({ ...(start as object), runDir: 'runs/a' } as never);
  plot.take({ event: 'resume', step: 20 } as never);
  plot.take(epoch(3));
  plot.take(epoch(4));
  plot.print();
  t.same(asked, ['runs/a']);
  t.match(pipe.text, /\n +1 +epoch +4\n$/);
  t.notMatch(pipe.text, /1e\+6|1000000/, 'epochs that are done again count as they are now');
  const widths = pipe.text.split('\n').map((text) => text.length);
  t.equal(Math.max(...widths), 49, 'as wide as COLUMNS says');
});

t.test('a terminal without room for it has the live line alone; a pipe has it once', async (t) => {
  const low = Object.assign(new Screen(60), { text: '' });
  Object.defineProperty(low, 'rows', { value: 8 });
  const terminal = new Terminal(low, new Screen(60), {});
  const plot = new LossPlot(terminal);
  plot.take(start);
  plot.take(epoch(1));
  terminal.live([{ text: 'live', weight: 1 }], () => '');
  t.equal(low.text, '\r\x1b[Klive\r');
  const pipe = new Screen();
  const plotOfPipe = new LossPlot(new Terminal(pipe, new Screen(), {}));
  plotOfPipe.take(start);
  for (let k = 1; k < 6; k++) plotOfPipe.take(epoch(k));
  t.equal(pipe.text, '');
  plotOfPipe.print();
  t.equal(pipe.text.match(/loss/g)?.length, 1);
  t.notMatch(pipe.text.replaceAll('\n', ''), /\p{Cc}/u);
});

import t from 'tap';
import { runsReport } from '../../src/report/runs.js';
import { type Piece, Terminal } from '../../src/report/terminal.js';
import { Screen } from '../helpers/screen.js';

const plain = () => 'plain';
const pieces = (text: string): Piece[] => [
  { text, weight: 9 },
  { text: ' middle', weight: 1 },
  { text: ' least', weight: 0, style: 'cyan' },
];

t.test('a terminal: the live line is redrawn below the lines that stay', async (t) => {
  const screen = new Screen(80);
  const terminal = new Terminal(screen, new Screen(80), {});
  terminal.live(pieces('one'), plain);
  t.same(screen.rows, ['one middle least']);
  terminal.line('first');
  t.same(screen.rows, ['first', 'one middle least']);
  terminal.live(pieces('two'), plain);
  t.same(screen.rows, ['first', 'two middle least']);
  terminal.line('second');
  terminal.clear();
  terminal.line('third');
  t.same(screen.rows, ['first', 'second', 'third', '']);
});

t.test('the cursor rests in the first column, and an unchanged line is not sent again', async (t) => {
  const screen = new Screen(80);
  const terminal = new Terminal(screen, new Screen(80), {});
  terminal.live(pieces('one'), plain);
  t.match(screen.text, /\r$/);
  const sent = screen.text;
  terminal.live(pieces('one'), plain);
  t.equal(screen.text, sent);
});

t.test('the live line leaves out what does not fit, at any width', async (t) => {
  for (let columns = 1; columns <= 40; columns++) {
    const screen = new Screen(columns);
    new Terminal(screen, screen, {}).live(pieces('epoch'), plain);
    t.equal(screen.rows.length, 1, `${columns} columns`);
    t.equal(screen.rows[0].includes('middle'), columns > 12);
    t.equal(screen.rows[0].includes('least'), columns > 18);
    t.ok(screen.rows[0].startsWith('epoch'.slice(0, columns - 1)));
  }
});

t.test('no terminal: plain lines of progress, one in ten seconds', async (t) => {
  const out = new Screen();
  const err = new Screen();
  let now = 0;
  const terminal = new Terminal(out, err, {}, () => now);
  for (; now < 25; now++) terminal.live(pieces('x'), () => `at ${now} s`);
  terminal.note('remark');
  terminal.clear();
  t.equal(out.text, 'at 10 s\nat 20 s\n');
  t.equal(err.text, '');
});

t.test('standard output to a file: the live line goes to the terminal behind standard error', async (t) => {
  const out = new Screen();
  const err = new Screen(80);
  const terminal = new Terminal(out, err, {});
  terminal.live(pieces('x'), plain);
  terminal.line(terminal.paint('red', 'kept'));
  t.equal(out.text, 'kept\n');
  t.same(err.rows, ['x middle least']);
  terminal.note('remark');
  t.same(err.rows, ['remark', '']);
});

t.test('colours: NO_COLOR, FORCE_COLOR, TERM', async (t) => {
  const red = (screen: Screen, env: NodeJS.ProcessEnv) =>
    new Terminal(screen, new Screen(), env).paint('red', 'x') !== 'x';
  const tty = new Screen(80);
  const pipe = new Screen();
  t.equal(red(tty, {}), true);
  t.equal(red(pipe, {}), false);
  t.equal(red(tty, { NO_COLOR: '1' }), false);
  t.equal(red(tty, { NO_COLOR: '' }), true);
  t.equal(red(pipe, { FORCE_COLOR: '1' }), true);
  t.equal(red(pipe, { FORCE_COLOR: '' }), true);
  t.equal(red(tty, { FORCE_COLOR: '0' }), false);
  t.equal(red(tty, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
  t.equal(red(tty, { TERM: 'dumb' }), false);
});

t.test('a dumb terminal is written to as a file is; NO_COLOR still redraws', async (t) => {
  const dumb = new Screen(80);
  new Terminal(dumb, dumb, { TERM: 'dumb' }).live(pieces('x'), plain);
  t.equal(dumb.text, '');
  const grey = new Screen(80);
  new Terminal(grey, grey, { NO_COLOR: '1' }).live(pieces('x'), plain);
  t.equal(grey.text, '\r\x1b[Kx middle least\r');
});

t.test('COLUMNS counts where lines go elsewhere; runs are cut at a terminal alone', async (t) => {
  const widthOf = (out: Screen, err: Screen, COLUMNS?: string) => new Terminal(out, err, { COLUMNS }).width;
  t.equal(widthOf(new Screen(), new Screen()), 80);
  t.equal(widthOf(new Screen(), new Screen(), '132'), 132);
  t.equal(widthOf(new Screen(), new Screen(60), '132'), 132);
  t.equal(widthOf(new Screen(60), new Screen(), '132'), 60);
  for (const odd of ['0', '-4', 'wide', '', '1e3'])
    t.equal(widthOf(new Screen(), new Screen(), odd), 80, odd);
  const name = `sweep/${'long-'.repeat(30)}name`;
  const best = { figure: 'accuracy', value: 0.5, split: 'validation' } as const;
  const run = {
    name,
    state: 'done',
    at: '2026-01-01T00:00:00.000Z',
    epochs: 7,
    of: 9,
    best,
    hash: 'sha256:0123456789',
  } as const;
  const shown = (screen: Screen) => {
    runsReport(new Terminal(screen, new Screen(), { LANG: 'C.UTF-8' }))({
      event: 'done',
      folder: 'runs',
      runs: [run],
    });
    return screen.plain;
  };
  const piped = shown(new Screen());
  t.match(piped, name);
  for (const each of ['begun', 'epochs', '7/9', 'weights', '01234567', '2026-01-01']) t.match(piped, each);
  const narrow = shown(new Screen(60));
  t.notMatch(narrow, name);
  t.ok(narrow.split('\n').every((line) => line.length <= 60));
});

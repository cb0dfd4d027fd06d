/**
 * Takes a picture of a terminal: runs a command in a pseudo-terminal of 80 columns and draws the screen that it
 * leaves as an SVG, for light and dark pages alike.
 *
 *   npm run build && node docs/picture.mjs                         docs/train.svg, of config/mnist.yaml
 *   node docs/picture.mjs --out xor.svg -- gradpool train config/xor.yaml
 *
 * `gradpool` stands for the one in dist/. Needs `script` of util-linux (Linux).
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const COLUMNS = 80;
const root = join(import.meta.dirname, '..');

/** A character of the screen and how it looks: class names of the picture's style sheet. */
/** @typedef {{ character: string, look: string }} Cell */

const colours = { 30: 'black', 31: 'red', 32: 'green', 33: 'yellow', 34: 'blue', 35: 'magenta', 36: 'cyan' };

/** Turns the numbers of a "select graphic rendition" code into the look that they leave. */
function restyle(look, numbers) {
  const next = new Set(look.split(' ').filter(Boolean));
  const without = (...names) => {
    for (const name of names) next.delete(name);
  };
  for (const number of numbers) {
    if (number === 0) next.clear();
    else if (number === 1) next.add('bold');
    else if (number === 2) next.add('dim');
    else if (number === 22) without('bold', 'dim');
    else if (number === 39 || colours[number]) {
      without(...Object.values(colours));
      if (colours[number]) next.add(colours[number]);
    } else throw new Error(`picture: no drawing for the terminal code ESC[${number}m`);
  }
  return [...next].sort().join(' ');
}

/**
 * The screen that `output` leaves: text, carriage return, line feed, erase in line, colours and the cursor's
 * visibility, which is all that gradpool writes. Anything else is an error rather than a wrong picture.
 * @returns {Cell[][]} rows of cells
 */
function screen(output) {
  /** @type {Cell[][]} */
  const rows = [[]];
  let look = '';
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are made of them
  for (const [token, csi, kind] of output.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|./gsu)) {
    const row = rows[rows.length - 1];
    const numbers = (csi || '0').replace('?', '').split(';').map(Number);
    if (kind === 'm') look = restyle(look, numbers);
    else if (kind === 'K' && numbers[0] === 0) row.length = Math.min(row.length, column);
    else if (kind === 'K' && numbers[0] === 2) row.length = 0;
    else if ((kind === 'h' || kind === 'l') && csi === '?25') continue;
    else if (token === '\r') column = 0;
    else if (token === '\n') rows.push([]);
    else if (kind || token < ' ') throw new Error(`picture: no drawing for ${JSON.stringify(token)}`);
    else {
      const onto = column < COLUMNS ? row : [];
      if (onto !== row) {
        rows.push(onto);
        column = 0;
      }
      while (onto.length < column) onto.push({ character: ' ', look: '' });
      onto[column++] = { character: token, look };
    }
  }
  while (rows.length > 0 && rows[rows.length - 1].length === 0) rows.pop();
  return rows;
}

/** Neighbours of one look as pieces of text; spaces between words stay, those at the ends are dropped. */
function pieces(row) {
  const found = [];
  for (const [column, { character, look }] of row.entries()) {
    const last = found[found.length - 1];
    if (last?.look === look) last.text += character;
    else found.push({ look, column, text: character });
  }
  return found
    .map((piece) => ({
      ...piece,
      column: piece.column + piece.text.length - piece.text.trimStart().length,
      text: piece.text.trim(),
    }))
    .filter((piece) => piece.text !== '');
}

const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function svg(rows, title) {
  const cell = { width: 8.4, height: 19 };
  const margin = 18;
  const top = 36;
  const width = Math.round(COLUMNS * cell.width + 2 * margin);
  const height = top + rows.length * cell.height + margin;
  const text = rows.flatMap((row, r) =>
    pieces(row).map((piece) => {
      const at = `x="${(margin + piece.column * cell.width).toFixed(1)}" y="${top + (r + 0.75) * cell.height}"`;
      // The width is given, so that columns stay straight in whatever font there is.
      const fit = `textLength="${([...piece.text].length * cell.width).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
      return `  <text ${at} ${fit}${piece.look ? ` class="${piece.look}"` : ''}>${escapeXml(piece.text)}</text>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xml:space="preserve" role="img" aria-label="${escapeXml(title)}">
  <style>
    svg { --ground: #ffffff; --frame: #d0d7de; --ink: #1f2328; --dim: #636c76; --red: #cf222e; --green: #116329; --yellow: #7d4e00; --blue: #0550ae; --magenta: #8250df; --cyan: #1b7c83; }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #161b22; --frame: #3d444d; --ink: #e6edf3; --dim: #9198a1; --red: #ff7b72; --green: #56d364; --yellow: #e3b341; --blue: #79c0ff; --magenta: #d2a8ff; --cyan: #56d4dd; }
    }
    text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--ink); white-space: pre; }
    .dim { fill: var(--dim); } .bold { font-weight: 700; }
    .red { fill: var(--red); } .green { fill: var(--green); } .yellow { fill: var(--yellow); }
    .blue { fill: var(--blue); } .magenta { fill: var(--magenta); } .cyan { fill: var(--cyan); }
    .window { fill: var(--ground); stroke: var(--frame); } .button { fill: var(--frame); }
  </style>
  <rect class="window" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${[0, 1, 2].map((i) => `  <circle class="button" cx="${margin + 4 + i * 18}" cy="18" r="5"/>`).join('\n')}
${text.join('\n')}
</svg>
`;
}

/** What a command writes to a terminal of `COLUMNS` columns. */
function outputOf(words) {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const { NO_COLOR, FORCE_COLOR, ...env } = process.env;
  const child = spawnSync('script', ['-qec', `stty cols ${COLUMNS} rows 50; ${quoted}`, '/dev/null'], {
    cwd: root,
    env: { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (child.error) throw child.error;
  if (child.status !== 0)
    throw new Error(`picture: ${words.join(' ')} ended with ${child.status}:\n${child.stdout}`);
  return child.stdout;
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'docs', 'train.svg') } },
  allowPositionals: true,
});
const words = positionals.length > 0 ? positionals : ['gradpool', 'train', 'config/mnist.yaml'];
const real = words[0] === 'gradpool' ? [process.execPath, 'dist/src/cli.js', ...words.slice(1)] : words;
const shown = `\x1b[2m$\x1b[22m ${words.join(' ')}\r\n\r\n`;
const rows = screen(shown + outputOf(real));
writeFileSync(values.out, svg(rows, `A terminal after ${words.join(' ')}`));
console.log(`${values.out}: ${rows.length} lines`);

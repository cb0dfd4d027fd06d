/** The curve of a search for a learning rate as a picture: one SVG without anything beside it. */
import { limitOf, type RateFinding } from '../rate-finding.js';
import { rateText } from './lr-find.js';

const WIDTH = 760;
const HEIGHT = 440;
const LEFT = 64;
const RIGHT = 20;
const TOP = 20;
const BOTTOM = 52;

/** Places in pixels, to a hundredth. */
const place = (value: number) => String(Math.round(value * 100) / 100);

export function rateSvg({ points, suggestion, tenthOfMinimum }: RateFinding): string {
  const rates = points.map(({ rate }) => Math.log10(rate));
  const [first, last] = [rates[0], rates[rates.length - 1]];
  const least = Math.min(...points.map(({ loss, smoothed }) => Math.min(loss, smoothed)));
  const limit = limitOf(least);
  const drawn = points.map(({ loss }) => Math.min(loss, limit));
  const most = Math.max(...drawn, ...points.map(({ smoothed }) => smoothed));
  const wide = last > first ? last - first : 1;
  const high = most > least ? most - least : 1;
  const x = (logarithm: number) => LEFT + ((logarithm - first) / wide) * (WIDTH - LEFT - RIGHT);
  const y = (loss: number) => HEIGHT - BOTTOM - ((loss - least) / high) * (HEIGHT - TOP - BOTTOM);
  const line = (x1: number, y1: number, x2: number, y2: number, more: string) =>
    `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" ${more}/>`;
  const words = (text: string, at: number, above: number, more = '') =>
    `<text x="${place(at)}" y="${place(above)}" ${more}>${text}</text>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<title>Loss of minibatches by their learning rate</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
  ];
  for (let decade = Math.ceil(first); decade <= last; decade++) {
    parts.push(line(x(decade), TOP, x(decade), HEIGHT - BOTTOM, 'stroke="#ddd"'));
    parts.push(words(`1e${decade}`, x(decade), HEIGHT - BOTTOM + 18, 'text-anchor="middle"'));
  }
  for (let k = 0; k <= 4; k++) {
    const loss = least + (k / 4) * high;
    parts.push(line(LEFT, y(loss), WIDTH - RIGHT, y(loss), 'stroke="#ddd"'));
    parts.push(words(Number(loss.toPrecision(3)).toString(), LEFT - 8, y(loss) + 4, 'text-anchor="end"'));
  }
  parts.push(words('learning rate', WIDTH / 2, HEIGHT - 12, 'text-anchor="middle"'));
  parts.push(words('loss', 8, TOP + 12));
  const dots = points.map((_, k) => `M${place(x(rates[k]))} ${place(y(drawn[k]))}h0`).join('');
  parts.push(`<path d="${dots}" stroke="#999" stroke-width="4" stroke-linecap="round" fill="none"/>`);
  const path = points.map(({ smoothed }, k) => `${place(x(rates[k]))},${place(y(smoothed))}`).join(' ');
  parts.push(`<polyline points="${path}" stroke="#0969da" stroke-width="2.5" fill="none"/>`);
  const marks = [
    [suggestion, 'steepest descent', '#1a7f37', 0],
    [tenthOfMinimum, 'a tenth of the rate at the minimum', '#9a6700', 16],
  ] as const;
  for (const [rate, what, colour, lower] of marks) {
    if (rate === null) continue;
    const at = x(Math.min(last, Math.max(first, Math.log10(rate))));
    const anchor = at > WIDTH / 2 ? 'end' : 'start';
    const beside = at + (at > WIDTH / 2 ? -6 : 6);
    parts.push(line(at, TOP, at, HEIGHT - BOTTOM, `stroke="${colour}" stroke-dasharray="5 4"`));
    const text = `${rateText(rate)}: ${what}`;
    parts.push(words(text, beside, HEIGHT - BOTTOM - 24 + lower, `fill="${colour}" text-anchor="${anchor}"`));
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

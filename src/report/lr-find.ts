/** What a person sees of a search for a learning rate: a live line, the curve, what is suggested and why. */
import type { FindRateProgress } from '../protocol.js';
import { type RateFinding, RISEN } from '../rate-finding.js';
import { bar, count, percent, wrap } from './format.js';
import { drawnIn } from './loss-plot.js';
import type { Terminal } from './terminal.js';

/** What is told of a search. */
export type RateEvent =
  | { event: 'start'; file: string; from: number; to: number; steps: number }
  | FindRateProgress
  | ({ event: 'done'; svg: string | null } & RateFinding);

const HEIGHT = 16;

/** A rate with the digits that matter. */
export const rateText = (rate: number): string => String(Number(rate.toPrecision(2)));

/** A function to hand the events to, in their order. With `quiet` it shows the suggestion alone. */
export function rateReport(terminal: Terminal, quiet: boolean): (event: RateEvent) => void {
  const say = (text: string) => {
    for (const line of wrap(text, terminal.width)) terminal.line(line);
  };
  return (event) => {
    if (event.event === 'done') {
      terminal.clear();
      if (quiet) say(event.suggestion === null ? 'none' : rateText(event.suggestion));
      else for (const text of found(event, terminal)) say(text);
    } else if (quiet) return;
    else if (event.event === 'start') {
      const name = event.file === '-' ? 'standard input' : event.file;
      const { from, to, steps } = event;
      say(`learning rates for ${name}: ${rateText(from)} to ${rateText(to)} in ${count(steps)} minibatches`);
      terminal.line();
    } else showProgress(terminal, event);
  };
}

function showProgress(terminal: Terminal, { done, total, rate }: FindRateProgress): void {
  const { filled, empty } = bar(done / total, 20);
  terminal.live(
    [
      { text: filled, weight: 0, style: 'cyan' },
      { text: empty, weight: 0, style: 'dim' },
      { text: ` ${percent(done / total, 0).padStart(5)}`, weight: 4 },
      { text: `  rate ${rateText(rate)}`, weight: 1 },
    ],
    () => `${done} of ${total} minibatches, rate ${rateText(rate)}`,
  );
}

/** The curve, then lines of any length. */
function found(finding: RateFinding & { svg: string | null }, terminal: Terminal): string[] {
  const { points, ended, suggestion, tenthOfMinimum, svg } = finding;
  const curve = points.map(({ rate, smoothed }) => [Math.log10(rate), smoothed] as const);
  const options = { height: HEIGHT, y: 'loss, smoothed', x: 'log10 of the rate' };
  const lines = drawnIn(terminal, [{ name: 'loss', style: 'cyan', points: curve }], options);
  for (const line of lines) terminal.line(line);
  terminal.line();
  const last = rateText(points[points.length - 1].rate);
  const why = {
    'all steps': `The loss was still below ${RISEN} times the best at the last rate, ${last}.`,
    'loss rose': `Ended at the rate ${last}, where the loss was ${RISEN} times the best.`,
    'not finite': `Ended at the rate ${last}, after which numbers were no longer finite.`,
  };
  if (suggestion === null || tenthOfMinimum === null) {
    return [
      why[ended],
      'No suggestion: the loss did not fall at any rate. Other rates, or more steps, may tell.',
    ];
  }
  return [
    why[ended],
    `Suggestion: --set optimizer.learningRate=${rateText(suggestion)}, where the smoothed loss falls fastest. ` +
      `(A tenth of the rate where it is least: ${rateText(tenthOfMinimum)}.)`,
    ...(svg === null ? [] : [`picture  ${svg}`]),
  ];
}

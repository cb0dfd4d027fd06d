/** `gradpool lr-find`: the search for a learning rate as someone at a terminal, or a script, sees it. */
import { given, UserError } from '../errors.js';
import { type RateEvent, rateReport } from '../report/lr-find.js';
import { command } from './command.js';
import { configOptions, last, type Option, runOptions, type Text, text, whole } from './options.js';

/** A number above 0. */
const positive = (describe: string): Option<number | undefined> => ({
  describe,
  read: (value, name) => {
    const digits = last(value as Text);
    if (digits === undefined) return undefined;
    const number = digits.trim() === '' ? Number.NaN : Number(digits);
    if (number > 0 && number <= 1e6) return number;
    throw new UserError(`--${name}: expected a number above 0, up to 1000000, got ${given(digits)}`);
  },
});

const options = {
  ...configOptions,
  from: positive('Learning rate of the first minibatch (default: 1e-7)'),
  to: positive('Learning rate of the last minibatch (default: 10)'),
  steps: whole('Minibatches (default: 100)', 10, 100_000),
  svg: text('File to draw the curve into, as SVG'),
  ...runOptions,
};

export const lrFind = command<typeof options, RateEvent>({
  name: 'lr-find',
  describe: 'Look for a learning rate',
  usage:
    'gradpool lr-find <config.yaml> [options]\n\n' +
    'Makes the first steps of a run with a rate that rises from minibatch to\n' +
    'minibatch, until the loss is four times the best, and suggests the rate\n' +
    'where the smoothed loss falls fastest. The schedule is left out; nothing of\n' +
    'what was learned is kept.',
  examples: ['gradpool lr-find config/mnist.yaml --svg rates.svg'],
  argument: {
    name: 'config.yaml',
    describe: 'Configuration file',
    missing: 'expected a configuration file, e.g. gradpool lr-find config/mnist.yaml',
  },
  options,
  report: rateReport,
  async run(file, values, { tell, signal }) {
    const { set, seed, engine, from = 1e-7, to = 10, steps = 100, svg, threads } = values;
    if (!(from < to)) throw new UserError(`--to: expected more than --from, ${from}, got ${to}`);
    const { findAnnounced } = await import('../api/lr-find.js');
    const overrides = { set, seed, engine };
    const settings = {
      from,
      to,
      steps,
      threads,
      overrides,
      cache: !values['no-cache'],
      onProgress: tell,
      signal,
    };
    const finding = await findAnnounced(file as string, settings, () =>
      tell({ event: 'start', file: file as string, from, to, steps }),
    );
    if (svg !== undefined) {
      const [{ writeText }, { rateSvg }] = await Promise.all([
        import('../api/writing.js'),
        import('../report/lr-svg.js'),
      ]);
      await writeText(svg, rateSvg(finding));
    }
    tell({ event: 'done', ...finding, svg: svg ?? null });
    return finding.suggestion === null ? 1 : 0;
  },
});

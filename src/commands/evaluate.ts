/** `gradpool evaluate`: the figures of a trained network. Evaluates nothing itself. */
import { type EvaluateEvent, evaluateReport } from '../report/evaluate.js';
import { command } from './command.js';
import { flag, runOptions, text, whole, word } from './options.js';

const options = {
  split: word("Part of the run's data: train, validation, test (default)", ['train', 'validation', 'test']),
  input: text("File with targets, in place of the run's data"),
  target: text('Where the input is an array: the one of its targets'),
  importance: whole('Shuffle each column so many times: which ones matter?', 1, 1000),
  'no-weight': flag("Count each row once, whatever the data's weights say"),
  ...runOptions,
};

export const evaluate = command<typeof options, EvaluateEvent>({
  name: 'evaluate',
  describe: 'Evaluate a trained network',
  usage:
    'gradpool evaluate <run> [options]\n\n' +
    "Computes the loss and every metric of the task: over the run's own test rows,\n" +
    'another part of its data, or another file: CSV, JSON Lines, Parquet, or arrays\n' +
    '(--input x.npy --target y.npy), or pictures in a folder for each class. Tables\n' +
    'with the names of classes; with --importance how much each column matters\n' +
    '(Breiman 2001).',
  examples: [
    'gradpool evaluate runs/latest',
    'gradpool evaluate runs/latest --input other.csv --importance 5',
  ],
  argument: {
    name: 'run',
    describe: "Folder of a run, or a file of a run's weights",
    missing: 'expected the folder of a run, e.g. gradpool evaluate runs/latest',
  },
  options,
  report: evaluateReport,
  async run(run, { split, 'no-weight': none, 'no-cache': noCache, ...values }, { tell, signal }) {
    const { input, target, importance, threads } = values;
    const { evaluate } = await import('../api/evaluate.js');
    const part = split as 'train' | 'validation' | 'test' | undefined;
    tell({
      event: 'done',
      ...(await evaluate(run as string, {
        split: part,
        input,
        target,
        importance,
        threads,
        weight: !none,
        cache: !noCache,
        signal,
      })),
    });
    return 0;
  },
});

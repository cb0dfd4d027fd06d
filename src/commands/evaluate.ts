/** `gradpool evaluate`: the figures of a trained network. Evaluates nothing itself. */
import { type EvaluateEvent, evaluateReport } from '../report/evaluate.js';
import { command } from './command.js';
import { runOptions, text, whole, word } from './options.js';

const options = {
  split: word("Part of the run's data: train, validation, test (default)", ['train', 'validation', 'test']),
  input: text("CSV file with targets, in place of the run's data"),
  importance: whole('Shuffle each column so many times: which ones matter?', 1, 1000),
  ...runOptions,
};

export const evaluate = command<typeof options, EvaluateEvent>({
  name: 'evaluate',
  describe: 'Evaluate a trained network',
  usage:
    'gradpool evaluate <run> [options]\n\n' +
    "Computes the loss and every metric of the task: over the run's own test rows,\n" +
    'another part of its data, or another file. Tables with the names of classes;\n' +
    'with --importance how much each column matters (Breiman 2001).',
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
  async run(run, { split, input, importance, threads }, { tell, signal }) {
    const { evaluate } = await import('../api/evaluate.js');
    const part = split as 'train' | 'validation' | 'test' | undefined;
    tell({
      event: 'done',
      ...(await evaluate(run as string, { split: part, input, importance, threads, signal })),
    });
    return 0;
  },
});

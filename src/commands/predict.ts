/** `gradpool predict`: a file of rows in, a file of predictions out. Predicts nothing itself. */
import { count, duration, plural } from '../report/format.js';
import { command } from './command.js';
import { flag, list, text, word } from './options.js';

const options = {
  input: text('CSV or JSON Lines, gzipped or not (default: -, standard input)'),
  output: text('File to write (default: -, standard output)'),
  keep: list('Columns of the input to copy in front, e.g. id,name'),
  'on-error': word('null: a row that the model cannot take is left empty', ['stop', 'null']),
  format: word('Of the output (default: by its name, else csv)', ['csv', 'jsonl']),
  quiet: flag('Say nothing of how it went'),
};

export const predict = command<typeof options, never>({
  name: 'predict',
  describe: 'Predict with a trained network',
  usage:
    'gradpool predict <run> [options]\n\n' +
    'Predicts each row of a file, in order: the label and the probability of each\n' +
    'class, or values in their own units. Columns are found by their names, in any\n' +
    'order; others are ignored, and the target need not be there. Any number of\n' +
    "rows goes through in bounded memory. <run> is a run's folder, runs/latest, or\n" +
    'its weights.safetensors, which is all that it needs.',
  examples: [
    'gradpool predict runs/latest --input new.csv --output out.csv',
    'gunzip -c big.csv.gz | gradpool predict runs/latest --keep id > out.csv',
  ],
  argument: {
    name: 'run',
    describe: "Folder of a run, or a file of a run's weights",
    missing: 'expected the folder of a run, e.g. gradpool predict runs/latest',
  },
  options,
  async run(run, { input, output, keep, 'on-error': onError, format, quiet }, { signal }) {
    const { predict } = await import('../api/predict.js');
    const { rows, failed, firstProblem, seconds } = await predict(run as string, {
      input,
      output,
      keep,
      onError: onError as 'stop' | 'null' | undefined,
      format: format as 'csv' | 'jsonl' | undefined,
      signal,
    });
    // Standard output may be the predictions'.
    const say = (line: string) => process.stderr.write(`${line}\n`);
    if (failed > 0) say(`${plural(failed, 'row')} left empty; the first: ${firstProblem}`);
    if (!quiet && output !== undefined && output !== '-') {
      say(`${plural(rows, 'row')} in ${duration(seconds)}, ${count(rows / seconds)} rows/s: ${output}`);
    }
    return 0;
  },
});

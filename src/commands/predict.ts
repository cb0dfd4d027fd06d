/** `gradpool predict`: a file of rows in, a file of predictions out. Predicts nothing itself. */
import type { PredictSettings } from '../api/predict.js';
import { count, duration, plural } from '../report/format.js';
import { command } from './command.js';
import { flag, list, text, threads, word } from './options.js';

const options = {
  input: text('File of rows, or a folder of images (default: -, standard input)'),
  'input-format': word('csv, jsonl, parquet, npy or images (default: by its name)', [
    'csv',
    'jsonl',
    'parquet',
    'npy',
    'images',
  ]),
  output: text('File to write (default: -, standard output)'),
  keep: list('Columns of the input to copy in front, e.g. id,name'),
  'on-error': word('null: a row that the model cannot take is left empty', ['stop', 'null']),
  format: word('Of the output: csv, jsonl or npy (default: by its name)', ['csv', 'jsonl', 'npy']),
  threads: {
    ...threads,
    describe: 'At most so many, or auto (default); started for many rows',
  },
  quiet: flag('Say nothing of how it went'),
};

export const predict = command<typeof options, never>({
  name: 'predict',
  describe: 'Predict with a trained network',
  usage:
    'gradpool predict <run> [options]\n\n' +
    'Predicts each row of a file, in order: the label and the probability of each\n' +
    "class, or values in their own units. Takes CSV, JSON Lines, Parquet, NumPy's\n" +
    'arrays (x.npy, d.npz#x) and images. Columns are found by their names, in any\n' +
    'order; others are ignored, and the target need not be there. Any number of\n' +
    "rows goes through in bounded memory. <run> is a run's folder, runs/latest, or\n" +
    'its weights.safetensors, which is all that it needs.',
  examples: [
    'gradpool predict runs/latest --input new.csv --output out.csv',
    'gunzip -c big.csv.gz | gradpool predict runs/latest --keep id > out.csv',
    'gradpool predict runs/latest --input x.npy --output probabilities.npy',
  ],
  argument: {
    name: 'run',
    describe: "Folder of a run, or a file of a run's weights",
    missing: 'expected the folder of a run, e.g. gradpool predict runs/latest',
  },
  options,
  async run(run, values, { signal, say }) {
    const { 'input-format': inputFormat, 'on-error': onError, format, quiet, ...others } = values;
    const { predict } = await import('../api/predict.js');
    const { output } = others;
    const { rows, failed, seconds } = await predict(run as string, {
      ...others,
      inputFormat: inputFormat as PredictSettings['inputFormat'],
      onError: onError as PredictSettings['onError'],
      format: format as PredictSettings['format'],
      onProblem: quiet ? undefined : say,
      signal,
    });
    // Standard output may be the predictions'.
    if (failed > 0) say(`${plural(failed, 'row')} of ${count(rows)} left empty`);
    if (!quiet && output !== undefined && output !== '-') {
      say(`${plural(rows, 'row')} in ${duration(seconds)}, ${count(rows / seconds)} rows/s: ${output}`);
    }
    return 0;
  },
});

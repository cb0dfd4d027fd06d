/** `gradpool cross-validate`: a run a fold, as someone at a terminal, or a script, sees it. Trains nothing itself. */
import { type CrossValidateEvent, crossValidateReport } from '../report/cross-validate.js';
import { command } from './command.js';
import { configOptions, flag, runOptions, whole } from './options.js';

const options = {
  ...configOptions,
  folds: whole('Folds (default: 5)', 2, 1000),
  repeats: whole('How often rows are dealt out anew (default: 1)', 1, 1000),
  stratify: flag("Classes alike in each fold (default: as the file's split)"),
  epochs: whole("In place of the file's train.epochs", 1, 1_000_000),
  ...runOptions,
};

export const crossValidate = command<typeof options, CrossValidateEvent>({
  name: 'cross-validate',
  describe: 'Train and test once a fold: mean and deviation of each figure',
  usage:
    'gradpool cross-validate <config.yaml> [options]\n\n' +
    'Cuts the rows into folds and trains once for each, with that fold as the test:\n' +
    'every row is tested once. Tells mean and sample standard deviation of the test\n' +
    "figures. Of the file's split, validation and stratify are taken over. Each run\n" +
    'is a folder in runs/<name>-cv-<time>.',
  examples: ['gradpool cross-validate penguins.yaml --folds 10 --stratify'],
  argument: {
    name: 'config.yaml',
    describe: 'Configuration file',
    missing: 'expected a configuration file, e.g. gradpool cross-validate penguins.yaml',
  },
  options,
  report: crossValidateReport,
  stopping: 'stopping; the fold under way does not count',
  async run(file, values, { tell, signal }) {
    const { threads, set, seed, engine, epochs, folds, repeats, stratify } = values;
    const { crossValidate } = await import('../api/cross-validate.js');
    const result = await crossValidate(file as string, {
      threads,
      cache: !values['no-cache'],
      folds,
      repeats,
      // Without the flag the file decides.
      stratify: stratify || undefined,
      overrides: { set, seed, engine, epochs },
      runDir: true,
      signal,
      onEvent: tell,
    });
    tell({ event: 'done', ...result });
    return 0;
  },
});

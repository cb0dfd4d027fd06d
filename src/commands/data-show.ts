/** `gradpool data show`: what data hold, as someone at a terminal, or a script, sees it. */
import { type DataShowEvent, dataShowReport } from '../report/data-show.js';
import { command } from './command.js';
import { flag, whole } from './options.js';

const options = {
  rows: whole('First rows, or images, to show (default: 5)', 0, 1000),
  quiet: flag('Show the sizes only'),
};

export const dataShow = command<typeof options, DataShowEvent>({
  name: 'data show',
  describe: 'Show what data hold',
  usage:
    'gradpool data show <file> [options]\n\n' +
    'Shows the data of a configuration, or a data file or a folder of IDX files:\n' +
    'columns and what becomes of them, statistics, classes, sizes of the parts, and\n' +
    'the first rows or images.',
  examples: ['gradpool data show penguins.yaml', 'gradpool data show penguins.csv --rows 10'],
  argument: {
    name: 'file',
    describe: 'Configuration, data file, or folder of IDX files',
    missing: 'expected a configuration or a data file, e.g. gradpool data show penguins.csv',
  },
  options,
  report: dataShowReport,
  async run(file, { rows }, { tell }) {
    const { describeData } = await import('../api/describe-data.js');
    tell({ event: 'done', ...(await describeData(file as string, { rows })) });
    return 0;
  },
});

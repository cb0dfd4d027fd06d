/** `gradpool data fetch`: a data set by its name, as someone at a terminal, or a script, asks for it. */
import { type DataFetchEvent, dataFetchReport } from '../report/data-fetch.js';
import { command } from './command.js';
import { flag, text } from './options.js';

const options = {
  to: text('Folder to put the files into (default: data/<name>)'),
  mirror: text('Address in place of the usual ones (default: GRADPOOL_MIRROR)'),
  quiet: flag('Show the result only'),
};

export const dataFetch = command<typeof options, DataFetchEvent>({
  name: 'data fetch',
  describe: 'Fetch a data set by its name',
  usage:
    'gradpool data fetch <name> [options]\n\n' +
    'Fetches a data set (mnist, fashion-mnist or penguins) and checks its SHA-256.\n' +
    'A file that was cut off goes on where it ended. With a mirror, files are\n' +
    'looked for at <mirror>/<name>/<file>.',
  examples: ['gradpool data fetch fashion-mnist', 'gradpool data fetch penguins --to data'],
  argument: {
    name: 'name',
    describe: 'Data set',
    missing: 'expected the name of a data set, e.g. gradpool data fetch fashion-mnist',
  },
  options,
  report: dataFetchReport,
  async run(name, { to, mirror }, { tell, signal }) {
    const { fetchData } = await import('../api/fetch-data.js');
    tell({ event: 'done', ...(await fetchData(name as string, { to, mirror, signal, onEvent: tell })) });
    return 0;
  },
});

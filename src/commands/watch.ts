/** `gradpool watch`: the live page of a folder of runs, until Ctrl-C. Changes nothing. */
import { type WatchEvent, watchReport } from '../report/watch.js';
import { command } from './command.js';
import { pageOptions } from './subscriptions.js';

export const watch = command<typeof pageOptions, WatchEvent>({
  name: 'watch',
  describe: 'Show runs in a browser, under way or ended',
  usage:
    'gradpool watch [runs folder] [options]\n\n' +
    'Shows the runs of a folder in a browser, those of other processes too, until\n' +
    'Ctrl-C. The page is for this machine alone: its address holds a token. Without\n' +
    'a folder: runs. The folder of a single run shows that one first.',
  examples: ['gradpool watch', 'gradpool watch runs/latest'],
  argument: { name: 'runs', describe: 'Folder of runs, or of a run (default: runs)' },
  options: pageOptions,
  report: watchReport,
  stopping: 'closing',
  async run(folder = 'runs', { port, 'no-open': closed }, { tell, signal }) {
    const { watch } = await import('../api/watch.js');
    await watch(folder, {
      port,
      ...(closed && { open: false }),
      signal,
      onUrl: (url) => tell({ event: 'listening', url }),
    });
    return 0;
  },
});

/** `gradpool runs`: the runs of a folder. Reads nothing itself. */
import { type RunsEvent, runsReport } from '../report/runs.js';
import { command } from './command.js';

export const runs = command<Record<never, never>, RunsEvent>({
  name: 'runs',
  describe: 'List the runs of a folder',
  usage:
    'gradpool runs [folder]\n\n' +
    'Lists the runs in a folder, the newest last: when each was begun, whether it\n' +
    'still runs or how it ended, its epochs, the best figure by which its weights\n' +
    'were chosen, and the hash of these. killed: its process ended before the run\n' +
    'did; it goes on with gradpool train --resume. broken: its configuration is\n' +
    'gone or damaged, or its events cannot be read. In a pipe nothing is cut.',
  examples: ['gradpool runs', 'gradpool runs sweeps/learning-rates --json'],
  argument: { name: 'folder', describe: 'Folder of runs (default: runs)' },
  options: {},
  report: runsReport,
  async run(folder, _, { tell }) {
    const { runs } = await import('../api/runs.js');
    tell({ event: 'done', folder: folder ?? 'runs', runs: await runs(folder) });
    return 0;
  },
});

/** `gradpool prune`: a trained network without the units that say nothing. Prunes nothing itself. */
import { type PruneEvent, pruneReport } from '../report/prune.js';
import { command } from './command.js';
import { runOptions, text } from './options.js';

const options = {
  output: text("File to write (default: the run's name with -pruned.safetensors)"),
  ...runOptions,
};

export const prune = command<typeof options, PruneEvent>({
  name: 'prune',
  describe: 'Take the units out of a network that never answer',
  usage:
    'gradpool prune <run> [options]\n\n' +
    'Takes out the units that are exactly 0 for every training row, as those of a\n' +
    'ReLU that has died. Without them the network says the same of these rows, and\n' +
    'that is checked. What is written can be predicted with, evaluated, exported,\n' +
    'and begun with (train --init-from). Between a layer and the next one with\n' +
    'units there may be activations, dropout, noise, prelu and batch-norm.',
  examples: ['gradpool prune runs/latest', 'gradpool prune runs/latest --output small.safetensors'],
  argument: {
    name: 'run',
    describe: "Folder of a run, or a file of a run's weights",
    missing: 'expected the folder of a run, e.g. gradpool prune runs/latest',
  },
  options,
  report: pruneReport,
  async run(run, { output, threads, 'no-cache': noCache }, { tell, signal }) {
    const { prune } = await import('../api/prune.js');
    const settings = { ...(output !== undefined && { output }), threads, cache: !noCache, signal };
    tell({ event: 'done', ...(await prune(run as string, settings)) });
    return 0;
  },
});

/** `gradpool inspect`: what is in a file of weights. Reads nothing itself. */
import { type InspectEvent, inspectReport } from '../report/inspect.js';
import { command } from './command.js';

export const inspect = command<Record<never, never>, InspectEvent>({
  name: 'inspect',
  describe: 'Show what a trained network is, and how it was trained',
  usage:
    'gradpool inspect <run>\n\n' +
    'Shows the layers of a trained network with their shapes and parameters, what\n' +
    'becomes of its columns, its best figures, and how it was trained. <run> is the\n' +
    'folder of a run, its weights.safetensors, or one of its checkpoints.',
  examples: ['gradpool inspect runs/latest'],
  argument: {
    name: 'run',
    describe: "Folder of a run, a file of a run's weights, or a checkpoint",
    missing: 'expected the folder of a run, e.g. gradpool inspect runs/latest',
  },
  options: {},
  report: inspectReport,
  async run(run, _, { tell }) {
    const { inspect } = await import('../api/inspect.js');
    tell({ event: 'done', ...(await inspect(run as string)) });
    return 0;
  },
});

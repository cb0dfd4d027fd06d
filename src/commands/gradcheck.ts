/** `gradpool gradcheck`: the gradient check as someone at a terminal, or a script, sees it. */

import { availableCores, maxThreads } from '../machine/cores.js';
import { type GradcheckEvent, gradcheckReport } from '../report/gradcheck.js';
import { threshold } from '../results.js';
import { command } from './command.js';
import { configOptions, runOptions, whole } from './options.js';

const most = 0xffff_ffff;

const options = {
  ...configOptions,
  rows: whole('Training rows to take the gradients on (default: 32)', 1, most),
  sample: whole('Check at most so many parameters a layer (default: all)', 1, most),
  ...runOptions,
};

export const gradcheck = command<typeof options, GradcheckEvent>({
  name: 'gradcheck',
  describe: "Check a network's gradients",
  usage:
    'gradpool gradcheck <config.yaml> [options]\n\n' +
    'Compares backpropagation with numeric derivatives, and one thread with\n' +
    'several, layer by layer, at the initial weights, in float64. The exit code\n' +
    'is 1 when a layer fails.',
  examples: ['gradpool gradcheck config/mnist-online.yaml --sample 100'],
  argument: {
    name: 'config.yaml',
    describe: 'Configuration file',
    missing: 'expected a configuration file, e.g. gradpool gradcheck config/xor.yaml',
  },
  options,
  report: gradcheckReport,
  async run(file, { set, seed, engine, rows = 32, sample, ...values }, { tell, signal }) {
    const threads = values.threads === 'auto' ? Math.min(maxThreads, availableCores()) : values.threads;
    const { checkAnnounced } = await import('../api/gradcheck.js');
    const overrides = { set, seed, engine };
    const cache = !values['no-cache'];
    const settings = { threads, cache, rows, sample, overrides, onProgress: tell, signal };
    const result = await checkAnnounced(file as string, settings, () =>
      tell({ event: 'start', file: file as string, rows, threads }),
    );
    tell({ event: 'done', ...result, threshold });
    return result.pass ? 0 : 1;
  },
});

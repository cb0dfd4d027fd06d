/** `gradpool sweep`: trials over a space of configurations, as someone at a terminal, or a script, sees them. */
import { type SweepReportEvent, sweepReport } from '../report/sweep.js';
import { command } from './command.js';
import { flag, runOptions, whole } from './options.js';

const { threads, quiet, 'no-cache': noCache } = runOptions;

const options = {
  parallel: whole('Trials at the same time (default: as many as pay)', 1, 256),
  threads: { ...threads, describe: 'Worker threads of each trial, or auto (default): as many as pay' },
  final: flag('Train the winner once more, and test it on the test rows'),
  quiet,
  'no-cache': noCache,
};

export const sweep = command<typeof options, SweepReportEvent>({
  name: 'sweep',
  describe: 'Search for the best configuration, by many runs',
  usage:
    'gradpool sweep <sweep.yaml> [options]\n\n' +
    'Trains the trials that a sweep file describes: a configuration with values put\n' +
    'at some of its keys. Leaves a page with all of them and the best configuration\n' +
    'in sweeps/<name>. Interrupted or killed, the same command goes on; trials and\n' +
    'winner do not depend on that, nor on how many run at the same time.',
  examples: ['gradpool sweep sweep.yaml', 'gradpool sweep sweep.yaml --parallel 2 --final'],
  argument: {
    name: 'sweep.yaml',
    describe: 'Sweep file',
    missing: 'expected a sweep file, e.g. gradpool sweep sweep.yaml',
  },
  options,
  report: sweepReport,
  stopping: 'stopping after the minibatches under way',
  async run(file, values, { tell, signal }) {
    const { sweep } = await import('../api/sweep.js');
    const result = await sweep(file as string, {
      parallel: values.parallel,
      threads: values.threads,
      final: values.final,
      cache: !values['no-cache'],
      signal,
      onEvent: tell,
    });
    tell({ event: 'done', ...result });
    return result.best === null && !result.stopped ? 1 : 0;
  },
});

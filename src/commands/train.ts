/** `gradpool train`: a run as someone at a terminal, or a script, sees it. Trains nothing itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { eventsIn } from '../history/event-lines.js';
import type { TrainEvent } from '../protocol.js';
import { trainReport } from '../report/train.js';
import { command } from './command.js';
import { configOptions, flag, nodes, runOptions, text, type Values, whole } from './options.js';
import { subscriberOptions, subscriptionsOf } from './subscriptions.js';

/** What `launch` hands on, too. */
export const trainOptions = {
  ...configOptions,
  epochs: whole("In place of the file's train.epochs", 1, 1_000_000),
  'run-dir': text('Folder to write to (default: runs/<name>-<time>)'),
  'init-from': text('Begin with the weights of a run or a file'),
  'allow-missing': flag('With --init-from: although some tensors do not fit'),
  resume: text('Go on with the run in this folder, from its newest checkpoint'),
  force: flag('With --resume: although something differs'),
  nodes,
  plot: flag('Draw the loss in the terminal'),
  ...subscriberOptions,
  ...runOptions,
};

export const train = command<typeof trainOptions, TrainEvent>({
  name: 'train',
  describe: 'Train a network, or go on training it',
  usage:
    'gradpool train <config.yaml> [options]\n' +
    'gradpool train --resume <run folder> [options]\n\n' +
    'Trains the network that a configuration file describes, or goes on with a run\n' +
    'where it was interrupted: the weights come out as if it never had been.\n' +
    'runs/latest stands for the newest run.',
  examples: [
    'gradpool train config/xor.yaml',
    'gradpool train config/mnist.yaml --epochs 2 --set train.batchSize=32',
    'gradpool train --resume runs/latest',
  ],
  argument: { name: 'config.yaml', describe: 'Configuration file' },
  options: trainOptions,
  report: (terminal, quiet, { plot }) => trainReport(terminal, quiet, plot, toldBefore),
  stopping: 'stopping after this minibatch',
  async run(file, values, { tell, signal }) {
    const { threads, nodes, set, seed, epochs, engine } = values;
    checkTogether(file, values);
    const cache = !values['no-cache'];
    const overrides = { set, seed, epochs, engine };
    const subscribers = subscriptionsOf(values);
    const settings = { threads, nodes, cache, overrides, subscribers, onEvent: tell, signal };
    // Imported here, so that asking for help does not wait for it.
    if (values.resume !== undefined) {
      const { resume } = await import('../api/resume.js');
      await resume(values.resume, { ...settings, config: file, force: values.force });
    } else {
      const { train } = await import('../api/train.js');
      await train(file as string, {
        ...settings,
        runDir: values['run-dir'] ?? true,
        initFrom: values['init-from'],
        allowMissing: values['allow-missing'],
      });
    }
    return 0;
  },
});

/** What a run that goes on has told; nothing where that cannot be read, which ends no run. */
function toldBefore(runDir: string): readonly TrainEvent[] {
  try {
    return eventsIn(readFileSync(join(runDir, 'events.jsonl'), 'utf8'));
  } catch {
    return [];
  }
}

/** @throws UserError for options that say nothing together */
function checkTogether(file: string | undefined, values: Values<typeof trainOptions>): void {
  if (values.resume === undefined) {
    if (file === undefined) {
      throw new UserError(
        'train: expected a configuration file, e.g. gradpool train config/xor.yaml, or --resume and the folder of a run',
      );
    }
    if (values.force) throw new UserError('--force: goes with --resume only');
    if (values['allow-missing'] && values['init-from'] === undefined) {
      throw new UserError('--allow-missing: goes with --init-from only');
    }
  } else if (values['run-dir'] !== undefined) {
    throw new UserError('--run-dir: does not go with --resume, which goes on in the folder of the run');
  } else if (values['init-from'] !== undefined) {
    throw new UserError('--init-from: does not go with --resume, which goes on with the weights of the run');
  }
}

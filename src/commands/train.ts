/** `gradpool train`: a run as someone at a terminal, or a script, sees it. Trains nothing itself. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { UserError } from '../errors.js';
import { jsonReport } from '../report/json.js';
import { Terminal } from '../report/terminal.js';
import { trainReport } from '../report/train.js';
import { interruptible } from './interrupt.js';
import {
  configOptions,
  engineOf,
  last,
  runOptions,
  seedOf,
  type Text,
  threadsOf,
  valueOption,
  wholeNumber,
} from './options.js';

export const options = {
  ...configOptions,
  epochs: valueOption("In place of the file's train.epochs"),
  'run-dir': valueOption('Folder to write to (default: runs/<name>-<time>)'),
  resume: valueOption('Go on with the run in this folder, from its newest checkpoint'),
  force: { type: 'boolean', describe: 'With --resume: although something differs' },
  ...runOptions,
} as const;

interface Flags {
  'config.yaml': string | undefined;
  threads: Text;
  seed: Text;
  epochs: Text;
  engine: Text;
  'run-dir': Text;
  resume: Text;
  force: boolean | undefined;
  set: string[] | undefined;
  json: boolean | undefined;
  quiet: boolean | undefined;
}

export const command: CommandModule<object, Flags> = {
  command: 'train [config.yaml]',
  describe: 'Train a network, or go on training it',
  builder: (yargs) =>
    yargs
      .hide('version')
      .usage(
        'gradpool train <config.yaml> [options]\n' +
          'gradpool train --resume <run folder> [options]\n\n' +
          'Trains the network that a configuration file describes, or goes on with a run\n' +
          'where it was interrupted: the weights come out as if it never had been.',
      )
      .positional('config.yaml', { describe: 'Configuration file' })
      .options(options)
      .example('gradpool train config/xor.yaml', '')
      .example('gradpool train config/mnist.yaml --epochs 2 --set train.batchSize=32', '')
      .example('gradpool train --resume runs/mnist-2026-01-02T030405-006Z', '') as unknown as Argv<Flags>,
  handler,
};

async function handler(flags: ArgumentsCamelCase<Flags>): Promise<void> {
  const threads = threadsOf(flags.threads);
  const overrides = {
    seed: seedOf(flags.seed),
    epochs: wholeNumber('epochs', flags.epochs, 1, 1_000_000),
    engine: engineOf(flags.engine),
    set: flags.set,
  };
  const { json = false, quiet = false } = flags;
  checkTogether(flags);
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const interrupt = interruptible(
    () => !json && terminal.note('stopping after this minibatch (a second Ctrl-C ends at once)'),
    () => !json && terminal.clear(),
  );
  const report = json
    ? jsonReport((line) => process.stdout.write(line), quiet)
    : trainReport(terminal, quiet);
  const runDir = last(flags['run-dir']);
  const resumed = last(flags.resume);
  const settings = { threads, overrides, onEvent: report, signal: interrupt.signal };
  try {
    // imported here, so that asking for help does not wait for it
    if (resumed !== undefined) {
      const { resume } = await import('../api/resume.js');
      await resume(resumed, { ...settings, config: flags['config.yaml'], force: flags.force });
    } else if (flags['config.yaml'] !== undefined) {
      const { train } = await import('../api/train.js');
      await train(flags['config.yaml'], { ...settings, runDir: runDir ?? true });
    }
  } catch (error) {
    terminal.clear();
    if (!(interrupt.signal.aborted && error === interrupt.signal.reason)) throw error;
  }
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
}

/** @throws UserError for options that say nothing together */
function checkTogether(flags: Flags): void {
  if (flags.resume === undefined) {
    if (flags['config.yaml'] === undefined) {
      throw new UserError(
        'train: expected a configuration file, e.g. gradpool train config/xor.yaml, or --resume and the folder of a run',
      );
    }
    if (flags.force) throw new UserError('--force: goes with --resume only');
  } else if (flags['run-dir'] !== undefined) {
    throw new UserError('--run-dir: does not go with --resume, which goes on in the folder of the run');
  }
}

/** `gradpool train`: a run as someone at a terminal, or a script, sees it. Trains nothing itself. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
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
  ...runOptions,
};

interface Flags {
  'config.yaml': string;
  threads: Text;
  seed: Text;
  epochs: Text;
  engine: Text;
  'run-dir': Text;
  set: string[] | undefined;
  json: boolean | undefined;
  quiet: boolean | undefined;
}

export const command: CommandModule<object, Flags> = {
  command: 'train <config.yaml>',
  describe: 'Train a network',
  builder: (yargs) =>
    yargs
      .hide('version')
      .usage(
        'gradpool train <config.yaml> [options]\n\nTrains the network that a configuration file describes.',
      )
      .positional('config.yaml', { describe: 'Configuration file', demandOption: true })
      .options(options)
      .example('gradpool train config/xor.yaml', '')
      .example(
        'gradpool train config/mnist.yaml --epochs 2 --set train.batchSize=32',
        '',
      ) as unknown as Argv<Flags>,
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
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const interrupt = interruptible(
    () => !json && terminal.note('stopping after this minibatch (a second Ctrl-C ends at once)'),
    () => !json && terminal.clear(),
  );
  const report = json
    ? jsonReport((line) => process.stdout.write(line), quiet)
    : trainReport(terminal, quiet);
  // imported here, so that asking for help does not wait for it
  const { train } = await import('../train.js');
  try {
    await train(flags['config.yaml'], {
      threads,
      runDir: last(flags['run-dir']) ?? true,
      overrides,
      onEvent: report,
      signal: interrupt.signal,
    });
  } catch (error) {
    terminal.clear();
    if (!(interrupt.signal.aborted && error === interrupt.signal.reason)) throw error;
  }
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
}

/** `gradpool gradcheck`: the gradient check as someone at a terminal, or a script, sees it. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { availableCores, maxThreads } from '../machine/cores.js';
import { jsonReport } from '../report/json.js';
import { Terminal } from '../report/terminal.js';
import { interruptible } from './interrupt.js';
import {
  configOptions,
  engineOf,
  runOptions,
  seedOf,
  type Text,
  threadsOf,
  valueOption,
  wholeNumber,
} from './options.js';

export const options = {
  ...configOptions,
  rows: valueOption('Training rows to take the gradients on (default: 32)'),
  sample: valueOption('Check at most so many parameters a layer (default: all)'),
  ...runOptions,
};

interface Flags {
  'config.yaml': string;
  threads: Text;
  seed: Text;
  rows: Text;
  sample: Text;
  engine: Text;
  set: string[] | undefined;
  json: boolean | undefined;
  quiet: boolean | undefined;
}

const most = 0xffff_ffff;

export const command: CommandModule<object, Flags> = {
  command: 'gradcheck <config.yaml>',
  describe: "Check a network's gradients",
  builder: (yargs) =>
    yargs
      .hide('version')
      .usage(
        'gradpool gradcheck <config.yaml> [options]\n\n' +
          'Compares backpropagation with numeric derivatives, and one thread with\n' +
          'several, layer by layer, at the initial weights, in float64. The exit code\n' +
          'is 1 when a layer fails; one that is too small to compare does not.',
      )
      .positional('config.yaml', { describe: 'Configuration file', demandOption: true })
      .options(options)
      .example('gradpool gradcheck config/mnist-online.yaml --sample 100', '') as unknown as Argv<Flags>,
  handler,
};

async function handler(flags: ArgumentsCamelCase<Flags>): Promise<void> {
  const asked = threadsOf(flags.threads);
  const threads = asked === 'auto' ? Math.min(maxThreads, availableCores()) : asked;
  const rows = wholeNumber('rows', flags.rows, 1, most) ?? 32;
  const sample = wholeNumber('sample', flags.sample, 1, most);
  const overrides = { seed: seedOf(flags.seed), engine: engineOf(flags.engine), set: flags.set };
  const { json = false, quiet = false } = flags;
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const interrupt = interruptible(
    () => terminal.clear(),
    () => {},
  );
  const write = jsonReport<{ event: string } & object>((line) => process.stdout.write(line), quiet);
  // imported here, so that asking for help does not wait for them
  const [{ gradcheck, threshold }, { showPlan, showProgress, showResult }] = await Promise.all([
    import('../api/gradcheck.js'),
    import('../report/gradcheck.js'),
  ]);
  if (!json && !quiet) showPlan(terminal, flags['config.yaml'], rows, threads);
  try {
    const result = await gradcheck(flags['config.yaml'], {
      threads,
      rows,
      sample,
      overrides,
      onProgress: (progress) => {
        if (json) write(progress);
        else if (!quiet) showProgress(terminal, progress);
      },
      signal: interrupt.signal,
    });
    if (json) write(Object.assign({ event: 'done' }, result, { threshold }));
    else showResult(terminal, result, threads, quiet);
    if (!result.pass) process.exitCode = 1;
  } catch (error) {
    terminal.clear();
    if (!(interrupt.signal.aborted && error === interrupt.signal.reason)) throw error;
  }
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
}

/** `gradpool verify`: a run repeated, as someone at a terminal, or a script, sees it. Repeats nothing itself. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { jsonReport } from '../report/json.js';
import { Terminal } from '../report/terminal.js';
import { trainReport } from '../report/train.js';
import { showVerdict } from '../report/verify.js';
import { interruptible } from './interrupt.js';
import { runOptions, type Text, threadsOf, valueOption, wholeNumber } from './options.js';

export const options = {
  from: valueOption("Repeat from this step's checkpoint on (default: all of it)"),
  ...runOptions,
};

interface Flags {
  runDir: string;
  from: Text;
  threads: Text;
  json: boolean | undefined;
  quiet: boolean | undefined;
}

export const command: CommandModule<object, Flags> = {
  command: 'verify <runDir>',
  describe: 'Repeat a run and compare its weights',
  builder: (yargs) =>
    yargs
      .hide('version')
      .usage(
        'gradpool verify <run folder> [options]\n\n' +
          'Repeats a run as it was recorded and says whether every bit of its weights is\n' +
          'the same. Writes nothing. The exit code is 1 when a bit differs.',
      )
      .positional('runDir', { describe: 'Folder of the run', demandOption: true })
      .options(options)
      .example('gradpool verify runs/xor-2026-01-02T030405-006Z', '') as unknown as Argv<Flags>,
  handler,
};

async function handler(flags: ArgumentsCamelCase<Flags>): Promise<void> {
  const threads = threadsOf(flags.threads);
  const from = wholeNumber('from', flags.from, 0, Number.MAX_SAFE_INTEGER);
  const { json = false, quiet = false } = flags;
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const interrupt = interruptible(
    () => !json && terminal.note('stopping (a second Ctrl-C ends at once)'),
    () => !json && terminal.clear(),
  );
  const write = jsonReport<{ event: string } & object>((line) => process.stdout.write(line), false);
  const report = trainReport(terminal, false);
  const { verify } = await import('../api/verify.js');
  try {
    const result = await verify(flags.runDir, {
      threads,
      from,
      signal: interrupt.signal,
      onEvent: (event) => {
        // The repetition's own result is half of what is compared.
        if (quiet || event.event === 'done') return;
        if (json) write(event);
        else report(event);
      },
    });
    if (json) write({ event: 'done', ...result });
    else showVerdict(terminal, result);
    if (!result.same) process.exitCode = 1;
  } catch (error) {
    terminal.clear();
    if (!(interrupt.signal.aborted && error === interrupt.signal.reason)) throw error;
  }
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
}

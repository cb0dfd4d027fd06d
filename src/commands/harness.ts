/** What every command runs in: its options read, a report for what it tells, interruption, exit code. */
import { isFirst } from '../hosts/launcher.js';
import { abandonThread } from '../machine/abandoned.js';
import { reports } from '../report/index.js';
import { Terminal } from '../report/terminal.js';
import { showWork } from '../report/work.js';
import type { Command, Told } from './command.js';
import { interruptible } from './interrupt.js';
import { flag, type Options } from './options.js';

/** The reports that take any command's events, each an option of its own. */
const reportOptions: Options = Object.fromEntries(
  Object.entries(reports).map(([name, { describe }]) => [name, flag(describe)]),
);

/** All options of a command: its own, and one for each report where it tells of events. */
export function optionsOf({ options, report }: Command): Options {
  return report === undefined ? options : { ...options, ...reportOptions };
}

/**
 * Runs a command to its end and sets the exit code.
 * @param flags what stands on the command line, by name, and `argument`
 * @throws what the command throws, but for its interruption
 */
export async function perform(command: Command, flags: Readonly<Record<string, unknown>>): Promise<void> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(optionsOf(command))) {
    values[name] = option.read(flags[name], name);
  }
  const argument = command.argument && (flags[command.argument.name] as string | undefined);
  const rest = (command.argument?.rest && (flags[command.argument.rest] as string[] | undefined)) || [];
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  const write = (text: string) => {
    terminal.clear();
    process.stdout.write(text);
  };
  const say = (line: string) => terminal.errorLine(line);
  // Of processes that train together one speaks.
  const quiet = values.quiet === true || !isFirst();
  const other = Object.keys(reports).find((name) => values[name] === true);
  const tell: (event: Told) => void =
    other === undefined
      ? (command.report?.(terminal, quiet, values) ?? (() => {}))
      : reports[other].make(write, quiet);
  const interrupt = interruptible(
    () => {
      if (other !== undefined || !isFirst()) return;
      if (command.stopping === undefined) terminal.note('interrupted');
      else terminal.note(`${command.stopping} (a second Ctrl-C ends at once)`);
    },
    () => other === undefined && terminal.clear(),
  );
  // A command that has nothing to bring to an end reads no further.
  if (command.stopping === undefined) {
    const { signal } = interrupt;
    signal.addEventListener('abort', () => abandonThread(signal.reason), { once: true });
  }
  // Whoever reads objects, or wants the result alone, is not told what they wait for.
  const endWork = quiet || other !== undefined ? () => {} : showWork(terminal);
  try {
    process.exitCode = await command.run(argument, values, {
      tell,
      write,
      say,
      rest,
      signal: interrupt.signal,
    });
    endWork();
  } catch (error) {
    endWork();
    terminal.clear();
    if (!(interrupt.signal.aborted && error === interrupt.signal.reason)) throw error;
  }
  if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
}

/** What a command is: its usage text, its options, what it does, and how people see that. */
import type { Terminal } from '../report/terminal.js';
import type { Options, Values } from './options.js';

/** Something that a command tells of; the result is the last, `done`. */
export interface Told {
  readonly event: string;
}

/** What a command has at hand while it runs. */
export interface Stage<Event> {
  /** Hands an event to whoever reports. */
  tell(event: Event): void;
  /** Aborted where the command is to end before its time. */
  readonly signal: AbortSignal;
  /** Writes a line to standard error. */
  say(line: string): void;
  /** The words after the argument, of a command that takes several. */
  readonly rest: readonly string[];
  /** Writes to standard output, for a command whose result is a text. */
  write(text: string): void;
}

/** A command's argument: the one that stands without an option's name. */
export interface Argument {
  /** As help shows it, e.g. `config.yaml`. */
  readonly name: string;
  readonly describe: string;
  /** What to say where there is none; undefined where the command does without. */
  readonly missing?: string;
  /** What more words like it are called; undefined where one is all. */
  readonly rest?: string;
}

export interface Command<O extends Options = Options, Event extends Told = Told> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly describe: string;
  /** What its help begins with: how it is called, and what it does. Lines of at most 78 characters. */
  readonly usage: string;
  readonly examples: readonly string[];
  readonly argument?: Argument;
  readonly options: O;
  /** What people see at a terminal, where they do not ask for another report. */
  report?(terminal: Terminal, quiet: boolean, values: Values<O>): (event: Event) => void;
  /** What they are told at the first Ctrl-C; nothing where the command then ends at once. */
  readonly stopping?: string;
  /** @returns the exit code @throws UserError */
  run(argument: string | undefined, values: Values<O>, stage: Stage<Event>): Promise<number>;
}

/** A command whose `run` and `report` are checked against its own options and events. */
export function command<O extends Options, Event extends Told>(definition: Command<O, Event>): Command {
  return definition as unknown as Command;
}

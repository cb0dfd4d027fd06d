#!/usr/bin/env node
/** The command line: finds the command, and says what is wrong with a line that names none, or names it wrongly. */
import yargs, { type Argv } from 'yargs';
import type { Command } from './commands/command.js';
import { fail, watchProcess } from './commands/failure.js';
import { optionsOf, perform } from './commands/harness.js';
import { commands, groups } from './commands/index.js';
import { didYouMean, UserError } from './errors.js';
import { version } from './version.js';

/** Stands for a word `-`, which yargs loses in a command's argument; no argument of a process can hold it. */
const DASH = '\0-';
const hidden = (args: string[]) => args.map((arg) => (arg === '-' ? DASH : arg));
const shown = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll(DASH, '-') : Array.isArray(value) ? value.map(shown) : value;

/** What yargs refuses, as opposed to what a command throws. */
class Refusal extends Error {}

async function main(args: string[]): Promise<void> {
  let cli = yargs(hidden(args))
    .scriptName('gradpool')
    .locale('en')
    .usage('gradpool <command>\n\nTrains dense neural networks on every core.')
    .epilogue('gradpool <command> --help tells more about a command.')
    .version(version)
    .help()
    .alias('h', 'help')
    .strict()
    .wrap(78)
    .parserConfiguration({
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
    })
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error && error.name !== 'YError' ? error : new Refusal(String(shown(message ?? error.message)));
    });
  for (const each of commands) if (!each.name.includes(' ')) added(cli, each);
  for (const [group, describe] of Object.entries(groups)) {
    const own = commands.filter(({ name }) => name.startsWith(`${group} `));
    cli = cli.command(group, describe, (yargs) => {
      yargs.hide('version').usage(`gradpool ${group} <command>\n\n${describe}.`);
      for (const each of own) added(yargs, each);
      return yargs.demandCommand(1);
    });
    cli.example(own[0].examples[0], '');
  }
  if (args.length === 0) cli.showHelp((text) => process.stdout.write(`${text}\n`));
  else await cli.parseAsync();
}

/** Adds a command, and an example of it. */
function added(yargs: Argv, each: Command): void {
  yargs.command(signature(each), each.describe, described(each), (flags) =>
    perform(each, Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, shown(value)]))),
  );
  yargs.example(each.examples[0], '');
}

/** `train [config.yaml]`, as yargs wants it; of a command of a group its last word. */
function signature({ name, argument }: Command): string {
  const word = name.replace(/^.* /, '');
  if (argument === undefined) return word;
  const first = argument.missing === undefined ? `[${argument.name}]` : `<${argument.name}>`;
  return `${word} ${first}${argument.rest === undefined ? '' : ` [${argument.rest}..]`}`;
}

/** A command's help. */
const described = (command: Command) => (yargs: Argv) => {
  const { usage, argument, examples } = command;
  yargs.hide('version').usage(usage);
  if (argument !== undefined) {
    const { name, describe, missing, rest } = argument;
    yargs.positional(name, { describe, demandOption: missing !== undefined });
    if (rest !== undefined) yargs.positional(rest, { describe: 'More of them' });
  }
  for (const [name, { describe, flag, repeats }] of Object.entries(optionsOf(command))) {
    // One with a value has no type: yargs would only show it, and numbers are not parsed.
    yargs.option(
      name,
      flag ? { describe, type: 'boolean' } : { describe, requiresArg: true, array: repeats ?? false },
    );
  }
  for (const example of examples) yargs.example(example, '');
  return yargs;
};

/** What to tell a user whose command line yargs refused with `message`. */
function explain(args: string[], message: string): string {
  const isGroup = Object.hasOwn(groups, args[0]);
  const names = commands
    .map(({ name }) => name)
    .filter((name) => !isGroup || name.startsWith(`${args[0]} `))
    .map((name) => (isGroup ? name : name.replace(/ .*$/, '')));
  const word = args.slice(0, isGroup ? 2 : 1).join(' ');
  const see = (name: string) => `see ${name} --help`;
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) {
    const all = [...new Set(names)];
    const hint =
      didYouMean(word, isGroup ? all : [...all, '--help', '--version']) ||
      `; ${see(isGroup ? `gradpool ${args[0]}` : 'gradpool')}`;
    return `expected a command (${all.join(', ')}) first, got "${word}"${hint}`;
  }
  const name = `gradpool ${word}`;
  const known = [...Object.keys(optionsOf(command)), 'help', 'version'];
  const unknown = args
    .filter((arg) => /^-+[a-z]/i.test(arg))
    .map((arg) => arg.replace(/=.*$/, ''))
    .find((arg) => !known.includes(arg.slice(2)) && arg !== '-h');
  if (unknown) {
    const hint = didYouMean(
      unknown,
      known.map((option) => `--${option}`),
    );
    return `unknown option "${unknown}"${hint || `; ${see(name)}`}`;
  }
  const { missing } = command.argument ?? {};
  if (/^Not enough non-option/.test(message) && missing !== undefined) return `${word}: ${missing}`;
  if (/^Not enough arguments following: /.test(message)) {
    return `--${message.replace(/^.*: /, '')}: expected a value; ${see(name)}`;
  }
  const line = message.replace(/\s*\n\s*/g, ' ');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}; ${see(name)}`;
}

watchProcess();
const args = process.argv.slice(2);
try {
  await main(args);
} catch (error) {
  fail(error instanceof Refusal ? new UserError(explain(args, error.message)) : error);
}

#!/usr/bin/env node
/** The command line: finds the command, and turns what goes wrong into one line and an exit code. */
import yargs from 'yargs';
import * as gradcheck from './commands/gradcheck.js';
import { unwritable } from './commands/interrupt.js';
import * as schema from './commands/schema.js';
import * as train from './commands/train.js';
import * as verify from './commands/verify.js';
import { didYouMean, isUserError, UserError } from './errors.js';
import { version } from './version.js';

const commands = { train, verify, gradcheck, schema };

/** What yargs refuses, as opposed to what a command throws. */
class Refusal extends Error {}

async function main(args: string[]): Promise<void> {
  const cli = yargs(args)
    .scriptName('gradpool')
    .locale('en')
    .usage('gradpool <command>\n\nTrains dense neural networks on every core.')
    .command(train.command)
    .command(verify.command)
    .command(gradcheck.command)
    .command(schema.command)
    .example('gradpool train config/mnist.yaml', '')
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
      throw error && error.name !== 'YError' ? error : new Refusal(message ?? error.message);
    });
  if (args.length === 0) cli.showHelp((text) => process.stdout.write(`${text}\n`));
  else await cli.parseAsync();
}

/** What to tell a user whose command line yargs refused with `message`. */
function explain(args: string[], message: string): string {
  const names = Object.keys(commands);
  const [word] = args;
  const see = (name: string) => `see ${name} --help`;
  if (!names.includes(word)) {
    const hint = didYouMean(word, [...names, '--help', '--version']) || `; ${see('gradpool')}`;
    return `expected a command (${names.join(', ')}) first, got "${word}"${hint}`;
  }
  const name = `gradpool ${word}`;
  const known = [...Object.keys(commands[word as keyof typeof commands].options), 'help', 'version'];
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
  if (/^Not enough non-option/.test(message) && word === 'verify') {
    return `verify: expected the folder of a run, e.g. ${name} runs/xor-2026-01-02T030405-006Z`;
  }
  if (/^Not enough non-option/.test(message)) {
    return `${word}: expected a configuration file, e.g. ${name} config/xor.yaml`;
  }
  if (/^Not enough arguments following: /.test(message)) {
    return `--${message.replace(/^.*: /, '')}: expected a value; ${see(name)}`;
  }
  const line = message.replace(/\s*\n\s*/g, ' ');
  return `${line.charAt(0).toLowerCase()}${line.slice(1)}; ${see(name)}`;
}

/** One line for what the user can mend (exit code 2) or what ended a run (1), the stack for a bug of ours (1). */
function fail(error: unknown): void {
  if (isUserError(error) || (error instanceof Error && error.name === 'RunFailure')) {
    for (const line of error.message.split('\n')) process.stderr.write(`gradpool: ${harmless(line)}\n`);
    process.exitCode = isUserError(error) ? 2 : 1;
    return;
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `gradpool: this is a bug of gradpool, please report it together with these lines:\n${what}\n`,
  );
  process.exitCode = 1;
}

/** What a user's text may hold must not reach the terminal as its orders. */
function harmless(line: string): string {
  const code = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return line.replace(/\p{Cc}/gu, code);
}

let complained = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exitCode = unwritable(error);
  if (error.code === 'EPIPE' || complained) return;
  complained = true;
  process.stderr.write(`gradpool: standard output: ${error.message}\n`);
});
process.stderr.on('error', () => {});
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

const args = process.argv.slice(2);
try {
  await main(args);
} catch (error) {
  fail(error instanceof Refusal ? new UserError(explain(args, error.message)) : error);
}

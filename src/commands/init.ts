/** `gradpool init`: a first configuration for a data file, as someone at a terminal, or a script, asks for it. */
import { shortened, UserError } from '../errors.js';
import { writable } from '../report/characters.js';
import { type InitEvent, initReport } from '../report/init.js';
import { command } from './command.js';
import { flag, text } from './options.js';

const options = {
  target: text('Column to predict (default: guessed, or asked for)'),
  output: text('File to write (default: <name>.yaml here; -: standard output)'),
  name: text("Name of the run (default: the file's name)"),
  force: flag('Overwrite a file that is there already'),
  quiet: flag('Show the result only'),
};

export const init = command<typeof options, InitEvent>({
  name: 'init',
  describe: 'Write a configuration for your own data',
  usage:
    'gradpool init <file> [options]\n\n' +
    'Looks at a data file (CSV, TSV and the like, JSON Lines, Parquet; texts may be\n' +
    'gzipped) and writes a configuration that trains on it: what stands between\n' +
    'fields, what means a missing value, what is to be predicted, which columns are\n' +
    'no inputs, a network to begin with. Each guess has its reason beside it.',
  examples: ['gradpool init penguins.csv', 'gradpool init sales.csv --target price --output sales.yaml'],
  argument: {
    name: 'file',
    describe: 'Data file',
    missing: 'expected a data file, e.g. gradpool init penguins.csv',
  },
  options,
  report: initReport,
  async run(file, { target, output, name, force }, { tell, write, signal }) {
    const { draftConfig } = await import('../api/draft.js');
    const choose = process.stdin.isTTY && process.stderr.isTTY ? ask(signal) : undefined;
    if (output === '-') {
      // The data are named as seen from here, where the text is going to stand, most likely.
      const { text } = await draftConfig(file as string, { target, name, choose, dry: true });
      write(text);
      return 0;
    }
    const { text: _, ...result } = await draftConfig(file as string, { target, output, name, force, choose });
    tell({ event: 'done', ...result });
    return 0;
  },
});

const MOST_SHOWN = 20;
const PROMPT = 'number or name: ';

/** Asks at the terminal, by number or by name; by standard error, so that the result can go elsewhere. */
function ask(signal: AbortSignal): (candidates: readonly string[]) => Promise<string> {
  return async (candidates) => {
    const shown = writable(process.env);
    const say = (line: string) => process.stderr.write(`${shown(line)}\n`);
    say('What is to be predicted?');
    for (const [k, name] of candidates.slice(0, MOST_SHOWN).entries()) say(`  ${k + 1}  ${shortened(name)}`);
    if (candidates.length > MOST_SHOWN) say(`  or one of ${candidates.length - MOST_SHOWN} others, by name`);
    // Loaded where somebody is asked, which is seldom.
    const { createInterface } = await import('node:readline');
    // Not in raw mode, so that Ctrl-C is the signal that it is everywhere else.
    const lines = createInterface({ input: process.stdin, terminal: false, signal });
    try {
      process.stderr.write(PROMPT);
      for await (const line of lines) {
        const answer = line.trim();
        const chosen = candidates[Number(answer) - 1] ?? candidates.find((name) => name === answer);
        if (chosen !== undefined) return chosen;
        if (answer !== '') say(`expected a number from 1 to ${candidates.length}, or a name of these`);
        process.stderr.write(PROMPT);
      }
    } finally {
      lines.close();
    }
    signal.throwIfAborted();
    throw new UserError('init: nothing was chosen; name the column with --target');
  };
}

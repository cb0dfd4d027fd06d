/** `gradpool launch`: `train` on several hosts, by the mpirun that is installed. */
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.js';
import { readHosts } from '../hosts/mpirun.js';
import { reports } from '../report/index.js';
import { ownFile } from '../version.js';
import { command } from './command.js';
import { flag, type Options, text } from './options.js';
import { trainOptions } from './train.js';

const { nodes: _, ...own } = trainOptions;
/** All that `train` takes, its reports too. */
const shared = { ...own, json: flag(reports.json.describe) };

const options = {
  hosts: text('Names with commas between them: a,b; or a:2,b:2 for two processes each'),
  mpirun: text('The mpirun to start them with (default: the one on the PATH)'),
  'allow-run-as-root': flag('As mpirun has it: for containers'),
  print: flag('Show the command, and run nothing'),
  ...shared,
};

export const launch = command<typeof options, never>({
  name: 'launch',
  describe: 'Train on several hosts, by MPI',
  usage:
    'gradpool launch <config.yaml> --hosts a,b,c [options]\n\n' +
    'Runs gradpool train on each of the hosts by the mpirun that is installed: one\n' +
    'process a host, none bound to a core. The hosts are reached by ssh without a\n' +
    'password, and have Node and gradpool at the same paths as this one. All\n' +
    'options of train are handed on.',
  examples: ['gradpool launch config/mnist.yaml --hosts a,b --set train.averaging=hosts'],
  argument: { name: 'config.yaml', describe: 'Configuration file' },
  options,
  stopping: 'stopping on all hosts after this minibatch',
  async run(file, values, { say, write, signal }) {
    const { hosts: named, mpirun = 'mpirun', 'allow-run-as-root': asRoot, print } = values;
    if (named === undefined)
      throw new UserError('launch: expected --hosts and their names, e.g. --hosts a,b');
    if (file === undefined && values.resume === undefined) {
      throw new UserError('launch: expected a configuration file, or --resume and the folder of a run');
    }
    const hosts = readHosts(named);
    const nodes = hosts.reduce((sum, { processes }) => sum + processes, 0);
    const cli = fileURLToPath(ownFile('src/cli.js'));
    const program = [process.execPath, cli, 'train', ...(file === undefined ? [] : [file])];
    program.push('--nodes', String(nodes), ...argumentsOf(shared, values));
    const { launch, launchCommand } = await import('../api/launch.js');
    if (!print) return launch(hosts, program, { mpirun, asRoot, signal, say });
    const words = await launchCommand(hosts, program, { mpirun, asRoot });
    write(`${words.map(quoted).join(' ')}\n`);
    return 0;
  },
});

/** Options as they stand on a command line. */
function argumentsOf(options: Options, values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([name, { flag }]) => {
    const value = values[name];
    if (value === undefined || value === false) return [];
    if (flag) return [`--${name}`];
    return [value].flat().flatMap((each) => [`--${name}`, String(each)]);
  });
}

/** A word as a shell reads it back. */
const quoted = (word: string): string =>
  /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

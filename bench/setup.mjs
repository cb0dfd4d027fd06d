/**
 * Installs the peers into bench/, as far as that goes here: `npm run bench -- setup`. What fails is told in a line
 * and the rest goes on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { reasonIn } from './lib/children.mjs';
import { namesFrom, optionsOf, root } from './lib/tools.mjs';

const bench = join(root, 'bench');
const python = process.env.PYTHON || 'python3';
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** By the name that --only takes: the commands, and the folder of a Python environment that they make. */
const parts = {
  npm: { what: 'TensorFlow.js, brain.js, mind-net.js, koffi', commands: [[npm, 'ci', '--prefix', bench]] },
  jax: environment('.venv', 'jax', 'tensorflow-cpu', 'numpy'),
  torch: environment('.venv-torch', 'torch', 'numpy'),
  sklearn: environment('.venv-sklearn', 'scikit-learn', 'numpy'),
};

const help = `npm run bench -- setup [options]
  --only a,b   of ${Object.keys(parts).join(', ')} (default: all)
npm    ${parts.npm.what} into bench/node_modules
jax    ${parts.jax.what} into bench/.venv
torch  ${parts.torch.what} into bench/.venv-torch
sklearn  ${parts.sklearn.what} into bench/.venv-sklearn
An environment that is there is brought up to date. The interpreter is $PYTHON, or python3.`;

/** A Python environment of its own, as JAX and TensorFlow on one side and PyTorch on the other bring different libraries. */
function environment(name, ...packages) {
  const folder = join(bench, name);
  const pip = [join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--upgrade', ...packages];
  return { what: packages.join(', '), folder, commands: [[python, '-m', 'venv', folder], pip] };
}

/** @param {string[]} args command-line arguments after the benchmark's name */
export function run(args) {
  const options = optionsOf(args, {
    only: { type: 'string', default: Object.keys(parts).join(',') },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  for (const name of namesFrom('only', options.only, Object.keys(parts))) {
    const { what, folder, commands } = parts[name];
    process.stderr.write(`${name}: installing ${what}\n`);
    const existed = folder && existsSync(folder);
    const reason = firstFailure(commands);
    // Half an environment would be found, and its lack of packages told instead of this reason.
    if (reason && folder && !existed) rmSync(folder, { recursive: true, force: true });
    console.log(reason ? `${name}: not installed: ${reason}` : `${name}: installed ${what}`);
    if (reason) process.exitCode = 2;
  }
  console.log(
    'On Debian and Ubuntu also: apt-get install python3-torch libopenblas0-openmp python3-numpy\n' +
      '(an older PyTorch and NumPy on the system’s OpenBLAS, by which the peak is measured too)',
  );
}

/** Runs one command after the other; the first failure ends them, and its reason is returned. */
function firstFailure(commands) {
  for (const [command, ...args] of commands) {
    const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    if (error) return `${command}: ${error.code}`;
    if (status !== 0) {
      const called = [command, ...args.slice(0, 3)].join(' ');
      return `${called} … ended with ${status}: ${reasonIn(stderr.trim() || stdout)}`;
    }
  }
  return undefined;
}

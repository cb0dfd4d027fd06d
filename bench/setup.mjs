/**
 * Installs the peers into bench/, as far as that goes here: `npm run bench -- setup`. What fails is told in a line
 * and the rest goes on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reasonIn } from './lib/children.mjs';
import { namesFrom, optionsOf, root } from './lib/tools.mjs';

const bench = join(root, 'bench');
const python = process.env.PYTHON || 'python3';
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const build = join(bench, '.build');
const cc = process.env.CC || 'cc';
/** OpenBLAS and MKL come as packages of Python's; the programs find them where they lie now. */
const libraries = environment('.venv-c', 'mkl', 'mkl-devel', 'scipy-openblas32');
const xsmm = process.env.LIBXSMM || join(build, 'libxsmm');

/** By the name that --only takes: the commands, and the folder of a Python environment that they make. */
const parts = {
  npm: { what: 'TensorFlow.js, brain.js, mind-net.js, koffi', commands: [[npm, 'ci', '--prefix', bench]] },
  jax: environment('.venv', 'jax', 'tensorflow-cpu', 'numpy'),
  torch: environment('.venv-torch', 'torch', 'numpy', 'setuptools'),
  // In an environment that has PyTorch, which it imports; this is the last onnx that it can read.
  onnxruntime: environment('.venv-torch', 'torch', 'onnxruntime-training', 'onnx==1.17.0', 'numpy'),
  sklearn: environment('.venv-sklearn', 'scikit-learn', 'numpy'),
  openblas: {
    what: 'OpenBLAS, and the limit in C on it',
    commands: [...libraries.commands, () => compile('openblas', pythonsOpenBlas())],
  },
  mkl: {
    what: 'MKL, and the limit in C on it',
    commands: [...libraries.commands, () => compile('mkl', pythonsMkl())],
  },
  libxsmm: {
    what: 'LIBXSMM, and the limit in C on it',
    commands: [
      ...(existsSync(xsmm)
        ? []
        : [['git', 'clone', '--depth', '1', 'https://github.com/libxsmm/libxsmm', xsmm]]),
      ['make', '-C', xsmm, '-j', 'STATIC=1', 'BLAS=0', 'FORTRAN=0', 'lib'],
      () => compile('libxsmm', [`-I${join(xsmm, 'include')}`, join(xsmm, 'lib', 'libxsmm.a'), '-ldl']),
    ],
  },
  rust: {
    what: 'burn and candle, built for this processor',
    commands: [
      [
        'cargo',
        'build',
        '--release',
        '--features=burn,candle',
        `--manifest-path=${join(bench, 'peers', 'rust', 'Cargo.toml')}`,
        `--target-dir=${join(build, 'rust')}`,
        '--config=build.rustflags=["-C", "target-cpu=native"]',
      ],
    ],
  },
};

const help = `npm run bench -- setup [options]
  --only a,b   of ${Object.keys(parts).join(', ')} (default: all)
${Object.entries(parts)
  .map(
    ([name, { what, folder }]) =>
      `${name.padEnd(12)} ${what}${folder ? `, in bench/${basename(folder)}` : ''}`,
  )
  .join('\n')}
An environment that is there is brought up to date. The interpreter is $PYTHON, or python3; the C compiler $CC, or cc.
LIBXSMM is cloned into bench/.build, or taken from the folder that $LIBXSMM names.`;

/** The limit in C (peers/c) with the products of one library, into bench/.build. */
function compile(name, flags) {
  const library = name === 'libxsmm' ? 'xsmm' : 'blas';
  const sources = ['main', 'minibatch', 'online', `products_${library}`].map((file) =>
    join(bench, 'peers', 'c', `${file}.c`),
  );
  const options = ['-O3', '-march=native', '-ffast-math', '-std=gnu11', '-pthread'];
  mkdirSync(build, { recursive: true });
  return [cc, ...options, ...sources, '-o', join(build, `c_${name}`), ...flags, '-lm'];
}

function pythonsOpenBlas() {
  const site = join(libraries.folder, 'lib', ...pythonFolder(), 'site-packages', 'scipy_openblas32');
  const lib = join(site, 'lib');
  return ['-DPREFIXED', `-I${join(site, 'include')}`, `-L${lib}`, `-Wl,-rpath,${lib}`, '-lscipy_openblas'];
}

function pythonsMkl() {
  const lib = join(libraries.folder, 'lib');
  // By their full names, libmkl_core.so.3: pip leaves out the links that the linker looks for.
  const file = (name) =>
    join(
      lib,
      readdirSync(lib).find((found) => found.startsWith(`libmkl_${name}.so`)),
    );
  const files = ['intel_lp64', 'sequential', 'core'].map(file);
  return ['-DMKL', `-I${join(libraries.folder, 'include')}`, ...files, `-Wl,-rpath,${lib}`];
}

/** `python3.11`, of the environment that is there now. */
function pythonFolder() {
  return readdirSync(join(libraries.folder, 'lib')).filter((name) => name.startsWith('python3'));
}

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

/**
 * Runs one command after the other; the first failure ends them, and its reason is returned. One that is a function is
 * asked for when it is its turn.
 */
function firstFailure(commands) {
  for (const one of commands) {
    const [command, ...args] = typeof one === 'function' ? one() : one;
    const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    if (error) return `${command}: ${error.code}`;
    if (status !== 0) {
      const called = [command, ...args.slice(0, 3)].join(' ');
      return `${called} … ended with ${status}: ${reasonIn(stderr.trim() || stdout)}`;
    }
  }
  return undefined;
}

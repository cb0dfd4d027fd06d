/** The peers as contenders: which there are, in which variants, and how the script of each is called. */
import { join } from 'node:path';
import { CommandFailed, jsonLines } from './children.mjs';
import { pythons } from './pythons.mjs';
import { root } from './tools.mjs';

/** Seconds that a script may take beyond those it measures: starting, reading, compiling, a step of the slowest. */
const LIMIT_SECONDS = 60;

/** By the name that --peer takes. `variants`: name and arguments; `threads` where a script has so many only. */
const peers = {
  numpy: {
    title: 'NumPy',
    script: 'numpy_sgd.py',
    variants: { float32: ['--dtype', 'float32'], float64: ['--dtype', 'float64'] },
  },
  torch: {
    title: 'PyTorch',
    script: 'torch_sgd.py',
    variants: { eager: [], compiled: ['--compile'] },
    lacks: (variant, version) => variant === 'compiled' && Number.parseInt(version, 10) < 2,
  },
  jax: {
    title: 'JAX',
    script: 'jax_sgd.py',
    variants: { scan: [], 'a call a step': ['--loop', 'python'] },
  },
  tensorflow: { title: 'TensorFlow', script: 'tensorflow_sgd.py', variants: { graph: [], XLA: ['--xla'] } },
  'tensorflow.js': {
    title: 'TensorFlow.js',
    script: 'tensorflow_js.mjs',
    variants: { cpu: ['--backend', 'cpu'], wasm: ['--backend', 'wasm'] },
    threads: [1],
  },
  'brain.js': { title: 'brain.js', script: 'brain.mjs', variants: { '': [] }, threads: [1] },
  'mind-net.js': { title: 'mind-net.js', script: 'mind_net.mjs', variants: { '': [] } },
};

export const peerNames = Object.keys(peers);

/**
 * A contender for each variant of the peers named, and for each version of a Python package that is found. One that
 * is nowhere is a contender with a reason (`notHere`) and nothing to measure.
 */
export function peerContenders(names, threads) {
  const wanted = names.map((name) => ({ name, ...peers[name] }));
  const found = wanted.some(({ script }) => script.endsWith('.py')) ? pythons() : [];
  return wanted.flatMap((peer) => {
    const hosts = peer.script.endsWith('.py')
      ? oneOfEachVersion(peer.name, found)
      : [{ command: process.execPath, env: {} }];
    if (hosts.length === 0) {
      const tried = found.map(({ python }) => python).join(', ') || 'none at all';
      return [
        { name: peer.title, kind: 'peer', notHere: `in no Python found (${tried}); npm run bench -- setup` },
      ];
    }
    return hosts.flatMap((host) => contendersOf(peer, host, threads));
  });
}

/** The interpreters that hold the module, the first of each version. */
function oneOfEachVersion(module, found) {
  const byVersion = new Map();
  for (const { python, env, versions } of found) {
    const version = versions[module];
    if (version && versions.numpy && !byVersion.has(version))
      byVersion.set(version, { command: python, env, version });
  }
  return [...byVersion.values()];
}

function contendersOf(peer, { command, env, version }, threads) {
  return Object.entries(peer.variants)
    .filter(([variant]) => !peer.lacks?.(variant, version))
    .map(([variant, args]) => ({
      name: `${peer.title} ${variant}`.trim(),
      kind: 'peer',
      version,
      threads: peer.threads ?? threads,
      measure: async (name, count, seconds) => {
        const script = join(root, 'bench', 'peers', peer.script);
        const settings = ['--case', name, '--threads', String(count), '--seconds', String(seconds)];
        const limit = LIMIT_SECONDS + seconds;
        const [line] = await jsonLines(command, [script, ...settings, ...args], { env, limit });
        if (!line) throw new CommandFailed('', 'printed no figures');
        return {
          speed: line.examplesPerSecond,
          perCpuSecond:
            line.cpuSeconds > 0 ? (line.examplesPerSecond * line.seconds) / line.cpuSeconds : undefined,
          version: line.version,
          remark: line.note ?? line.blas ?? '',
        };
      },
    }));
}

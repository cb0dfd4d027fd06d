/**
 * A usual network of today, 784–512–512–10 with batch-norm, dropout and AdamW at minibatches of 128, beside PyTorch and Keras:
 * `npm run bench -- step`.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pythons } from './lib/pythons.mjs';
import { count, machine, markdown, median, optionsOf, perSecond, positive, root } from './lib/tools.mjs';

const help = `npm run bench -- step [options]
  --reps N      repetitions in turns (default 5)
  --seconds N   measured seconds of each (default 3)
  --threads N   of each (default: the cores)
  --json        the figures as one JSON object
All train on the same 50,000 images in float32, in random order. Peers are looked for in bench/.venv*, $GRADPOOL_PYTHONS,
$PYTHON and python3.`;

const SHAPE = ['--widths', '784,512,512,10', '--batch', '128'];

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    reps: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const common = [
    ...SHAPE,
    '--threads',
    options.threads,
    '--seconds',
    String(positive('seconds', options.seconds)),
  ];
  const contenders = [
    ...['native', 'wasm'].map((engine) => ours(engine)),
    ...pythons().flatMap((python) => peersOf(python)),
  ];
  const found = new Map();
  for (let rep = 0; rep < reps; rep++) {
    for (const { title, words, env } of contenders) {
      const line = lineOf(title, [...words, ...common], env);
      if (line === undefined) continue;
      const known = found.get(title) ?? { title, version: line.version, speeds: [] };
      known.speeds.push(line.examplesPerSecond);
      found.set(title, known);
    }
  }
  const [first, ...others] = [...found.values()].map((one) => ({ ...one, speed: median(one.speeds) }));
  const rows = [first, ...others];
  if (options.json)
    return console.log(JSON.stringify({ machine: machine(), threads: options.threads, rows }));
  console.log(`${machine()}; ${options.threads} threads each; medians of ${reps} in turns\n`);
  console.log(
    markdown(
      rows.map(({ title, version, speed }) => ({
        trainer: version === undefined ? title : `${title} ${version}`,
        'examples/s': perSecond(speed),
        'gradpool native is': `${(first.speed / speed).toFixed(2)} ×`,
      })),
    ),
  );
}

const ours = (engine) => ({
  title: `gradpool, ${engine}`,
  words: [process.execPath, join(root, 'bench/lib/step-ours.mjs'), '--engine', engine],
});

/** What an interpreter can train with. */
function peersOf({ python, env, versions }) {
  const script = (name, ...more) => [python, join(root, 'bench/peers', `${name}.py`), ...more];
  const peers = [];
  if (versions.torch) {
    peers.push({ title: 'PyTorch, eager', words: script('torch_step'), env });
    // Debian's is older than torch.compile.
    if (!versions.torch.startsWith('1.'))
      peers.push({ title: 'PyTorch, compiled', words: script('torch_step', '--compile'), env });
  }
  for (const backend of ['jax', 'tensorflow']) {
    if (!versions[backend]) continue;
    for (const jit of backend === 'jax' ? ['yes'] : ['yes', 'no']) {
      const words = script('keras_step', '--backend', backend, '--jit', jit);
      peers.push({ title: `Keras, ${backend}${jit === 'no' ? ', not compiled' : ''}`, words, env });
    }
  }
  return peers;
}

const gone = new Set();

/** The JSON line that a program prints; undefined where it cannot run here, which is said once. */
function lineOf(title, [program, ...words], env) {
  if (gone.has(title)) return undefined;
  try {
    const out = execFileSync(program, words, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return JSON.parse(out.split('\n').find((line) => line.startsWith('{')));
  } catch (error) {
    gone.add(title);
    console.error(
      `${title}: not here: ${String(error.stderr ?? error)
        .trim()
        .split('\n')
        .at(-1)}`,
    );
    return undefined;
  }
}

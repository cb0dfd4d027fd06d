/**
 * What it costs a run to be looked at: `npm run bench -- seeing`. Interleaved pairs of the same run, once with every
 * subscriber on and somebody before the live page, once with none.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { count, fail, machine, median, medianInterval, optionsOf, perSecond, root } from './lib/tools.mjs';

const help = `npm run bench -- seeing [options]
  --config FILE   configuration (default: config/mnist.yaml)
  --threads N     worker threads (default: the cores)
  --epochs N      epochs of each run (default 6)
  --pairs N       pairs of runs (default 15; fewer than 6 have no interval)
  --json          the figures as one JSON object
A ratio is the examples/s of training with everything on by those with nothing on: below 1, being seen costs time.`;

/** Half a per cent is what nobody notices. */
const NOTHING = 0.005;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    config: { type: 'string', default: join(root, 'config', 'mnist.yaml') },
    threads: { type: 'string', default: String(availableParallelism()) },
    epochs: { type: 'string', default: '6' },
    pairs: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const threads = count('threads', options.threads);
  const epochs = count('epochs', options.epochs);
  const pairs = count('pairs', options.pairs);
  const from = (file) => import(join(root, 'dist', 'src', file));
  const { train } = await from('index.js');
  const names = Object.keys((await from('subscribers/index.js')).subscribers);
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-bench-'));

  const trained = async (isSeen, runDir) => {
    let viewer;
    const watch = isSeen && { open: false, onUrl: (url) => (viewer = look(url, basename(runDir))) };
    const subscribers = { ...Object.fromEntries(names.map((name) => [name, isSeen])), watch };
    const before = process.cpuUsage();
    const { summary } = await train(options.config, {
      threads,
      runDir,
      overrides: { epochs },
      subscribers,
    });
    const seen = await viewer;
    if (isSeen && !(seen > 0)) fail('bench: nobody saw the run: the viewer got no events');
    const { user, system } = process.cpuUsage(before);
    return { speed: summary.examplesPerSecond, hash: summary.weightsHash, cpu: (user + system) / 1e6, seen };
  };

  const runs = [];
  try {
    // One that is not counted: what is read for the first time.
    await trained(true, join(folder, 'first'));
    for (let pair = 1; pair <= pairs; pair++) {
      const found = {};
      for (const side of pair % 2 ? ['on', 'off'] : ['off', 'on'])
        found[side] = await trained(side === 'on', join(folder, `${pair}-${side}`));
      const { on, off } = found;
      runs.push({
        on: on.speed,
        off: off.speed,
        ratio: on.speed / off.speed,
        cpu: on.cpu / off.cpu,
        same: on.hash === off.hash,
      });
      process.stderr.write(
        `${pair}/${pairs}: ${perSecond(on.speed)} / ${perSecond(off.speed)} = ${runs.at(-1).ratio.toFixed(4)}, ` +
          `${on.seen} bytes seen\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const ratios = runs.map(({ ratio }) => ratio);
  const all = {
    machine: machine(),
    pairs,
    threads,
    epochs,
    on: names,
    ratio: median(ratios),
    interval: medianInterval(ratios),
    cpu: median(runs.map((one) => one.cpu)),
    cpuInterval: medianInterval(runs.map((one) => one.cpu)),
    sameWeights: runs.every(({ same }) => same),
    runs,
  };
  console.log(options.json ? JSON.stringify(all) : report(all));
}

/** Somebody before the page, in a process of its own as a browser is. Resolves to the bytes that came. */
function look(url, name) {
  const reader =
    'require("node:http").get(process.argv[1], (response) => {' +
    'let n = 0; response.on("data", (part) => { n += part.length; }); response.on("close", () => console.log(n)); });';
  const address = new URL(url);
  address.pathname = '/events';
  address.searchParams.set('run', name);
  const child = spawn(process.execPath, ['-e', reader, address.href], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
  });
  return new Promise((resolve) => child.once('close', () => resolve(Number(text))));
}

function report({ machine, pairs, threads, epochs, on, ratio, interval, cpu, cpuInterval, sameWeights }) {
  const [low, high] = interval ?? [Number.NaN, Number.NaN];
  const within = (values) =>
    (values ?? [Number.NaN, Number.NaN]).map((value) => value.toFixed(4)).join(' – ');
  const verdict =
    interval === null
      ? 'too few pairs'
      : high < 1 - NOTHING
        ? 'being seen costs time'
        : low >= 1 - NOTHING
          ? 'nothing that anybody notices'
          : 'undecided';
  return [
    `${pairs} pairs, ${epochs} epochs, ${threads} threads; on: ${on.join(', ')}\n${machine}`,
    `median ratio ${ratio.toFixed(4)}, 95 % interval ${within(interval)}: ${verdict}`,
    `processor time of the whole process, reports and all: ${cpu.toFixed(4)} times, 95 % interval ${within(cpuInterval)}`,
    `same weights: ${sameWeights ? 'yes' : 'no'}`,
  ].join('\n\n');
}

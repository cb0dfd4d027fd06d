/**
 * Two hosts beside PyTorch's DistributedDataParallel: `npm run bench -- hosts`. The hosts are two network namespaces of
 * this machine with a wire of limited bandwidth between them, and a core each; both trainers run there in turns.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './lib/cases.mjs';
import { pythons } from './lib/pythons.mjs';
import { count, fail, machine, markdown, median, optionsOf, perSecond, root } from './lib/tools.mjs';

const help = `npm run bench -- hosts [options]      (root, on Linux, with iproute2, Open MPI and PyTorch)
  --case NAME,...   usual, large, wide, wide-large (default: these four)
  --rate RATE       of the wire, as tc has it (default 1gbit)
  --reps N          repetitions in turns (default 3)
  --seconds N       seconds of each (default 4)
  --json            the figures as one JSON object
Each host has one core and computes with one thread. The wire has the latency of two namespaces, some 0.03 ms: a kernel
with netem can have more (tc qdisc add … netem delay 0.1ms).`;

const NET = '10.213.0';
const HOSTS = ['gradpool-a', 'gradpool-b'];
const DEVICES = ['gp-a', 'gp-b'];
const PORT = 29_517;

const sh = (...words) => execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
const quietly = (...words) => {
  try {
    sh(...words);
  } catch {
    // It was not there.
  }
};
const within = (host, ...words) => [
  'ip',
  'netns',
  'exec',
  HOSTS[host],
  'taskset',
  '-c',
  String(host),
  ...words,
];

/** Two namespaces with a wire between them. */
function connect(rate) {
  disconnect();
  for (const host of HOSTS) sh('ip', 'netns', 'add', host);
  sh('ip', 'link', 'add', DEVICES[0], 'type', 'veth', 'peer', 'name', DEVICES[1]);
  for (const [k, host] of HOSTS.entries()) {
    sh('ip', 'link', 'set', DEVICES[k], 'netns', host);
    const inside = ['ip', 'netns', 'exec', host];
    sh(...inside, 'ip', 'addr', 'add', `${NET}.${k + 1}/24`, 'dev', DEVICES[k]);
    sh(...inside, 'ip', 'link', 'set', 'lo', 'up');
    sh(...inside, 'ip', 'link', 'set', DEVICES[k], 'up');
    sh(
      ...inside,
      'tc',
      'qdisc',
      'add',
      'dev',
      DEVICES[k],
      'root',
      'tbf',
      'rate',
      rate,
      'burst',
      '128kb',
      'latency',
      '50ms',
    );
  }
}

function disconnect() {
  for (const host of HOSTS) quietly('ip', 'netns', 'del', host);
}

/** Runs programs side by side. @returns the JSON line that the first has printed */
async function lineOf(programs) {
  const outputs = await Promise.all(
    programs.map(
      ({ words, env }) =>
        new Promise((resolve, reject) => {
          const child = spawn(words[0], words.slice(1), { env: { ...process.env, ...env } });
          let out = '';
          let err = '';
          child.stdout.on('data', (text) => (out += text));
          child.stderr.on('data', (text) => (err += text));
          child.once('error', reject);
          child.once('close', (code) =>
            code === 0 ? resolve(out) : reject(new Error(`${words.join(' ')}: ${err}`)),
          );
        }),
    ),
  );
  const line = outputs[0].split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) fail(`bench: no figures in: ${outputs[0]}`);
  return JSON.parse(line);
}

/** gradpool, by mpirun; `alone`: on one host with one thread. */
function ours(agent, name, seconds, order) {
  const program = [
    process.execPath,
    join(root, 'bench/lib/hosts-ours.mjs'),
    '--case',
    name,
    '--seconds',
    String(seconds),
  ];
  if (order === 'alone') return lineOf([{ words: within(0, ...program, '--nodes', '1') }]);
  const mca = {
    plm_rsh_agent: agent,
    btl: 'tcp,self',
    pml: 'ob1',
    btl_tcp_if_include: `${NET}.0/24`,
    oob_tcp_if_include: `${NET}.0/24`,
  };
  const options = Object.entries(mca).flatMap(([key, value]) => ['--mca', key, value]);
  const hosts = ['--host', `${NET}.1:1,${NET}.2:1`, '-np', '2', '--bind-to', 'none', '--allow-run-as-root'];
  return lineOf([{ words: within(0, 'mpirun', ...options, ...hosts, ...program, '--order', order) }]);
}

/** PyTorch's DDP over gloo, so many steps. */
function ddp(python, name, steps) {
  return lineOf(
    HOSTS.map((_, host) => ({
      words: within(
        host,
        python,
        join(root, 'bench/peers/torch_ddp.py'),
        ...['--case', name, '--steps', String(steps), '--seconds', '1000000'],
      ),
      env: {
        RANK: String(host),
        WORLD_SIZE: '2',
        MASTER_ADDR: `${NET}.1`,
        MASTER_PORT: String(PORT),
        GLOO_SOCKET_IFNAME: DEVICES[host],
      },
    })),
  );
}

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: 'usual,large,wide,wide-large' },
    rate: { type: 'string', default: '1gbit' },
    reps: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const seconds = count('seconds', options.seconds);
  if (process.getuid?.() !== 0 || availableParallelism() < 2)
    fail('bench: hosts: expected root, and two cores');
  const torch = pythons().find(({ versions }) => versions.torch);
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-hosts-'));
  const agent = join(folder, 'agent');
  // Open MPI starts its daemon on the other host by this, in the place of ssh.
  writeFileSync(agent, `#!/bin/sh\nshift\nexec ${within(1).join(' ')} sh -c "$*"\n`);
  chmodSync(agent, 0o755);
  const rows = [];
  try {
    connect(options.rate);
    for (const name of options.case.split(',')) {
      if (!cases[name]) fail(`bench: hosts: no case "${name}"; there are ${Object.keys(cases).join(', ')}`);
      const found = { fixed: [], fast: [], alone: [], ddp: [] };
      let steps = 10;
      for (let rep = 0; rep < reps; rep++) {
        if (torch) {
          if (rep === 0) {
            const { examplesPerSecond } = await ddp(torch.python, name, steps);
            steps = Math.max(10, Math.round((examplesPerSecond * seconds) / cases[name].batch));
          }
          found.ddp.push((await ddp(torch.python, name, steps)).examplesPerSecond);
        }
        for (const order of ['fixed', 'fast', 'alone']) {
          const { examplesPerSecond, time } = await ours(agent, name, seconds, order);
          found[order].push(examplesPerSecond);
          if (order === 'fixed') found.time = time;
        }
      }
      rows.push(rowOf(name, found));
      if (!options.json) console.error(`${name}: done`);
    }
  } finally {
    disconnect();
    rmSync(folder, { recursive: true });
  }
  if (options.json) return console.log(JSON.stringify({ machine: machine(), rate: options.rate, rows }));
  console.log(`${machine()}; two namespaces, ${options.rate}, a core each; medians of ${reps} in turns\n`);
  console.log(markdown(rows.map(shown)));
}

function rowOf(name, { fixed, fast, alone, ddp, time }) {
  const middle = (values) => (values.length > 0 ? median(values) : null);
  return { name, fixed: middle(fixed), fast: middle(fast), alone: middle(alone), ddp: middle(ddp), time };
}

function shown({ name, fixed, fast, alone, ddp, time }) {
  return {
    case: name,
    'two hosts': perSecond(fixed),
    'in any order': perSecond(fast),
    'PyTorch DDP (gloo)': ddp === null ? 'not here' : perSecond(ddp),
    'to DDP': ddp === null ? '–' : `${(fixed / ddp).toFixed(2)} ×`,
    'one host': perSecond(alone),
    'to one host': `${(fixed / alone).toFixed(2)} ×`,
    'waits for the other': `${Math.round(100 * time.hosts)} %`,
    'of the exchange hidden': `${Math.round(100 * time.hidden)} %`,
  };
}

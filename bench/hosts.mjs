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
  --rate RATE       of the wire, as tc has it (default 1gbit); loopback: no wire and no namespaces, two processes of this
                    machine over its loopback, for which nobody has to be root
  --of WAY,...      which are timed, fixed among them: fixed, fast, half (train.exchange), alone (one host), ddp (default: all)
  --cores N         cores of each host, with as many threads (default 1)
  --reps N          repetitions in turns (default 3)
  --seconds N       seconds of each (default 4)
  --json            the figures as one JSON object
The wire has the latency of two namespaces, some 0.03 ms: a kernel
with netem can have more (tc qdisc add … netem delay 0.1ms).`;

const NET = '10.213.0';
const HOSTS = ['gradpool-a', 'gradpool-b'];
const DEVICES = ['gp-a', 'gp-b'];
const PORT = 29_517;
const WAYS = ['fixed', 'fast', 'half', 'alone', 'ddp'];

const sh = (...words) => execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
const quietly = (...words) => {
  try {
    sh(...words);
  } catch {
    // It was not there.
  }
};
/** How many cores each host has, and whether there is a wire between them. */
const set = { cores: 1, wire: true };
const within = (host, ...words) => [
  ...(set.wire ? ['ip', 'netns', 'exec', HOSTS[host]] : []),
  'taskset',
  '-c',
  `${host * set.cores}-${(host + 1) * set.cores - 1}`,
  ...words,
];

/** Two namespaces with a wire between them. */
function connect(rate) {
  if (!set.wire) return;
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

/** Bytes that the first host has sent so far, what its programs say to each other as they start included. */
function sent() {
  if (!set.wire) return 0;
  const file = `/sys/class/net/${DEVICES[0]}/statistics/tx_bytes`;
  return Number(sh('ip', 'netns', 'exec', HOSTS[0], 'cat', file).toString());
}

function disconnect() {
  if (!set.wire) return;
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
            code === 0 || out.includes('{') ? resolve(out) : reject(new Error(`${words.join(' ')}: ${err}`)),
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
    '--threads',
    String(set.cores),
  ];
  if (order === 'alone') return lineOf([{ words: within(0, ...program, '--nodes', '1') }]);
  const mca = {
    btl: 'tcp,self',
    pml: 'ob1',
    ...(set.wire
      ? {
          plm_rsh_agent: agent,
          btl_tcp_if_include: `${NET}.0/24`,
          oob_tcp_if_include: `${NET}.0/24`,
        }
      : { btl_tcp_if_include: 'lo' }),
  };
  const options = Object.entries(mca).flatMap(([key, value]) => ['--mca', key, value]);
  const fixed = ['--bind-to', 'none', '--allow-run-as-root'];
  const asked = [...program, '--order', order];
  if (set.wire) {
    const hosts = ['--host', `${NET}.1:1,${NET}.2:1`, '-np', '2'];
    return lineOf([{ words: within(0, 'mpirun', ...options, ...hosts, ...fixed, ...asked) }]);
  }
  // Each with cores of its own.
  const each = HOSTS.map((_, host) => ['-np', '1', ...within(host, ...asked)]);
  return lineOf([
    { words: ['mpirun', '--oversubscribe', ...options, ...fixed, ...each[0], ':', ...each[1]] },
  ]);
}

/** PyTorch's DDP over gloo, so many steps. */
function ddp(python, name, steps) {
  return lineOf(
    HOSTS.map((_, host) => ({
      words: within(
        host,
        python,
        join(root, 'bench/peers/torch_ddp.py'),
        ...['--case', name, '--steps', String(steps), '--seconds', '1000000', '--threads', String(set.cores)],
      ),
      env: {
        RANK: String(host),
        WORLD_SIZE: '2',
        MASTER_ADDR: set.wire ? `${NET}.1` : '127.0.0.1',
        MASTER_PORT: String(PORT),
        GLOO_SOCKET_IFNAME: set.wire ? DEVICES[host] : 'lo',
      },
    })),
  );
}

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: 'usual,large,wide,wide-large' },
    rate: { type: 'string', default: '1gbit' },
    of: { type: 'string', default: WAYS.join() },
    cores: { type: 'string', default: '1' },
    reps: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const seconds = count('seconds', options.seconds);
  set.cores = count('cores', options.cores);
  set.wire = options.rate !== 'loopback';
  if (set.wire && process.getuid?.() !== 0) fail('bench: hosts: expected root');
  if (availableParallelism() < 2 * set.cores) fail(`bench: hosts: expected ${2 * set.cores} cores`);
  const ways = options.of.split(',');
  const unknown = ways.find((way) => !WAYS.includes(way));
  if (unknown !== undefined || !ways.includes('fixed'))
    fail(`bench: hosts: --of: expected fixed, and some of ${WAYS.join(', ')}, got ${options.of}`);
  const torch = ways.includes('ddp') ? pythons().find(({ versions }) => versions.torch) : undefined;
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
      const found = { fixed: [], fast: [], half: [], alone: [], ddp: [], bytes: {} };
      let steps = 10;
      for (let rep = 0; rep < reps; rep++) {
        if (torch) {
          if (rep === 0) {
            const { examplesPerSecond } = await ddp(torch.python, name, steps);
            steps = Math.max(10, Math.round((examplesPerSecond * seconds) / cases[name].batch));
          }
          found.ddp.push((await ddp(torch.python, name, steps)).examplesPerSecond);
        }
        for (const way of WAYS.filter((way) => way !== 'ddp' && ways.includes(way))) {
          const before = sent();
          const { examplesPerSecond, time, steps } = await ours(agent, name, seconds, way);
          found[way].push(examplesPerSecond);
          found.bytes[way] = (sent() - before) / steps;
          if (way === 'fixed') found.time = time ?? found.time;
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
  const where = set.wire ? `two namespaces, ${options.rate}` : 'two processes, loopback';
  console.log(`${machine()}; ${where}, cores each: ${set.cores}; medians of ${reps} in turns\n`);
  console.log(markdown(rows.map(shown)));
}

function rowOf(name, { time, bytes, ...found }) {
  const middle = (values) => (values.length > 0 ? median(values) : null);
  const middles = Object.fromEntries(Object.entries(found).map(([way, values]) => [way, middle(values)]));
  return { name, ...middles, bytes, time };
}

function shown({ name, fixed, fast, half, alone, ddp, bytes, time }) {
  const rate = (value) => (value === null ? 'not timed' : perSecond(value));
  const times = (value, other) =>
    value === null || other === null ? '–' : `${(value / other).toFixed(2)} ×`;
  const megabytes = (way) => (set.wire && bytes[way] ? `${(bytes[way] / 1e6).toFixed(2)} MB` : '–');
  return {
    case: name,
    'two hosts': rate(fixed),
    'in any order': rate(fast),
    'with 16 bits': rate(half),
    'to 32 bits': times(half, fixed),
    'sent by a host in a step': `${megabytes('fixed')}, ${megabytes('half')}`,
    'PyTorch DDP (gloo)': rate(ddp),
    'to DDP': times(fixed, ddp),
    'one host': rate(alone),
    'to one host': times(fixed, alone),
    'waits for the other': time ? `${Math.round(100 * time.hosts)} %` : '–',
    'of the exchange hidden': time ? `${Math.round(100 * time.hidden)} %` : '–',
  };
}

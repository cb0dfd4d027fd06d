/** The estimate of what a run needs, held against what whole processes take, and against limits that are really there. */
import '../helpers/bare.js';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { Workspace } from '../../src/coordinator/workspace.js';
import { openData } from '../../src/data/index.js';
import { anyContext } from '../../src/data/source.js';
import { xor } from '../helpers/xor.js';

const folder = t.testdir();
const cli = fileURLToPath(new URL('../../src/cli.js', import.meta.url));
const library = new URL('../../src/index.js', import.meta.url).href;

/** Black images of 32 × 32, the digits in turn. */
function images(set: string, rows: number): void {
  for (const [what, shape] of [
    ['images-idx3', [rows, 32, 32]],
    ['labels-idx1', [rows]],
  ] as const) {
    const bytes = Buffer.alloc(4 + 4 * shape.length + rows * (shape.length === 1 ? 1 : 1024));
    bytes.writeUInt32BE(0x800 + shape.length);
    for (const [i, size] of shape.entries()) bytes.writeUInt32BE(size, 4 + 4 * i);
    if (shape.length === 1) for (let row = 0; row < rows; row++) bytes[8 + row] = row % 10;
    writeFileSync(join(folder, `${set}-${what}-ubyte`), bytes);
  }
}
images('train', 50_000);
images('t10k', 1000);

/** Matrices and data: a minibatch of 12,288 rows, two of them an epoch, so that both of its places are used. */
const rows: ConfigInput = {
  name: 'rows',
  engine: 'wasm',
  data: {
    name: 'idx',
    path: folder,
    split: { name: 'random', train: 24_576, validation: 2000, test: 1000 },
  },
  loss: 'cross-entropy',
  model: {
    precision: 'float64',
    layers: [
      { units: 64, activation: 'relu' },
      { units: 10, activation: 'softmax' },
    ],
  },
  train: { batchSize: 12_288, averaging: 'shards' },
};
/** Parameters, a gradient for each shard, and the copies: six million weights. */
const weights: ConfigInput = xor({
  name: 'weights',
  engine: 'wasm',
  model: {
    layers: [
      { units: 2500, activation: 'tanh' },
      { units: 2500, activation: 'tanh' },
      { units: 1, activation: 'sigmoid' },
    ],
  },
  train: { epochs: 2, shards: 4, averaging: 'shards' },
});

/** MiB that a refusal says the run needs. */
async function estimate(input: ConfigInput, threads: number): Promise<number> {
  const config = parseConfig(input);
  const available = () => ({ bytes: 0, where: 'at all' });
  const { message } = await Workspace.open(config, await openData(config.data, anyContext), threads, {
    room: { available },
  }).then(
    () => new Error('not refused'),
    (error) => error,
  );
  return Number(/^this run needs ([\d,]+) MiB of memory/.exec(message)?.[1].replace(',', ''));
}

/**
 * Trains in a process of its own. What that takes anyhow is known from a tiny run before.
 * @returns MiB: in use before, the most until then, and the most until the end.
 */
function measured(config: ConfigInput, threads: number): [before: number, base: number, peak: number] {
  const script = `
    import { train } from ${JSON.stringify(library)};
    const most = () => process.resourceUsage().maxRSS / 1024;
    await train(${JSON.stringify(xor())}, { threads: 1 });
    const before = [process.memoryUsage.rss() / 2 ** 20, most()];
    await train(${JSON.stringify(config)}, { threads: ${threads}, runDir: ${JSON.stringify(join(folder, config.name))} });
    console.log(JSON.stringify([...before, most()]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

for (const config of [rows, weights]) {
  t.test(`${config.name}: takes no more than was estimated, and more than half of it`, async (t) => {
    const estimated = await estimate(config, 2);
    t.ok(estimated > 250, `${estimated} MiB`);
    const [before, base, peak] = measured(config, 2);
    const figures = `${JSON.stringify({ estimated, before, base, peak })} MiB`;
    t.ok(peak <= base + estimated, figures);
    t.ok(peak >= before + estimated / 2, figures);
  });
}

/** Runs the command line behind `setup`, a line of shell. */
function limited(setup: string, config: ConfigInput): { status: number | null; output: string } {
  const path = join(folder, 'limited.yaml');
  writeFileSync(path, JSON.stringify(config));
  const command = `${setup} && exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, cli, 'train', path, '--threads', '2'];
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', cwd: folder });
  return { status, output: stdout + stderr };
}

/** A memory control group with room for so many MiB; undefined where none may be made. */
function group(mebibytes: number): string | undefined {
  for (const [mount, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ]) {
    const folder = join(mount, `gradpool-test-${process.pid}`);
    try {
      mkdirSync(folder);
      if (existsSync(join(folder, limit))) {
        writeFileSync(join(folder, limit), `${mebibytes * 2 ** 20}`);
        return folder;
      }
      rmdirSync(folder);
    } catch {
      // not mounted, or not ours to write to
    }
  }
  return undefined;
}

const tried = group(1000);
if (tried !== undefined) rmdirSync(tried);
const noGroup = tried === undefined && 'no control group may be made here';
t.test(
  'a control group: room for what was estimated is enough, less is refused',
  { skip: noGroup },
  async (t) => {
    const needed = await estimate(rows, 2);
    const within = (mebibytes: number) => {
      const folder = group(mebibytes);
      t.teardown(() => existsSync(`${folder}`) && rmdirSync(`${folder}`));
      const outcome = limited(`echo $$ > ${folder}/cgroup.procs`, rows);
      rmdirSync(`${folder}`);
      return outcome;
    };
    // Beside what the process has in use when it asks.
    const enough = within(100 + needed);
    t.equal(enough.status, 0, enough.output);
    const less = within(needed - 30);
    t.equal(less.status, 2, less.output);
    t.match(less.output, / MiB of the \d+ MiB of its control group are free: minibatch and activations /);
  },
);

const skip = process.platform !== 'linux' && 'no ulimit -v';
t.test('too few addresses: said so, and what to do', { skip }, async (t) => {
  const { status, output } = limited('ulimit -v 6291456', xor());
  t.equal(status, 2, output);
  t.match(
    output,
    /10 GiB of addresses for each memory, and ulimit -v allows 6,144 MiB in all; .*--disable-wasm/,
  );
  const able = limited('ulimit -v 6291456 && export NODE_OPTIONS=--disable-wasm-trap-handler', xor());
  t.equal(able.status, 0, able.output);
});

/**
 * The addon: each of its instruction sets that this processor has, and the fused kernels, to the last bit; what stands in
 * the repository against what it is built from; and what happens where there is no addon, or where it is called wrongly.
 */
import '../helpers/bare.js';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Trainer } from '../../src/coordinator/trainer.js';
import { createEngine } from '../../src/engines/index.js';
import { bitsHere, compileKernels } from '../../src/engines/kernels.js';
import { findNative, type Native, SIMD } from '../../src/engines/native-library.js';
import { bytesOf, type Precision } from '../../src/model/precision.js';
import { Pool } from '../../src/pool/pool.js';
import { keyed } from '../../src/random.js';
import { wrongChains } from '../helpers/chains.js';
import { fma32, fma64 } from '../helpers/fma.js';
import { smallConfig, smallSource } from '../helpers/small.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const precisions: readonly Precision[] = ['float32', 'float64'];
const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
const kernels = await compileKernels();

/** With one instruction set, or `none`, or the environment as it is. */
function withSet<Result>(set: string | undefined, body: () => Result): Result {
  const before = process.env[SIMD];
  if (set === undefined) delete process.env[SIMD];
  else process.env[SIMD] = set;
  try {
    return body();
  } finally {
    if (before === undefined) delete process.env[SIMD];
    else process.env[SIMD] = before;
  }
}

const here = withSet(undefined, findNative);
const skip = typeof here === 'string' && here;
const sets = ['avx2', 'avx512', 'neon'].filter((set) => typeof withSet(set, findNative) !== 'string');

t.test('the formula rounds once', async (t) => {
  const [x, half] = [1 + 2 ** -12, 1 + 2 ** -27];
  t.equal(fma32(x, x, -(1 + 2 ** -11)), 2 ** -24);
  t.equal(fma64(half, half, -(1 + 2 ** -26)), 2 ** -54);
  // Half a unit in the last place and a little more, which float64 alone cannot hold.
  t.equal(fma32(1, 1, 2 ** -24), 1, 'a tie goes to the even one');
  t.equal(fma32(1 + 2 ** -23, 2 ** -24, 1), 1 + 2 ** -23, 'more than a tie does not');
  t.equal(fma32(1 - 2 ** -24, -(2 ** -25), 1), 1, 'nor less than one');
  t.equal(fma64(1 + 2 ** -52, 2 ** -53, 1), 1 + 2 ** -52);
  t.equal(fma64(2 ** -537, 2 ** -538, 0), 0, 'a tie with 0');
  t.equal(fma64(2 ** -537, 1.5 * 2 ** -538, 0), 2 ** -1074);
  t.equal(fma64(-(2 ** -600), 2 ** -600, 0), -0);
  t.equal(fma64(2 ** 1000, 2 ** 1000, Number.NEGATIVE_INFINITY), Number.NEGATIVE_INFINITY);
  t.equal(fma64(2 ** 600, 2 ** 500, -(2 ** 1023)), Number.POSITIVE_INFINITY);
  t.equal(fma64(2 ** 512, 2 ** 512, -(2 ** 1023)), 2 ** 1023, 'a product beyond the largest number');
  const random = keyed('two ways to the same');
  for (let k = 0; k < 2000; k++) {
    const [a, b, c] = [random.normal(), random.normal(), random.normal() * 2 ** (random.below(80) - 40)];
    // Scaled so far that it is computed in whole numbers: the same bits, moved.
    const moved = fma64(a * 2 ** 405, b * 2 ** -405, c);
    if (!Object.is(moved, fma64(a, b, c))) t.fail(`${a}·${b} + ${c}`);
  }
});

for (const set of sets) {
  for (const precision of precisions) {
    t.test(`${set}, ${precision}: every product is a chain of fused multiply-adds`, async (t) => {
      const engine = withSet(set, () => createEngine({ name: 'native' }, precision, memory, kernels));
      t.same(wrongChains(engine, memory, 1, 6, 150_000), []);
    });
  }
}

for (const precision of precisions) {
  const separate = bitsHere() !== 'fused' && 'this processor does not fuse';
  t.test(`wasm, ${precision}: the same chains`, { skip: separate }, async (t) => {
    const engine = createEngine({ name: 'wasm' }, precision, memory, kernels);
    t.same(wrongChains(engine, memory, 1, 6, 150_000), []);
  });
}

t.test('a run has the same bits with it, without it, and with any number of threads', { skip }, async (t) => {
  const pool = new Pool(3);
  t.teardown(() => pool.close());
  const source = smallSource(301, 131, 4);
  const layers = [
    { units: 150, activation: 'relu' },
    { units: 70, activation: 'relu' },
    { units: 4, activation: 'softmax' },
  ];
  for (const precision of precisions) {
    for (const [batchSize, averaging] of [
      [1, 'slices'],
      [48, 'slices'],
      [127, 'shards'],
    ] as const) {
      const run = async (engine: 'native' | 'wasm', threads: number) => {
        const config = smallConfig({
          engine,
          model: { precision, layers: [...layers] as never, init: 'he-uniform' },
          train: { batchSize, averaging, epochs: 1 },
        });
        const options = { threads, runDir: null, version: 'test' };
        return (await new Trainer().train(config, options, () => {}, { source, pool })).summary;
      };
      const one = await run('native', 1);
      t.match(one, { engine: 'native', bits: 'fused' });
      for (const other of [await run('native', 3), await run('wasm', 2)]) {
        const title = `${precision}, ${averaging}, ${batchSize} rows: ${other.engine}`;
        if (other.bits === 'fused')
          t.same([other.weightsHash, other.testLoss], [one.weightsHash, one.testLoss], title);
      }
    }
  }
});

const odd = [0, -0, 1, -1, 1e-42, -1e-42, 3e38, -3e38, Infinity, -Infinity, NaN, 0.3, -0.7];

for (const set of sets) {
  for (const precision of precisions) {
    t.test(`${set}, ${precision}: a list does what its operations do one by one`, async (t) => {
      const engine = withSet(set, () => createEngine({ name: 'native' }, precision, memory, kernels));
      const op = createEngine({ name: 'wasm' }, precision, memory, kernels);
      const random = keyed(set, precision);
      const [delta, w, b, h, scratch] = [0, 2 ** 16, 2 ** 20, 2 ** 20 + 2 ** 16, 2 ** 21];
      const dx = h + 2 ** 16;
      const values = (buffer: ArrayBufferLike, at: number, n: number) =>
        precision === 'float32' ? new Float32Array(buffer, at, n) : new Float64Array(buffer, at, n);
      const count = scratch / bytesOf(precision);
      const state = new Uint8Array(memory.buffer, 0, scratch);
      for (let k = 0; k < 120; k++) {
        const [inputs, units, rows] = [1 + random.below(60), 1 + random.below(23), random.below(3) ? 1 : 3];
        state.fill(0);
        const fill = (at: number, n: number, value: () => number) => {
          const filled = values(memory.buffer, at, n);
          for (let i = 0; i < n; i++) filled[i] = value();
        };
        // Sums of |δ| below and above what lets sums be left out; now and then something that is hardly a number.
        const size = 2 ** (4 - random.below(12));
        const strange = random.below(3) === 0;
        const value = () =>
          strange && random.below(9) === 0 ? odd[random.below(odd.length)] : random.normal();
        fill(delta, rows * units, () => size * random.normal());
        fill(w, inputs * units, () => (strange && random.below(99) === 0 ? 3e38 : random.normal()));
        fill(b, units, value);
        fill(h, rows * inputs, () => (random.below(2) ? 0 : Math.abs(value())));
        const before = state.slice();
        const ask = (ops: typeof op, rank1: typeof op.optimizers.sgd.rank1) => {
          ops.dense_backward_input(delta, w, dx, rows, inputs, units, scratch);
          ops.activations.relu.backward(h, dx, rows, inputs, []);
          ops.activations.relu.forward(h, h, rows, inputs, []);
          if (rows === 1) rank1?.(h, delta, w, b, inputs, units, 0.5);
        };
        ask(op, op.optimizers.sgd.rank1);
        const done = state.slice();
        state.set(before);
        const recorder = engine.recorder?.();
        if (!recorder?.record(() => ask(recorder.ops as typeof op, recorder.rank1.sgd))) t.fail('refused');
        const replay = recorder?.take();
        if (Buffer.compare(before, state) !== 0) t.fail('was done at once');
        replay?.(0.5);
        if (Buffer.compare(done, state) === 0) continue;
        const expected = values(done.buffer, 0, count);
        const got = values(memory.buffer, 0, count);
        // −0 and +0 are alike: both are 0 to whatever comes next.
        const wrong = expected.findIndex(
          (value, i) => value !== got[i] && !(Number.isNaN(value) && Number.isNaN(got[i])),
        );
        if (wrong >= 0)
          t.fail(`${k}: ${rows}×${inputs}×${units}, ${wrong}: ${expected[wrong]}, got ${got[wrong]}`);
      }
      const recorder = engine.recorder?.();
      t.notOk(
        recorder?.record(() => recorder.ops.activations.tanh.forward(0, 0, 1, 1, [])),
        'not in C',
      );
      t.equal(recorder?.take(), undefined);
    });
  }
}

for (const set of sets) {
  for (const precision of precisions) {
    t.test(`${set}, ${precision}: steps of optimizers, and the loss, as the kernels do them`, async (t) => {
      const engine = withSet(set, () => createEngine({ name: 'native' }, precision, memory, kernels));
      const op = createEngine({ name: 'wasm' }, precision, memory, kernels);
      const random = keyed('steps', set, precision);
      const bytes = bytesOf(precision);
      const at = [0, 1, 2, 3].map((k) => k * 2 ** 16 + bytes * k);
      const all = at.map((offset) =>
        precision === 'float32'
          ? new Float32Array(memory.buffer, offset, 900)
          : new Float64Array(memory.buffer, offset, 900),
      );
      /** What is left in memory, and what was returned, after the same call of both. */
      const compare = (title: string, ask: (engine: typeof op) => unknown) => {
        const before = all.map((array) => array.slice());
        const results = [op, engine].map((each) => {
          all.forEach((array, k) => {
            array.set(before[k]);
          });
          const answer = Number(ask(each));
          return { answer, left: all.map((array) => array.slice()) };
        });
        const [wanted, got] = results;
        if (!Object.is(wanted.answer, got.answer))
          t.fail(`${title}: expected ${wanted.answer}, got ${got.answer}`);
        for (const [k, numbers] of wanted.left.entries()) {
          const wrong = numbers.findIndex((value, i) => !Object.is(value, got.left[k][i]));
          if (wrong >= 0)
            t.fail(`${title}, array ${k}: [${wrong}] is ${got.left[k][wrong]}, expected ${numbers[wrong]}`);
        }
      };
      for (let k = 0; k < 80; k++) {
        const n = 1 + random.below(k % 4 === 0 ? 800 : 90);
        const strange = random.below(3) === 0;
        for (const array of all) {
          for (let i = 0; i < array.length; i++)
            array[i] = strange && random.below(60) === 0 ? odd[random.below(odd.length)] : random.normal();
        }
        for (let i = 0; i < 900; i++) all[3][i] = Math.abs(all[3][i]);
        const some = (value: number) => (random.below(2) ? value : 0);
        const slots = [at[2], at[3], 0];
        const sgd = Float64Array.of(some(0.9), some(1), some(0.01), some(0.02), 0, 0, 0, 0, 0, 0);
        compare(`sgd, ${n}`, (e) => e.optimizers.sgd.step(at[0], at[1], slots, n, 1 / 7, 0.1, sgd));
        const adam = [0.9, 1 - 0.9, 0.999, 1 - 0.999, 1 / 0.19, 1 / Math.sqrt(0.002), 1e-8];
        const moments = Float64Array.of(...adam, some(0.01), some(0.02), 0);
        for (const name of ['adam', 'adamw'] as const)
          compare(`${name}, ${n}`, (e) =>
            e.optimizers[name].step(at[0], at[1], slots, n, 1 / 7, 0.1, moments),
          );
        const [rows, cols] = [1 + random.below(3), 1 + random.below(13)];
        const size = 2 ** random.below(9);
        const logits = all[0].subarray(0, rows * cols);
        for (let i = 0; i < logits.length; i++) logits[i] *= size;
        for (let i = 0; i < rows * cols; i++) all[1][i] = some(random.uniform());
        compare(`cross-entropy, ${rows} × ${cols}`, (e) => {
          const ask = (ops: typeof op) => {
            const loss = ops.losses['cross-entropy'];
            const sum = loss.forward(at[0], at[1], 0, rows, cols, [0]);
            loss.backward(at[0], at[1], 0, at[2], rows, cols, [0]);
            return sum;
          };
          const recorder = e.recorder?.();
          if (recorder === undefined) return ask(e);
          if (!recorder.record(() => ask(recorder.ops as typeof op))) t.fail('refused');
          recorder.take()?.(0);
          return recorder.loss;
        });
      }
      const recorder = engine.recorder?.();
      const smoothed = () => recorder?.ops.losses['cross-entropy'].forward(0, 0, 0, 1, 1, [0.1]);
      t.notOk(recorder?.record(smoothed), 'smoothed targets are not in C');
      const weighted = () => recorder?.ops.losses['cross-entropy'].backward(0, 0, 8, 0, 1, 1, [0]);
      t.notOk(recorder?.record(weighted), 'nor weights of rows');
    });
  }
}

const NUMBERS = 20;
/** How many offsets and sizes follow an operation's number, and whether its scratch does. */
const MATRICES: readonly number[] = [0, 4, 3, 3, 4, 2, 2, 3, 4, 4, 2, 3];
const SIZES: readonly number[] = [0, 3, 3, 5, 2, 2, 2, 2, 1, 1, 2, 2];

t.test('a wrong offset or size throws, and nothing is written', { skip }, async (t) => {
  const small = new WebAssembly.Memory({ initial: 40, maximum: 40, shared: true });
  const bytes = small.buffer.byteLength;
  const all = Buffer.from(small.buffer);
  const untouched = Buffer.alloc(bytes);
  for (const size of [4, 8] as const) {
    const numbers = new Float64Array(new ArrayBuffer(3 * NUMBERS * 8));
    const run = (here as Native).bind(small, numbers, size);
    const random = keyed('offsets', size);
    const strange = () =>
      [
        -1,
        -size,
        bytes,
        bytes - size,
        bytes + size,
        2 ** 32,
        2 ** 53,
        2 ** 64,
        1e300,
        0.5,
        1,
        2,
        size / 2,
        NaN,
        Infinity,
        -Infinity,
        -0,
        2 ** 31,
        2 ** 28,
        2 ** 28 + 1,
        bytes * random.uniform(),
      ][random.below(21)];
    let threw = 0;
    all.fill(0);
    for (let k = 0; k < 3000; k++) {
      const operation = 1 + random.below(MATRICES.length - 1);
      const [matrices, sizes] = [MATRICES[operation], SIZES[operation]];
      const scratch = operation < 4 ? 1 : 0;
      const asked = new Float64Array(NUMBERS);
      asked[0] = operation;
      // Right ones: small matrices in the first pages, scratch behind.
      for (let m = 1; m <= matrices; m++) asked[m] = 4096 * m * size;
      for (let s = 1; s <= sizes; s++)
        asked[matrices + s] = operation === 3 && s > 3 ? 1 : 1 + random.below(20);
      if (scratch) asked[matrices + sizes + 1] = 2 ** 19;
      if (operation === 8 || operation === 9) asked.fill(0.5, 6, 17);
      const changed = 1 + random.below(matrices + sizes + scratch);
      const right = asked[changed];
      asked[changed] = strange();
      // By itself, or behind another one in a list, which is looked at whole before anything is done.
      const listed = random.below(2) === 1;
      numbers.fill(0);
      if (listed) {
        numbers[1] = 2;
        numbers.set([5, 4096, 8192, 3, 3], NUMBERS);
        numbers.set(asked, 2 * NUMBERS);
      } else numbers.set(asked);
      try {
        if (listed) (run() as () => void)();
        else run();
      } catch (error) {
        threw++;
        if ((error as Error).name !== 'RangeError') t.fail(String(error));
        if (!/^native: \w+: expected /.test((error as Error).message)) t.fail((error as Error).message);
        if (!all.equals(untouched)) t.fail('was written to');
        continue;
      }
      // What it took is an offset or a size after all.
      const taken = asked[changed];
      if (!(Number.isInteger(taken) && taken >= 0 && taken <= bytes)) t.fail(`${right} became ${taken}`);
      all.fill(0);
    }
    t.ok(threw > 1500, `${threw} of 3000 were refused`);
    numbers.fill(0);
    for (const wrong of [MATRICES.length, -1, 1.5, NaN]) {
      numbers[0] = wrong;
      t.throws(run, { name: 'RangeError', message: /an operation/ });
    }
    numbers.fill(0);
    for (const wrong of [3, -1, 0.5, NaN, 2 ** 60]) {
      numbers[1] = wrong;
      t.throws(run, { name: 'RangeError', message: /as many operations/ });
    }
    // Scratch that overlaps the result.
    numbers.set([1, 0, 0, 0, 2 ** 20, 2, 2, 2, 2 ** 20 - 64]);
    t.throws(run, { name: 'RangeError', message: /apart from the result/ });
    // The number of a row that is not there, which is looked at when it is read.
    numbers.fill(0);
    numbers[1] = 1;
    numbers.set([7, 0, 65536, 131072, 2, 100, 1, 0, 0], NUMBERS);
    const gather = run() as () => void;
    const order = new Uint32Array(small.buffer, 65536, 2);
    for (const [row, right] of [
      [Math.floor(bytes / 100) - 1, true],
      [Math.ceil(bytes / 100), false],
      [2 ** 32 - 1, false],
    ] as const) {
      order[1] = row;
      if (right) gather();
      else t.throws(gather, { name: 'RangeError', message: /numbers of rows/ });
    }
  }
  const { bind } = here as Native;
  t.throws(() => bind(small, new Float64Array(2), 4), { name: 'TypeError' });
  t.throws(() => bind(small, new Float64Array(NUMBERS), 5 as 4), { name: 'RangeError' });
});

t.test('the binaries are those of the sources', async (t) => {
  const folder = join(root, 'native');
  const digest = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (!/\.(c|h|def|py)$/.test(name)) continue;
    digest
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0');
  }
  t.equal(
    readFileSync(join(root, 'prebuilds/sources.sha256'), 'utf8').trim(),
    digest.digest('hex'),
    'after a change in native/: npm run build:native',
  );
  for (const system of ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'win32-x64']) {
    t.ok(existsSync(join(root, 'prebuilds', system, 'gradpool.node')), system);
  }
});

t.test('without an addon: why, in one line', async (t) => {
  t.equal(withSet('none', findNative), 'GRADPOOL_SIMD is none');
  t.throws(() => withSet('sse9', findNative), {
    name: 'UserError',
    message: 'GRADPOOL_SIMD: expected avx2, avx512, neon or none, got "sse9"',
  });
  const cli = join(root, 'dist/src/cli.js');
  const xor = (node: string[], engine: string) =>
    spawnSync(
      process.execPath,
      [
        ...node,
        cli,
        'train',
        join(root, 'config/xor.yaml'),
        '--epochs',
        '3',
        '--engine',
        engine,
        '--run-dir',
        join(t.testdir(), 'run'),
      ],
      {
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      },
    );
  const named = xor(['--no-addons'], 'native');
  t.equal(named.status, 2);
  t.match(
    named.stderr,
    /^gradpool: engine: expected gradpool's own addon for "native", got none: this Node may not load addons \(--no-addons, [^\n]*; take "wasm"\n$/,
  );
  const chosen = xor(['--no-addons'], 'auto');
  t.equal(chosen.status, 0, chosen.stderr);
  t.match(chosen.stdout, /auto +wasm: without native, since this Node may not load addons/);
});

t.test('a damaged binary is not loaded, which would end the process', { skip }, async (t) => {
  const copy = t.testdir();
  for (const part of [
    'package.json',
    'dist/src',
    'dist/workers',
    'dist/kernels.wasm',
    'prebuilds',
    'config',
  ]) {
    cpSync(join(root, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  truncateSync(join(copy, `prebuilds/${process.platform}-${process.arch}/gradpool.node`), 200_000);
  const xor = (engine: string) =>
    spawnSync(
      process.execPath,
      ['dist/src/cli.js', 'train', 'config/xor.yaml', '--epochs', '3', '--engine', engine],
      { cwd: copy, encoding: 'utf8' },
    );
  const named = xor('native');
  t.equal(named.status, 2);
  t.match(
    named.stderr,
    /^gradpool: engine: .*gradpool\.node is damaged; install gradpool again; take "wasm"\n$/,
  );
  const auto = xor('auto');
  t.equal(auto.status, 0);
  t.match(auto.stdout, /engine +wasm,/);
});

/**
 * Every BLAS of this machine against a triple loop, and against itself from several threads at once. Libraries that
 * no list knows can be named in GRADPOOL_TEST_BLAS, separated by colons.
 */
import '../helpers/bare.js';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { type Blas, blasIfAny, candidates, findBlas, openBlas } from '../../src/engines/blas-library.js';
import { isUserError } from '../../src/errors.js';
import type { Multiply, Product } from '../helpers/multiply.js';

const run = promisify(execFile);
const root = join(fileURLToPath(import.meta.url), '../../../..');
const first = blasIfAny();
const debian = (flavour: string) => {
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  return `/usr/lib/${cpu}-linux-gnu/openblas-${flavour}/libopenblas.so.0`;
};
const libraries: Blas[] = [
  ...(first ? [first] : []),
  ...[debian('pthread'), debian('openmp')].filter(existsSync).map((path) => findBlas(path)),
  ...(process.env.GRADPOOL_TEST_BLAS?.split(':') ?? []).map((path) => findBlas(path)),
];
const skip = libraries.length === 0 && 'no BLAS on this machine';

/** The message of what must be a user's error: one line. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (!isUserError(error)) throw error;
    return error.message.includes('\n') ? `more than one line: ${error.message}` : error.message;
  }
  return 'no error';
}

const precisions = [
  { name: 'float32', bytes: 4, gemm: 'gemm_f32', epsilon: 2 ** -23 },
  { name: 'float64', bytes: 8, gemm: 'gemm_f64', epsilon: 2 ** -52 },
] as const;
type Precision = (typeof precisions)[number];

const views = (memory: WebAssembly.Memory, precision: Precision, at: number, n: number) =>
  precision.bytes === 4 ? new Float32Array(memory.buffer, at, n) : new Float64Array(memory.buffer, at, n);

const sharedMemory = (pages: number) =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });

function fill(values: Float32Array | Float64Array, seed: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.sin(seed + 1.7 * i);
}

t.test('products', { skip }, (t) => {
  const sizes = [
    [1, 1, 1],
    [1, 10, 100],
    [5, 1, 3],
    [7, 9, 0],
    [16, 100, 784],
    [33, 17, 65],
    [100, 128, 4],
    [130, 30, 257],
  ];
  const forms = [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ];
  const memory = sharedMemory(24 * 16);
  for (const blas of libraries) {
    for (const precision of precisions) {
      const gemm = openBlas(blas, memory)[precision.gemm];
      for (const [m, n, k] of sizes) {
        // Rows that are longer than the matrix, and neighbours that must stay.
        const [lda, ldb, ldc] = [Math.max(m, k) + 3, Math.max(n, k) + 2, n + 5];
        const [a, b, c] = [0, 8 << 20, 16 << 20];
        const A = views(memory, precision, a, Math.max(m, k) * lda);
        const B = views(memory, precision, b, Math.max(n, k) * ldb);
        const C = views(memory, precision, c, (m + 1) * ldc);
        fill(A, 1);
        fill(B, 2);
        let worst = 0;
        let touched = 0;
        for (const [transA, transB] of forms) {
          for (const beta of [0, 1] as const) {
            // A product that only writes must not let an old NaN through.
            C.fill(beta === 0 ? Number.NaN : 0.5);
            gemm(transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc);
            for (let i = 0; i <= m; i++) {
              for (let j = 0; j < ldc; j++) {
                const got = C[i * ldc + j];
                if (i === m || j >= n) {
                  if (!Object.is(got, beta === 0 ? Number.NaN : 0.5)) touched++;
                  continue;
                }
                let sum = beta === 0 ? 0 : 0.5;
                let scale = 1;
                for (let p = 0; p < k; p++) {
                  const term = A[transA ? p * lda + i : i * lda + p] * B[transB ? j * ldb + p : p * ldb + j];
                  sum += term;
                  scale += Math.abs(term);
                }
                const error = Math.abs(got - sum) / scale;
                worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
              }
            }
          }
        }
        const what = `${blas.path}, ${precision.name}, ${m}×${n}×${k}`;
        // Twice the bound of k roundings: the loop rounds too.
        t.ok(worst <= (k + 1) * precision.epsilon, `${what}: within rounding (${worst})`);
        t.equal(touched, 0, `${what}: writes nothing else`);
      }
    }
  }
  t.end();
});

t.test('the same bits in any thread and at any address', { skip }, async (t) => {
  const products: Product[] = [
    [16, 100, 784, false, false],
    [784, 100, 16, true, false],
    [64, 784, 100, false, true],
    [129, 33, 65, false, false],
    [1, 10, 100, false, false],
  ];
  const MiB = 1 << 20;
  const memory = sharedMemory(4 * 3 * 16);
  for (const blas of libraries) {
    for (const { name, bytes } of precisions) {
      const seen = products.map(() => new Set<string>());
      for (const threads of [1, 2, 4]) {
        const gate = new Int32Array(new SharedArrayBuffer(4)).fill(threads);
        const workers = Array.from({ length: threads }, (_, w) => {
          const places = [3 * w * MiB, (3 * w + 1) * MiB, (3 * w + 2) * MiB] as const;
          const workerData: Multiply = { blas, memory, bytes, products, places, gate };
          return new Promise<string[][]>((resolve, reject) => {
            new Worker(new URL('../helpers/multiply.js', import.meta.url), { workerData, execArgv: [] })
              .on('message', resolve)
              .on('error', reject);
          });
        });
        for (const hashes of await Promise.all(workers)) {
          hashes.forEach((some, i) => {
            for (const hash of some) seen[i].add(hash);
          });
        }
      }
      products.forEach(([m, n, k], i) => {
        t.equal(seen[i].size, 1, `${blas.path}, ${name}, ${m}×${n}×${k}: one result in 7 threads`);
      });
    }
  }
});

t.test('products keep their memory', { skip }, async (t) => {
  // In a process of its own: what could go wrong is a segmentation fault.
  const module = new URL('../../src/engines/blas-library.js', import.meta.url);
  const code = `
    const { openBlas } = await import(${JSON.stringify(module.href)});
    const open = () => openBlas(
      ${JSON.stringify(libraries[0])},
      new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true }),
    );
    const { gemm_f64 } = open();
    for (let i = 0; i < 20; i++) {
      open();
      gc();
      gemm_f64(false, false, 1, 1, 1, 0, 1, 8, 1, 0, 1024 * i, 1);
    }`;
  await t.resolves(run(process.execPath, ['--expose-gc', '--input-type=module', '--eval', code]));
});

t.test('what it finds can be told', { skip: first === undefined && 'no BLAS to be found' }, (t) => {
  for (const blas of libraries) {
    t.same(findBlas(blas.path), blas, 'the same again, by its path');
    t.same(structuredClone(blas), blas, 'plain data, to be posted');
  }
  t.match(
    first?.name,
    /^(OpenBLAS|BLIS|MKL|Accelerate)$/,
    'of itself it takes only what it knows to be fast',
  );
  if (first?.name === 'OpenBLAS') t.match(first.version, /^\d+\.\d+/);
  t.end();
});

t.test('a library that is named and does not serve', (t) => {
  const folder = t.testdir({ 'text.so': 'no library' });
  const install = /; (install one, e\.g\. "(apt-get|brew) install |put the libopenblas\.dll )/;

  const missing = refusal(() => findBlas('libno-such-blas.so.7'));
  t.match(missing, /^libno-such-blas\.so\.7: expected a BLAS library, got none \(.+\); /);
  t.match(missing, install);

  const text = join(folder, 'text.so');
  t.match(
    refusal(() => findBlas(text)),
    `${text}: expected a BLAS library, got none (`,
  );

  t.match(
    refusal(() => findBlas('')),
    'blas: expected a name or path of a BLAS library, got ""',
  );
  t.end();
});

t.test(
  'a library without products',
  { skip: process.platform !== 'linux' && 'libm.so.6 is of Linux' },
  async (t) => {
    t.match(
      refusal(() => findBlas('libm.so.6')),
      /^libm\.so\.6: expected a library with cblas_sgemm and cblas_dgemm, got one without; install one/,
    );
  },
);

/** Compiles a library that only looks like one, for what no test machine has installed. */
async function pretend(folder: string, name: string, code: string): Promise<string> {
  const path = join(folder, name);
  writeFileSync(join(folder, `${name}.c`), code);
  await run('cc', ['-shared', '-fPIC', '-o', path, join(folder, `${name}.c`)]);
  return path;
}
const noCompiler = await run('cc', ['--version']).then(
  () => process.platform !== 'linux' && 'written for Linux',
  () => 'no C compiler',
);

t.test('an OpenBLAS without locks', { skip: noCompiler }, async (t) => {
  const folder = t.testdir({});
  const build = (name: string, config: string, parallel: number, suffix = '') =>
    pretend(
      folder,
      name,
      `void cblas_sgemm${suffix}(void) {} void cblas_dgemm${suffix}(void) {}
       const char *openblas_get_config${suffix}(void) { return "OpenBLAS 0.3.99 ${config}"; }
       int openblas_get_parallel${suffix}(void) { return ${parallel}; }
       const char *openblas_get_corename${suffix}(void) { return "Abacus"; }`,
    );

  const serial = await build('serial.so', 'DYNAMIC_ARCH Abacus SINGLE_THREADED', 0);
  const found = refusal(() => findBlas(serial));
  t.match(found, `${serial}: expected a BLAS that threads can share, got OpenBLAS 0.3.99 built without `);
  t.match(found, /; install one, e\.g\. /);

  const locked = await build('locked.so', 'USE_LOCKING Abacus SINGLE_THREADED', 0);
  t.match(findBlas(locked), {
    name: 'OpenBLAS',
    version: '0.3.99',
    detail: 'Abacus, one thread',
    suffix: '',
  });

  const wide = await build('wide.so', 'USE64BITINT Abacus MAX_THREADS=64', 1, '64_');
  t.match(findBlas(wide), { name: 'OpenBLAS', detail: 'Abacus, pthreads', suffix: '64_' });
});

t.test('a search passes over a BLAS that it does not know', { skip: noCompiler }, async (t) => {
  // Every name that is looked for is found here first, whatever the machine has.
  const folder = t.testdir({});
  const unknown = await pretend(folder, 'unknown.so', 'void cblas_sgemm(void) {} void cblas_dgemm(void) {}');
  const known = await pretend(
    folder,
    'known.so',
    `void cblas_sgemm(void) {} void cblas_dgemm(void) {}
     const char *openblas_get_config(void) { return "OpenBLAS 0.3.99 USE_LOCKING"; }
     int openblas_get_parallel(void) { return 0; }`,
  );
  const names = candidates.linux ?? [];
  for (const name of names) copyFileSync(unknown, join(folder, name));
  const module = new URL('../../src/engines/blas-library.js', import.meta.url);
  const search = async (name?: string): Promise<string> => {
    const code = `
      const { findBlas } = await import(${JSON.stringify(module.href)});
      try { const { name, path } = findBlas(${JSON.stringify(name)}); console.log(name, path); }
      catch (error) { console.log(error.message); }`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      env: { ...process.env, LD_LIBRARY_PATH: folder },
    });
    return stdout.trim();
  };
  t.equal(await search(names[0]), `BLAS ${names[0]}`, 'but takes it when it is named');
  const none = await search();
  for (const name of names) t.ok(none.includes(`; ${name}: an unknown BLAS, used only if it is named`), name);
  const last = names[names.length - 1];
  copyFileSync(known, join(folder, last));
  t.equal(await search(), `OpenBLAS ${last}`);
});

t.test('arguments arrive as either width of integer', { skip: noCompiler }, async (t) => {
  const folder = t.testdir({});
  for (const [name, integer, suffix] of [
    ['narrow', 'int', ''],
    ['wide', 'long long', ''],
    ['named', 'long long', '64_'],
  ]) {
    const gemm = (letter: string, value: string) => `
      void cblas_${letter}gemm${suffix}(int order, int ta, int tb, ${integer} m, ${integer} n, ${integer} k,
        ${value} alpha, const ${value} *a, ${integer} lda, const ${value} *b, ${integer} ldb, ${value} beta,
        ${value} *c, ${integer} ldc)
      {
        const ${value} got[] = {order, ta, tb, m, n, k, alpha, *a, lda, *b, ldb, beta, ldc};
        for (int i = 0; i < 13; i++) c[i] = got[i];
      }`;
    const path = await pretend(folder, `${name}.so`, gemm('s', 'float') + gemm('d', 'double'));
    const memory = sharedMemory(1);
    const large = integer === 'int' ? 2 ** 30 : 2 ** 40;
    for (const precision of precisions) {
      views(memory, precision, 64, 1)[0] = 11;
      views(memory, precision, 128, 1)[0] = 12;
      openBlas(findBlas(path), memory)[precision.gemm](true, false, 1, 2, 3, 64, 4, 128, large, 1, 1024, 6);
      const got = Array.from(views(memory, precision, 1024, 13));
      t.same(got, [101, 112, 111, 1, 2, 3, 1, 11, 4, 12, large, 1, 6], `${name}, ${precision.name}`);
    }
  }
});

t.test('without koffi', async (t) => {
  // The library and the errors alone, where no koffi is in sight.
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-blas-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(folder, 'engines'));
  mkdirSync(join(folder, 'node_modules'));
  const dist = join(root, 'dist', 'src');
  for (const file of ['errors.js', 'user-error.js', join('engines', 'blas-library.js')]) {
    copyFileSync(join(dist, file), join(folder, file));
  }
  symlinkSync(
    join(root, 'node_modules', 'fastest-levenshtein'),
    join(folder, 'node_modules', 'fastest-levenshtein'),
    'junction',
  );
  writeFileSync(
    join(folder, 'main.js'),
    `import { blasIfAny, findBlas } from './engines/blas-library.js';
     const refusals = [undefined, 'libfast.so'].map((name) => {
       try { return findBlas(name); } catch (error) { return error.name + ' ' + error.message; }
     });
     console.log(JSON.stringify([blasIfAny() ?? 'none', ...refusals]));`,
  );
  const { stdout } = await run(process.execPath, [join(folder, 'main.js')]);
  const [any, unnamed, named] = JSON.parse(stdout);
  t.equal(any, 'none');
  const koffi = ': expected the package "koffi", which calls native libraries, got none (';
  t.match(unnamed, `UserError blas${koffi}`);
  t.match(named, `UserError libfast.so${koffi}`);
  t.match(named, /\); run "npm install koffi"$/);
});

/**
 * One core's speed, by which trainers are judged: float32 products of 1024×1024 matrices (`cblas_sgemm`) by the
 * machine's BLAS. A process of its own, so that no library meets another; prints one JSON line:
 * `node bench/lib/peak.mjs`.
 */
import { createRequire } from 'node:module';
import { fail } from './tools.mjs';

const libraries = [
  'libopenblas.so.0',
  'libopenblas.so',
  'libmkl_rt.so.2',
  'libblis.so.4',
  'libopenblas.dylib',
  '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
  '/System/Library/Frameworks/Accelerate.framework/Accelerate',
];
const SIZE = 1024;
const PRODUCTS = 10;
const [ROW_MAJOR, PLAIN] = [101, 111]; // CblasRowMajor, CblasNoTrans

// Libraries read these when they are loaded.
for (const name of ['OPENBLAS', 'OMP', 'MKL', 'BLIS', 'VECLIB']) {
  process.env[`${name}_NUM_THREADS`] = '1';
  process.env[`${name}_MAXIMUM_THREADS`] = '1';
}

/** The package koffi, or the end with a hint. */
function loadKoffi() {
  try {
    return createRequire(import.meta.url)('koffi');
  } catch {
    return fail('koffi cannot be loaded; npm ci --prefix bench');
  }
}

/** The first library that is there, as koffi has opened it. */
function openBlas(koffi) {
  for (const name of libraries) {
    try {
      return { name, library: koffi.load(name) };
    } catch {
      // Not there: the next one.
    }
  }
  return fail('no BLAS found; apt-get install libopenblas0');
}

const { name, library } = openBlas(loadKoffi());
try {
  library.func('void openblas_set_num_threads(int)')(1);
} catch {
  // Another BLAS, which the environment has told.
}
const multiply = library.func(
  'void cblas_sgemm(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, ' +
    'const float *b, int ldb, float beta, _Inout_ float *c, int ldc)',
);
const matrix = () => Float32Array.from({ length: SIZE * SIZE }, () => Math.random() - 0.5);
const [a, b, c] = [matrix(), matrix(), matrix()];
let best = Number.POSITIVE_INFINITY;
for (let k = 0; k < PRODUCTS; k++) {
  const begun = performance.now();
  multiply(ROW_MAJOR, PLAIN, PLAIN, SIZE, SIZE, SIZE, 1, a, SIZE, b, SIZE, 0, c, SIZE);
  best = Math.min(best, performance.now() - begun);
}
let dot = 0;
for (let k = 0; k < SIZE; k++) dot += a[k] * b[k * SIZE];
if (!(Math.abs(dot - c[0]) < 1e-3)) fail(`${name}: cblas_sgemm gave ${c[0]} where ${dot} was expected`);
console.log(JSON.stringify({ library: name, gflops: (2 * SIZE ** 3) / best / 1e6 }));

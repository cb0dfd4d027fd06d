/** A worker thread that repeats products at many addresses, and posts the hashes that each of them had. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { type Blas, openBlas } from '../../src/engines/blas-library.js';

export type Product = readonly [m: number, n: number, k: number, transA: boolean, transB: boolean];

export interface Multiply {
  readonly blas: Blas;
  readonly memory: WebAssembly.Memory;
  readonly bytes: 4 | 8;
  readonly products: readonly Product[];
  /** Three offsets, for A, B and C, where this thread alone may write. */
  readonly places: readonly [number, number, number];
  /** How many threads are still to come before all begin. */
  readonly gate: Int32Array<SharedArrayBuffer>;
}

const { blas, memory, bytes, products, places, gate }: Multiply = workerData;
const gemm = openBlas(blas, memory)[bytes === 4 ? 'gemm_f32' : 'gemm_f64'];

function put(at: number, n: number, seed: number): void {
  const values =
    bytes === 4 ? new Float32Array(memory.buffer, at, n) : new Float64Array(memory.buffer, at, n);
  for (let i = 0; i < n; i++) values[i] = Math.sin(seed + 1.7 * i);
}

const shifts = [0, bytes, 16 + bytes, 64 - bytes].flatMap((s) => [
  [s, 0, 0],
  [0, s, 0],
  [0, 0, s],
]);

Atomics.sub(gate, 0, 1);
while (Atomics.load(gate, 0) > 0);

parentPort?.postMessage(
  products.map(([m, n, k, transA, transB]) => {
    const seen = new Set<string>();
    for (const shift of shifts) {
      const [a, b, c] = places.map((at, i) => at + shift[i]);
      put(a, m * k, 1);
      put(b, k * n, 2);
      for (let round = 0; round < 3; round++) {
        const result = new Uint8Array(memory.buffer, c, bytes * m * n).fill(0xff);
        gemm(transA, transB, m, n, k, a, transA ? m : k, b, transB ? k : n, 0, c, n);
        seen.add(createHash('sha1').update(result).digest('hex'));
      }
    }
    return [...seen];
  }),
);

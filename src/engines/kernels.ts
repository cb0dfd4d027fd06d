/** The compiled kernels: one WebAssembly module that owns no memory, and whose functions are found by their names. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Precision } from '../model/precision.js';
import { ownFile } from '../version.js';

/** Compiles the kernels once; the module can be posted to other threads, which then need not compile it. */
export async function compileKernels(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(ownFile('kernels.wasm')));
}

/** SHA-256 of the kernels: with the same ones a run has the same bits. */
export async function kernelsHash(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(ownFile('kernels.wasm')))
    .digest('hex');
}

/** A kernel by its operation's name in one precision; its signature is the one of the Engine field it is bound to. */
// biome-ignore lint/suspicious/noExplicitAny: a kernel has the signature of the Engine field that it is bound to.
export type Kernels = (name: string) => any;

/** The kernels of one precision, bound to a memory. */
export function bindKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  precision: Precision,
): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const suffix = precision === 'float32' ? 'f32' : 'f64';
  return (name) => {
    const found = exports[`${name}_${suffix}`] ?? exports[name];
    if (found === undefined) throw new Error(`the kernels have no "${name}"; run "npm run build"`);
    return found;
  };
}

/** `binary-cross-entropy` → `binary_cross_entropy`: the prefix of a family member's kernels. */
export function kernelPrefix(name: string): string {
  return name.replaceAll('-', '_');
}

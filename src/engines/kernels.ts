/**
 * The compiled kernels: one WebAssembly module that owns no memory, and whose functions are found by their names. There
 * are two of it, the same but for products: fused ones for processors that have a fused multiply-add, and separate ones.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import type { Precision } from '../model/precision.js';
import { ownFile } from '../version.js';

/**
 * What bits of products follow from: whether a product is rounded before it is added. Engines of one kind, on whatever
 * machine, have the same bits.
 */
export type Bits = 'fused' | 'separate';

/** (a, b, c) → a·b + c of the relaxed instruction, in float32. */
const probe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d], // type: f32, f32, f32 → f32
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00], // function 0, exported as "f"
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13], // three f32x4.splat
  ...[0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b], // f32x4.relaxed_madd, f32x4.extract_lane 0
);

/** Whether the relaxed instruction is there and rounds once; not where the processor has no fused multiply-add. */
function fuses(): boolean {
  if (!WebAssembly.validate(probe)) {
    // Node 20 has it behind a flag, which must be set before anything is compiled that uses it.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    if (!WebAssembly.validate(probe)) return false;
  }
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(probe)).exports;
  const x = 1 + 2 ** -12;
  // x² = 1 + 2⁻¹¹ + 2⁻²⁴, of which rounding leaves 1 + 2⁻¹¹.
  return (f as (a: number, b: number, c: number) => number)(x, x, -(1 + 2 ** -11)) === 2 ** -24;
}

let found: Bits | undefined;

/** The kind that this processor runs. */
export function bitsHere(): Bits {
  found ??= fuses() ? 'fused' : 'separate';
  return found;
}

const files: Readonly<Record<Bits, string>> = {
  fused: 'kernels.wasm',
  separate: 'kernels-separate.wasm',
};

/** Compiles the kernels once; the module can be posted to other threads, which then need not compile it. */
export async function compileKernels(bits: Bits = bitsHere()): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(ownFile(files[bits])));
}

/** SHA-256 of the kernels: with the same ones a run has the same bits. */
export async function kernelsHash(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(ownFile(files[bitsHere()])))
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

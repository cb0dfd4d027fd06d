/**
 * gradpool's own addon, products in C: finds the binary for this system and says, where there is none to be used, why in
 * a few words. Which of its instruction sets is taken follows from the processor, never from a timing.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { codeOf, isUserError, UserError } from '../errors.js';
import { ownFile } from '../version.js';

/** What `native/addon.c` exports. */
interface Addon {
  /** A bit for each of the instruction sets that the processor has and the binary is compiled for. */
  sets(): number;
  /** Bytes of scratch that a product takes. */
  readonly scratchBytes: number;
  /**
   * A function that does what `numbers` says, to the memory that `all` spans; of a list of operations it makes a function
   * that does them. It checks every offset and size, and throws a RangeError for a wrong one.
   */
  bind(all: Float64Array, numbers: Float64Array, bytes: number, set: number): () => (() => void) | undefined;
}

/** Sets in the order of their bits. All have the same bits of results. */
const sets = ['avx2', 'avx512', 'neon'] as const;
export type InstructionSet = (typeof sets)[number];

export interface Native {
  readonly set: InstructionSet;
  readonly scratchBytes: number;
  /** @param numbers room for what to do and with what, as native-operations.ts has it, in a buffer of their own */
  bind(memory: WebAssembly.Memory, numbers: Float64Array, bytes: 4 | 8): () => (() => void) | undefined;
}

/** The environment's variable that names one of the sets, or `none`. */
export const SIMD = 'GRADPOOL_SIMD';

/**
 * The addon, or why there is none. Loaded once in a thread.
 * @throws UserError for a GRADPOOL_SIMD that is no set's name
 */
export function findNative(): Native | string {
  const wanted = process.env[SIMD] ?? '';
  if (wanted === 'none') return `${SIMD} is none`;
  if (wanted !== '' && !sets.some((set) => set === wanted)) {
    throw new UserError(`${SIMD}: expected ${sets.join(', ')} or none, got "${wanted}"`);
  }
  const addon = load();
  if (typeof addon === 'string') return addon;
  const here = addon.sets();
  // The last one that is there: each is quicker than those before it.
  const set = sets.findLast((name, k) => (here & (1 << k)) !== 0 && (wanted === '' || name === wanted));
  if (set === undefined) {
    if (wanted !== '') return `${SIMD} is ${wanted}, which this processor does not have`;
    return 'this processor has no AVX2 with FMA';
  }
  return {
    set,
    scratchBytes: addon.scratchBytes,
    bind: (memory, numbers, bytes) =>
      addon.bind(new Float64Array(memory.buffer), numbers, bytes, sets.indexOf(set)),
  };
}

let loaded: Addon | string | undefined;

function load(): Addon | string {
  loaded ??= loadFor(`${process.platform}-${process.arch}`);
  return loaded;
}

function loadFor(system: string): Addon | string {
  let file: string;
  try {
    file = fileURLToPath(ownFile(`../prebuilds/${system}/gradpool.node`));
  } catch (error) {
    if (isUserError(error)) return `there is no binary for ${system}`;
    throw error;
  }
  try {
    // A file that was cut or damaged ends the process as it is loaded, or later.
    const stated = readFileSync(file.replace(/node$/, 'sha256'), 'utf8').trim();
    if (createHash('sha256').update(readFileSync(file)).digest('hex') !== stated)
      return `${file} is damaged; install gradpool again`;
    return createRequire(import.meta.url)(file);
  } catch (error) {
    if (codeOf(error) === 'ERR_DLOPEN_DISABLED') {
      return 'this Node may not load addons (--no-addons, or --permission without --allow-addons)';
    }
    return `its binary does not load: ${String(error instanceof Error ? error.message : error).split('\n', 1)[0]}`;
  }
}

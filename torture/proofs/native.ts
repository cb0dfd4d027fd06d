/**
 * Products of the addon, by every instruction set that this processor has, and of the fused kernels: hard numbers at
 * random sizes, to the last bit. Run under an emulator, or with a binary that was compiled with sanitizers in place of the
 * packaged one, it proves the same of these (CONTRIBUTING.md says how).
 */
import { createEngine } from '../../src/engines/index.js';
import { bitsHere, compileKernels } from '../../src/engines/kernels.js';
import { findNative, SIMD } from '../../src/engines/native-library.js';
import { bytesOf } from '../../src/model/precision.js';
import { wrongChains } from '../../test/helpers/chains.js';
import { wrongLists } from '../native-lists.js';
import { demand, type Figures, type Proof } from '../proof.js';

/** Multiplications of one product: enough that it is cut into blocks in every direction. */
const MOST = 400_000;
/** Lists for each of the counted cases. */
const LISTS = 10;

const ROUNDING = 'the last bit of a sum';
const OUTSIDE = 'the end of what a list writes';

export const native: Proof = {
  name: 'native',
  what: 'products of hard numbers by each instruction set and by WebAssembly: chains of fused multiply-adds, bit by bit; lists of operations',
  short: 2,
  long: 400,
  async run(given): Promise<Figures> {
    const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
    const kernels = await compileKernels();
    const before = process.env[SIMD];
    let lists = 0;
    let refused = 0;
    const subjects: { title: string; set: string; name: string }[] = [];
    try {
      for (const set of ['avx2', 'avx512', 'neon']) {
        process.env[SIMD] = set;
        if (typeof findNative() !== 'string') subjects.push({ title: set, set, name: 'native' });
      }
      if (bitsHere() === 'fused') subjects.push({ title: 'wasm', set: '', name: 'wasm' });
      for (let index = 0; index < given.count; index++) {
        for (const { title, set, name } of subjects) {
          process.env[SIMD] = set;
          for (const precision of ['float32', 'float64'] as const) {
            const engine = createEngine({ name }, precision, memory, kernels);
            const damaged = given.sabotage === ROUNDING ? { ...engine, ...rounding(engine) } : engine;
            const seed = given.seed * 1_000_003 + index;
            const wrong = wrongChains(damaged, memory, seed, 1, MOST);
            demand(wrong.length === 0, given, index, `${title}, ${precision}: ${wrong[0]}`);
            const addon = name === 'native' ? findNative() : 'none';
            if (typeof addon === 'string') continue;
            const outside = given.sabotage === OUTSIDE;
            const tried = wrongLists(addon, bytesOf(precision), seed, LISTS, outside);
            demand(tried.faults.length === 0, given, index, `${title}, ${precision}: ${tried.faults[0]}`);
            lists += LISTS;
            refused += tried.refused;
          }
        }
        given.progress?.(index + 1);
      }
    } finally {
      if (before === undefined) delete process.env[SIMD];
      else process.env[SIMD] = before;
    }
    return {
      subjects: subjects.map(({ title }) => title).join(', '),
      products: subjects.length * given.count * 2 * 27,
      lists,
      refused,
    };
  },
};

/** A forward pass that loses a sum's last bit now and then, as one that rounds twice does. */
function rounding(engine: ReturnType<typeof createEngine>) {
  const forward: typeof engine.dense_forward = (x, w, b, u, rows, inputs, units, scratch) => {
    engine.dense_forward(x, w, b, u, rows, inputs, units, scratch);
    if (rows > 1) engine.scale(u, 1, 1 + (engine.bytes === 4 ? 2 ** -23 : 2 ** -52));
  };
  return { dense_forward: forward };
}

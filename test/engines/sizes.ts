/** What plans know of engines before these exist, against the kernels and the engines themselves. */
import '../helpers/bare.js';
import t from 'tap';
import { createEngine, engineOf, plannedEngine } from '../../src/engines/index.js';
import { bindKernels, compileKernels } from '../../src/engines/kernels.js';
import type { Precision } from '../../src/model/precision.js';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const kernels = await compileKernels();
const choices = [{ name: 'wasm' }, { name: 'reference' }];

for (const precision of ['float32', 'float64'] as const satisfies readonly Precision[]) {
  t.test(`${precision}: there is scratch for what the kernels pack`, async (t) => {
    const op = bindKernels(kernels, memory, precision);
    const products: number = op('dense_scratch_bytes')();
    t.equal(plannedEngine('wasm', precision).scratchBytes, products);
  });

  t.test(`${precision}: engines are what was planned`, async (t) => {
    for (const choice of choices) {
      if ((engineOf(choice.name).precision ?? precision) !== precision) continue;
      const { name, bytes, scratchBytes, ...engine } = createEngine(choice, precision, memory, kernels);
      t.strictSame(
        { name, bytes, scratchBytes, precision: engine.precision },
        plannedEngine(choice.name, precision),
        choice.name,
      );
      t.equal(bytes, precision === 'float32' ? 4 : 8);
    }
  });
}

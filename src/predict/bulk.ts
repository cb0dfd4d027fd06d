/**
 * Predictions in bulk, by the kernels and in the model's own precision: a row has the bits that training's evaluation
 * gives it, whichever rows it shares a batch with. For Node alone.
 */
import { compileKernels } from '../engines/kernels.js';
import { wasm } from '../engines/wasm.js';
import { UserError } from '../errors.js';
import { EnginePass, planPass } from './engine-pass.js';
import type { ModelFile } from './file.js';
import { type Encoder, encoderOf } from './rows.js';

/** Rows of a batch: the weights are read once for all of them. */
export const BULK_ROWS = 512;

const PAGE = 1 << 16;
const MOST_PAGES = 1 << 16;

export interface Bulk extends Pick<EnginePass, 'outputs' | 'run'> {
  readonly encoder: Encoder;
  readonly x: EnginePass['x'];
}

/** @throws UserError for a model that does not fit into memory */
export async function bulkOf({ net, description, fill, where }: ModelFile): Promise<Bulk> {
  const { precision, preprocessing } = description;
  const plan = planPass(net, precision, BULK_ROWS, wasm.sizes(precision).scratchBytes);
  const pages = Math.ceil(plan.places.end / PAGE);
  if (pages > MOST_PAGES) throw new UserError(`${where}: needs more than 4 GiB of memory to predict with`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = await compileKernels();
  const engine = wasm.create({ name: 'wasm' }, { precision, memory, kernels });
  const pass = new EnginePass(plan, engine, memory.buffer);
  fill(pass.parameters, pass.buffers);
  return {
    encoder: encoderOf(preprocessing),
    x: pass.x,
    outputs: pass.outputs,
    run: (rows) => pass.run(rows),
  };
}

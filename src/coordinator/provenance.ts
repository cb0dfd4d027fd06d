/** What a run's bits follow from, as it was opened here. */
import { createHash } from 'node:crypto';
import { engineOf } from '../engines/index.js';
import { kernelsHash } from '../engines/kernels.js';
import { scaledTargets } from '../preprocess/units.js';
import type { DataProvenance, EngineProvenance } from '../runs/provenance.js';
import { view } from '../shared/arena.js';
import { notCut } from './abandon.js';
import type { Workspace } from './workspace.js';

export async function engineProvenance({ engine: { choice }, setup }: Workspace): Promise<EngineProvenance> {
  const { name, ...options } = choice;
  return {
    name,
    ...(Object.keys(options).length > 0 && { options }),
    kernels: engineOf(name).usesKernels ? await notCut(kernelsHash) : null,
    bits: engineOf(name).bits?.() ?? null,
    shards: setup.shards,
  };
}

/** Bytes that are hashed before others have their turn: some 10 ms. */
const HASHED_AT_ONCE = 1 << 24;

export async function dataProvenance({ setup, source }: Workspace): Promise<DataProvenance> {
  const { memory, layout, net } = setup;
  const hash = createHash('sha256');
  const { stream } = source;
  // Of what is streamed, other rows lie in memory at any time.
  if (stream) hash.update(await stream.fingerprint());
  for (const region of stream ? [] : [layout.features, layout.targets, layout.weights.sample]) {
    const values = view(memory, region);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) {
      hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  // The names of categories and the scales of columns: values may be the same although these are not.
  if (source.preprocessing) hash.update(JSON.stringify(source.preprocessing));
  return {
    rows: stream?.rows ?? layout.features.length / (layout.slots.length || net.inputs),
    features: net.inputs,
    outputs: net.outputs,
    sha256: hash.digest('hex'),
  };
}

/** As the start event tells it. Some 5 bytes a row of validation and test are hashed: a fraction of reading them. */
export function splitHash({ setup: { memory, layout }, split, source }: Workspace): string {
  const hash = createHash('sha256');
  const targets = view(memory, layout.targets);
  const width = source.targets.kind === 'values' ? source.targets.outputs : 1;
  const isScaled = scaledTargets(source.preprocessing?.target).length > 0;
  // Where hosts have windows of different sizes, the same rows lie in other places.
  const numberOf = source.stream?.lanes && source.numberOf;
  for (const rows of [split.validation, split.test]) {
    hash.update(`${rows.length} rows`);
    const numbers = numberOf ? rows.map(numberOf) : rows;
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    if (isScaled || rows.length === 0) continue;
    const own = new (targets.constructor as Float64ArrayConstructor)(rows.length * width);
    for (let k = 0; k < rows.length; k++) {
      for (let j = 0; j < width; j++) own[k * width + j] = targets[rows[k] * width + j];
    }
    hash.update(new Uint8Array(own.buffer));
  }
  return `sha256:${hash.digest('hex')}`;
}

/** `prune` as a function: a run's weights without the units that say nothing. */
import { dirname, resolve } from 'node:path';
import { RunFailure, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import { encodeSafetensors, type Tensors } from '../formats/safetensors.js';
import { cacheFolder } from '../machine/cache-folder.js';
import { makeFolder, realDisk, seenFrom, writeDurably } from '../machine/disk.js';
import { defaultInitializer } from '../model/init/index.js';
import { type LayerSpec, type Network, network } from '../model/network.js';
import { type Chain, type Fixed, prunableLayers, prunedTensors, withUnits } from '../model/prune.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import type { ModelFile } from '../predict/file.js';
import { recordedRun } from '../predict/recorded.js';
import type { PartOutputs } from '../protocol.js';
import type { PruneResult } from '../pruning.js';
import { checkRunDir } from '../runs/name.js';
import { bytesHash, weightsPath } from '../runs/weights.js';
import { inSession } from './call.js';
import { openModel } from './model-file.js';
import { cache, checkSettings, path, signal, threads } from './settings.js';
import { writing } from './writing.js';

/** Where the network goes that is left. */
export interface PruneSettings {
  /** The file to write; default: the model's name with `-pruned.safetensors`. */
  output?: string;
  /** As of `train`. */
  cache?: boolean | string;
  /** As of `train`. */
  threads?: number | 'auto';
  /** Ends the call, which rejects with its reason. */
  signal?: AbortSignal;
}

/** How far outputs of training rows may be from each other, beside the largest: as sums in another order are. */
const TOLERANCE = { float32: 1e-3, float64: 1e-9 };

/**
 * Takes out the units that are exactly 0 for every training row: they add nothing to what the network says of these rows,
 * which is checked. What is written can be predicted with, evaluated, exported and begun with, as the weights of a run.
 * @param model a run's folder, `runs/latest`, or a `weights.safetensors`
 * @throws UserError where there are no such units, where what follows them needs all of a layer, and where the run's data
 * are not there any more
 */
export async function prune(model: string, settings: PruneSettings = {}): Promise<PruneResult> {
  checkRunDir(model);
  checkSettings<PruneSettings>('prune', settings, { output: path, cache, threads, signal });
  const started = performance.now();
  return inSession(undefined, settings.signal, async ({ session, cwd }) => {
    const disk = seenFrom(cwd, realDisk);
    const from = await weightsPath(disk, model);
    const file = await openModel(disk, from);
    const { description, where, tensors } = file;
    const run = recordedRun(file);
    if (run === undefined || !isMapping(run.config) || !isMapping(run.config.model)) {
      throw new UserError(
        `${where}: does not say what data it learned from; prune the weights that a run left`,
      );
    }
    const output = settings.output ?? `${description.name}-pruned.safetensors`;
    if (resolve(cwd, output) === resolve(cwd, from)) {
      throw new UserError(`--output: ${output} is the file that is pruned; name another one`);
    }
    const net = netOf(description.inputs, description.layers, description.outputs);
    const { chains, fixed } = prunableLayers(net);
    if (chains.length === 0) throw new UserError(`${where}: ${nothing(chains, fixed)}`);
    const { defaults, missingEngine, recordedConfig } = await import('../config/load.js');
    // With an engine that is no more the outputs are the same but for rounding.
    const engine = missingEngine(run.engine) === undefined ? {} : { engine: defaults.engine };
    const config = recordedConfig(run.config, engine, where);
    const request = {
      threads: settings.threads ?? ('auto' as const),
      data: isMapping(run.data) ? { sha256: String(run.data.sha256) } : null,
      cache: cacheFolder(settings.cache),
    };
    const before = await session.outputs(config, {
      ...request,
      tensors,
      watched: chains.map(({ last }) => last),
    });
    const [train] = before;
    const kept = livingUnits(chains, train.alive);
    const units = new Map(chains.map(({ layer }) => [layer.place, kept.get(layer.name)?.length ?? 0]));
    if (chains.every(({ layer }) => units.get(layer.place) === layer.outputs)) {
      throw new UserError(`${where}: ${nothing(chains, fixed, train.rows)}`);
    }
    const left = prunedTensors(tensors, chains, kept);
    const layers = (of: readonly LayerSpec[]) => withUnits(of, units);
    const pruned = { ...config, model: { ...config.model, layers: layers(config.model.layers as never) } };
    const after = await session.outputs(pruned as typeof config, { ...request, tensors: left, watched: [] });
    const checked = before.map(({ part, rows, outputs }, k) => ({
      part,
      rows,
      difference: differenceOf(outputs, after[k].outputs),
    }));
    refuseOther(checked[0].difference, train, TOLERANCE[description.precision]);
    const hidden = hiddenLayers(chains, fixed, units);
    const written = { ...description, layers: layers(description.layers) };
    const recorded = { ...run.config, model: { ...run.config.model, layers: pruned.model.layers } };
    const hash = await write(output, cwd, file, left, {
      [DESCRIPTION_KEY]: JSON.stringify(written),
      run: JSON.stringify({ ...run, config: recorded }),
      pruned: JSON.stringify({ of: file.metadata.bestHash, layers: hidden }),
    });
    return {
      file: from,
      path: output,
      layers: hidden,
      rows: train.rows,
      checked,
      parametersBefore: net.parameters,
      parameters: netOf(description.inputs, written.layers, description.outputs).parameters,
      hash,
      seconds: (performance.now() - started) / 1000,
    };
  });
}

const netOf = (inputs: number, layers: readonly LayerSpec[], outputs: number): Network =>
  network(inputs, layers, { name: defaultInitializer }, outputs);

/** Of each layer the units that were not 0 for some row; where there is none, the first: a layer has one. */
function livingUnits(chains: readonly Chain[], alive: Uint8Array): Map<string, number[]> {
  const kept = new Map<string, number[]>();
  let at = 0;
  for (const { layer } of chains) {
    const units = Array.from({ length: layer.outputs }, (_, unit) => unit);
    const living = units.filter((unit) => alive[at + unit] === 1);
    kept.set(layer.name, living.length > 0 ? living : [0]);
    at += layer.outputs;
  }
  return kept;
}

function hiddenLayers(
  chains: readonly Chain[],
  fixed: readonly Fixed[],
  units: ReadonlyMap<string, number>,
): PruneResult['layers'] {
  const all = [
    ...chains.map(({ layer }) => ({ layer, after: units.get(layer.place) ?? 0, needs: null })),
    ...fixed.map(({ layer, before }) => ({ layer, after: layer.outputs, needs: wordOf(before) })),
  ];
  return all
    .sort((a, b) => a.layer.index - b.layer.index)
    .map(({ layer: { name, place, outputs }, after, needs }) => {
      return { layer: name, key: `model.layers.${place}.units`, before: outputs, after, needs };
    });
}

/** What a layer is called that needs every unit before it. */
function wordOf({ type, options }: Chain['layer']): string {
  if (type === 'fork') return 'a way around layers (residual, concat)';
  return type === 'activation' && isMapping(options.activation) ? String(options.activation.name) : type;
}

/** Why there is nothing to be taken out. @param rows that were looked at; undefined: that was no use */
function nothing(chains: readonly Chain[], fixed: readonly Fixed[], rows?: number): string {
  if (chains.length + fixed.length === 0) return 'has no hidden dense layer to take units out of';
  const several = chains.filter(({ layer }) => layer.outputs > 1);
  const names = several.map(({ layer, between }) => {
    // Behind all of these: batch-norm makes something else of 0.
    return between.length === 0 ? layer.name : `${layer.name} (${between.map(wordOf).join(', ')})`;
  });
  const reasons = [
    ...(names.length > 0 ? [`no unit of ${names.join(', ')} is 0 in all ${rows} training rows`] : []),
    ...chains.flatMap(({ layer }) => (layer.outputs === 1 ? [`${layer.name} has one alone`] : [])),
    ...fixed.map(({ layer, before }) => `${layer.name} has to keep its units for ${wordOf(before)}`),
  ];
  return `nothing to take out: ${reasons.join('; ')}`;
}

function differenceOf(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let k = 0; k < a.length; k++) if (!Object.is(a[k], b[k])) most = Math.max(most, Math.abs(a[k] - b[k]));
  return most;
}

/** Nothing is written that says other things of the training rows. */
function refuseOther(difference: number, { outputs }: PartOutputs, tolerance: number): void {
  const largest = outputs.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  if (difference <= tolerance * largest) return;
  throw new RunFailure(
    `without its dead units the network says other things, by ${difference}: nothing written`,
  );
}

/** The weights beside what else the file said, in its place. @returns their hash */
async function write(
  output: string,
  cwd: string,
  { metadata }: ModelFile,
  tensors: Tensors,
  said: Readonly<Record<string, string>>,
): Promise<string> {
  // Those after the last step are others.
  const { weightsHash: _, ...rest } = metadata;
  const bestHash = bytesHash(...Object.values(tensors).map(({ data }) => data));
  const { head, data } = encodeSafetensors(tensors, { ...rest, ...said, bestHash });
  const disk = seenFrom(cwd, realDisk);
  await writing(output, async () => {
    await makeFolder(disk, dirname(output));
    await writeDurably(disk, output, [head, ...data]);
  });
  return bestHash;
}

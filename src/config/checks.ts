/** What is wrong between values of a configuration that are right one by one. */
import { engineOf } from '../engines/index.js';
import { activations, identity } from '../model/activations/index.js';
import { layers as layerTypes } from '../model/layers/index.js';
import { type LossSpec, losses } from '../model/losses/index.js';
import { otherwiseFor, outputsOf } from '../model/losses/loss.js';
import type { Precision } from '../model/precision.js';
import { metricsTwice, type Training, type Wrong, wrongDecay, wrongRates } from './checks-training.js';
import { families } from './families.js';
import type { Member, Registry } from './spec.js';
import type { Path } from './yaml.js';

export type { Wrong };

/** What a layer may say, whatever kind it is. */
interface AnyLayer {
  readonly name: string;
  readonly units?: number | 'auto';
  readonly activation?: AnySpec;
  readonly init?: AnySpec;
  readonly frozen?: boolean;
  readonly rateFactor?: number;
  readonly decayFactor?: number;
}

/** A layer and where it stands. */
interface Placed {
  readonly path: Path;
  readonly layer: AnyLayer;
}

/** All layers, those that layers have of their own right behind these. */
export function placed(layers: readonly AnyLayer[], above: Path = ['model', 'layers']): Placed[] {
  return layers.flatMap((layer, index) => {
    const path = [...above, index];
    const { options = {} } = layerTypes[layer.name];
    const lists = Object.keys(options).filter((key) => options[key].type === 'members');
    const own = (key: string) => (layer as unknown as Readonly<Record<string, AnyLayer[]>>)[key];
    return [{ path, layer }, ...lists.flatMap((key) => placed(own(key), [...path, key]))];
  });
}
type AnySpec = { readonly name: string };

/** What is looked at. */
interface Looked {
  readonly engine: AnySpec;
  readonly model: {
    readonly precision: Precision;
    readonly init: AnySpec;
    readonly layers: readonly AnyLayer[];
  };
  readonly loss: AnySpec;
  readonly optimizer: AnySpec;
  readonly train: { readonly batchSize: number } & Training['train'];
}

export function problemsBetween(config: Looked): Wrong[] {
  const { layers } = config.model;
  return [
    ...wrongOutput(config.loss as LossSpec, layers),
    ...wrongWidths(layers),
    ...wrongRows(layers, config.train.batchSize),
    ...wrongFrozen(layers),
    ...wrongRates(config),
    ...wrongDecay(config),
    ...metricsTwice(config),
    ...wrongPrecision(config),
    ...(config.model.precision === 'float32' ? vanishing(config) : []),
  ];
}

/** What an activation says of so few units; undefined where they are enough. */
function tooFewUnits(activation: string, units: number): string | undefined {
  const { leastUnits } = activations[activation as keyof typeof activations];
  if (leastUnits === undefined || units >= leastUnits.units) return undefined;
  return (
    `expected at least ${leastUnits.units} units for "${activation}", got ${units}, whose output would always be the ` +
    `same; use "${leastUnits.instead}" here`
  );
}

function* wrongOutput(loss: LossSpec, layers: readonly AnyLayer[]): Generator<Wrong> {
  const last = layers.length - 1;
  const { name, activation } = layers[last];
  const sensible: readonly string[] = outputsOf(losses[loss.name], loss);
  const output = activation?.name ?? identity;
  if (sensible.includes(output)) return;
  const needs = `the loss "${loss.name}" needs the output activation ${sensible.map((one) => `"${one}"`).join(' or ')}`;
  const path = ['model', 'layers', last];
  const { options = {} } = layerTypes[name];
  if (Object.hasOwn(options, 'activation')) {
    const [other] = Object.entries(otherwiseFor(losses[loss.name], loss, output) ?? {});
    const hint = other ? `, which goes with loss.${other[0]}: ${other[1]}` : '';
    yield { path: [...path, 'activation'], message: `${needs}, got "${output}"${hint}` };
  } else {
    // It has no such key: to name one would lead from this mistake to another.
    yield { path, message: `${needs}, and the last layer is "${name}"; put it before the output layer` };
  }
}

/**
 * Layers whose width says nothing.
 * @param data what decides the widths that the configuration leaves open, once it is known
 */
export function* wrongWidths(
  layers: readonly AnyLayer[],
  data?: { readonly features: number; readonly outputs: number },
): Generator<Wrong> {
  const all = placed(layers);
  const last = all.findLastIndex(({ layer: { units } }) => units !== undefined);
  let width = data?.features;
  for (const [index, { path, layer }] of all.entries()) {
    const { units, activation } = layer;
    // How wide a layer is that has layers of its own, it alone knows.
    if (all[index - 1]?.path.length > path.length) width = undefined;
    if (units === 'auto' && index !== last) {
      const message = 'only the last layer with units may say "auto"; expected a whole number of units';
      yield { path: [...path, 'units'], message };
    }
    if (units !== undefined) width = units === 'auto' ? data?.outputs : units;
    const few = activation && width !== undefined && tooFewUnits(activation.name, width);
    if (few) yield { path: [...path, 'activation'], message: few };
  }
}

/**
 * Minibatches of fewer rows than a layer can be trained with.
 * @param trainRows rows of the training part, once they are known: an epoch's last minibatch has those that are left
 * @param fewest rows of the smallest of the minibatches that a step of so many rows is taken in
 * @param accumulate how many these are
 */
export function* wrongRows(
  layers: readonly AnyLayer[],
  batchSize: number,
  trainRows?: number,
  fewest = (rows: number, _batchSize: number) => rows,
  accumulate = 1,
): Generator<Wrong> {
  const leastOf = ({ name, frozen }: AnyLayer) => (frozen ? undefined : layerTypes[name].leastRows) ?? 1;
  const all = placed(layers);
  const least = Math.max(...all.map(({ layer }) => leastOf(layer)));
  const [first] = all.filter(({ layer }) => leastOf(layer) === least);
  const who = `"${first.layer.name}" (${first.path.join('.')})`;
  const path = ['train', 'batchSize'];
  if (batchSize < least) {
    yield { path, message: `expected at least ${least}, the fewest rows for ${who}, got ${batchSize}` };
  } else if (trainRows !== undefined && trainRows < least) {
    const message = `${who} needs minibatches of at least ${least} rows, got ${trainRows} training rows in all`;
    yield { path, message };
  } else if (trainRows !== undefined) {
    const left = (size: number) => {
      const rows = size * accumulate;
      return fewest(trainRows <= rows ? trainRows : trainRows % rows || rows, size);
    };
    if (left(batchSize) >= least) return;
    const smaller = nearest(batchSize, -1, (size) => size < least || left(size) >= least);
    const larger = nearest(batchSize, 1, (size) => size > trainRows || left(size) >= least);
    const found = [smaller, larger].filter((size) => size >= least && left(size) >= least);
    const instead = found.length > 0 ? found.join(' or ') : 'another train.accumulate';
    const message =
      `of ${trainRows} training rows, minibatches of ${batchSize} leave a last one of ${left(batchSize)}, and ${who} ` +
      `needs at least ${least}; use ${instead}`;
    yield { path, message };
  }
}

/** What says how to train that which is not trained. */
function* wrongFrozen(layers: readonly AnyLayer[]): Generator<Wrong> {
  for (const { path, layer } of placed(layers)) {
    if (layer.frozen !== true) continue;
    for (const key of ['rateFactor', 'decayFactor'] as const) {
      if (layer[key] === undefined) continue;
      const message = `expected no ${key} where frozen is true, since nothing moves such a layer, got ${layer[key]}; leave one of them out`;
      yield { path: [...path, key], message };
    }
  }
}

/** The nearest number that will do. @param step 1: upwards, −1: downwards */
function nearest(from: number, step: number, willDo: (value: number) => boolean): number {
  let value = from + step;
  while (!willDo(value)) value += step;
  return value;
}

function* wrongPrecision({ engine, model }: Looked): Generator<Wrong> {
  const only = engineOf(engine.name).precision;
  if (only === undefined || only === model.precision) return;
  yield {
    path: ['model', 'precision'],
    message: `the engine "${engine.name}" computes in "${only}" only, got "${model.precision}"`,
  };
}

/** Numbers that must be above 0, and in float32 are not. */
function* vanishing({ optimizer, model }: Looked): Generator<Wrong> {
  yield* vanishingIn(['optimizer'], families.optimizers, optimizer);
  yield* vanishingIn(['model', 'init'], families.init, model.init);
  for (const { path, layer } of placed(model.layers)) {
    const { activation, init } = layer;
    yield* vanishingIn(path, families.layers, layer);
    if (activation) yield* vanishingIn([...path, 'activation'], families.activations, activation);
    if (init) yield* vanishingIn([...path, 'init'], families.init, init);
  }
}

function* vanishingIn(path: Path, family: Registry, spec: AnySpec): Generator<Wrong> {
  const { options = {} }: Member = family[spec.name];
  const values = spec as unknown as Readonly<Record<string, unknown>>;
  for (const [key, option] of Object.entries(options)) {
    const value = values[key];
    if (option.type !== 'number' || option.above !== 0 || typeof value !== 'number') continue;
    if (Math.fround(value) > 0) continue;
    yield {
      path: [...path, key],
      message: `expected a number that float32 can hold, which ends at 1.4e-45, got ${value}; or use model.precision: float64`,
    };
  }
}

/**
 * A configuration at random from whatever the families have: any layers, losses, optimizers, schedules, options, sizes,
 * precisions. A new member is drawn as soon as it is entered in its family; what its options may be, they say.
 */
import { families } from '../src/config/families.js';
import { type Config, configSchema } from '../src/config/schema.js';
import type { DataSource } from '../src/data/source.js';
import { type LossName, losses } from '../src/model/losses/index.js';
import { isTable, metricNames, metricOf } from '../src/model/metrics/index.js';
import { learningTask } from '../src/model/metrics/task.js';
import { optimizerMembers } from '../src/optimizers/index.js';
import { defaultsOf, type FamilyName, type NumberOption, type Option, type Options } from '../src/options.js';
import type { Random } from '../src/random.js';
import { FEATURES, type RowsGiven, rowsFor } from './any-rows.js';

/** Deepest that layers hold layers. */
const DEPTH = 2;

/** A configuration, the rows that it learns from, and how the weights of another run come to it that it begins with. */
export interface Drawn {
  readonly config: Config;
  readonly source: DataSource;
  readonly begins?: 'init: file' | '--init-from' | undefined;
}

/**
 * @returns undefined where what was drawn does not go together, as the configuration's check says: `why`
 */
export function drawn(random: Random): Drawn | { readonly why: string } {
  const name = oneOf(random, Object.keys(families.losses)) as LossName;
  const loss = losses[name];
  const layers = [...hiddenOf(random), { units: 'auto', activation: oneOf(random, loss.activations) }];
  const batchSize = 2 + random.below(15);
  const averaging = oneOf(random, ['slices', 'shards', 'hosts']);
  const accumulate = oneOf(random, averaging === 'hosts' ? [1, 1, 1, 2, 4] : [1, 1, 1, 2, 3, 4]);
  const halves = averaging === 'hosts' || accumulate > 1;
  const most = Math.min(6, batchSize);
  const shards = halves ? 2 ** random.below(1 + Math.floor(Math.log2(most))) : 1 + random.below(most);
  const rows = rowsOf(random);
  const source = rowsFor(loss, rows);
  const task = learningTask(loss, source.targets.kind, source.outputs);
  const hasClasses = task === 'classification' || task === 'binary';
  const mixes = loss.mixes === true && !rows.weighted && random.below(4) === 0;
  const classWeights = hasClasses && !mixes ? classWeightsOf(random) : undefined;
  const sampling = oneOf(random, [
    undefined,
    undefined,
    rows.weighted ? 'weighted' : 'shuffle',
    hasClasses && classWeights !== 'balanced' ? 'balanced' : undefined,
  ]);
  const written = {
    name: 'any',
    seed: random.below(1000),
    engine: oneOf(random, ['wasm', 'native', 'wasm', 'native', 'reference']),
    data: { name: 'xor' },
    model: { precision: 'float64', init: memberOf(random, 'init'), layers },
    loss: { name, ...optionsOf(random, loss.options) },
    optimizer: rated(random, memberOf(random, 'optimizers')) as unknown,
    train: {
      batchSize,
      shards,
      averaging,
      accumulate,
      epochs: 1 + random.below(3),
      validate: { every: oneOf(random, ['1 epoch', '3 steps']), ...judgedBy(random, task, source.outputs) },
      stop: oneOf(random, [
        undefined,
        undefined,
        { patience: 1 + random.below(3), minDelta: oneOf(random, [0, 0.01]) },
      ]),
      checkpoint: oneOf(random, [undefined, undefined, { every: '2 steps', keep: 1 }]),
      exchange: oneOf(random, [undefined, undefined, 'fixed', 'fast', 'half']),
      clip: oneOf(random, [undefined, undefined, { norm: oneOf(random, [0.5, 1e-3]) }, { value: 0.05 }]),
      ema: oneOf(random, [undefined, { decay: oneOf(random, [0.9, 0, 0.999999]) }]),
      sampling,
      classWeights,
      ...(mixes && { mixup: { alpha: oneOf(random, [0.4, 0.01, 5]) } }),
    },
  };
  // A training method of its own, which sees all rows at once.
  if (random.below(8) === 0) withLbfgs(written, random);
  if (written.engine !== 'reference') written.model.precision = oneOf(random, ['float32', 'float64']);
  try {
    const begins = oneOf(random, [...Array(6), 'init: file', '--init-from'] as Drawn['begins'][]);
    return { config: configSchema.parse(written), source, begins };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

function withLbfgs(written: { optimizer: unknown; train: Record<string, unknown> }, random: Random): void {
  const history = 1 + random.below(5);
  const decay = oneOf(random, ['weights', 'all']);
  const tolerance = oneOf(random, [undefined, 0, 0.01]);
  written.optimizer = { name: 'lbfgs', history, decay, tolerance, l2: oneOf(random, [0, 0.01]) };
  const { averaging, shards, validate, stop, checkpoint, exchange, classWeights } = written.train;
  const epochs = 2 + random.below(9);
  written.train = { averaging, shards, validate, stop, checkpoint, exchange, classWeights, epochs };
}

const rowsOf = (random: Random): RowsGiven => ({
  soft: random.below(4) === 0,
  weighted: random.below(4) === 0,
  single: random.below(2) === 0,
});

const classWeightsOf = (random: Random): 'balanced' | Record<string, number> | undefined =>
  oneOf(random, [undefined, undefined, 'balanced', { 0: 2.5, 1: random.below(2) }]);

/** Figures that the task has, one of which may say what is best. */
function judgedBy(random: Random, task: ReturnType<typeof learningTask>, outputs: number) {
  const names = metricNames.filter((name) => {
    const { tasks, refuse, options } = metricOf(name);
    return tasks.includes(task) && refuse?.(outputs, { name, ...defaultsOf(options) }) === undefined;
  });
  const asked = new Set(Array.from({ length: 1 + random.below(3) }, () => oneOf(random, names)));
  const monitors = names.filter((name) => !isTable(name));
  return {
    metrics: oneOf(random, [
      undefined,
      [...asked].map((name) => ({ name, ...optionsOf(random, metricOf(name).options) })),
    ]),
    monitor: oneOf(random, ['loss', 'loss', oneOf(random, monitors)]),
  };
}

/** Rates at which small networks neither stand still nor always diverge. */
function rated(random: Random, member: { name: string }): Record<string, unknown> {
  const factor = oneOf(random, [1, 0.1, 10]);
  const { learningRate } = optimizerMembers[member.name as keyof typeof optimizerMembers].options;
  const { default: usual } = learningRate as NumberOption;
  return { ...member, learningRate: (usual ?? 0.01) * factor };
}

function hiddenOf(random: Random, depth = 0, inputs = FEATURES): Record<string, unknown>[] {
  let width = inputs;
  return Array.from({ length: 1 + random.below(3) }, () => {
    const layer = layerOf(random, depth, width);
    width = widthAfter(layer, width);
    return layer;
  });
}

/** How wide a layer is behind so many values. */
function widthAfter({ name, units, layers }: Record<string, unknown>, width: number): number {
  if (!Array.isArray(layers)) return typeof units === 'number' ? units : width;
  const own = layers.reduce<number>((width, layer) => widthAfter(layer, width), width);
  return name === 'concat' ? width + own : own;
}

function layerOf(random: Random, depth: number, width: number): Record<string, unknown> {
  const names = Object.keys(families.layers).filter((name) => {
    const { options } = families.layers[name as keyof typeof families.layers];
    return depth < DEPTH || !('layers' in options);
  });
  // Every second one is dense.
  const name = random.below(2) === 0 ? 'dense' : oneOf(random, names);
  const options: Options = families.layers[name as keyof typeof families.layers].options;
  const own: Record<string, unknown> = { ...(name !== 'dense' && { name }), ...optionsOf(random, options) };
  if (name === 'dense') own.units = 1 + random.below(24);
  // Nothing moves it, so nothing says how fast.
  if (own.frozen === true) for (const key of ['rateFactor', 'decayFactor']) delete own[key];
  // What is added up must be as wide.
  if ('layers' in options) own.layers = [...hiddenOf(random, depth + 1, width), { units: width }];
  return own;
}

/** A member of a family that can be had without a file. */
function memberOf(random: Random, family: FamilyName | 'optimizers'): { name: string } {
  const members: Readonly<Record<string, { readonly options?: Options }>> =
    family === 'optimizers' ? optimizerMembers : families[family];
  const names = Object.keys(members).filter((name) =>
    Object.values(members[name].options ?? {}).every(canDraw),
  );
  const name = oneOf(random, names);
  return { name, ...optionsOf(random, members[name].options) };
}

export const canDraw = (option: Option): boolean =>
  option.default !== undefined || option.optional === true || option.type !== 'text';

/** Values for some of the options; the others are left to their defaults. */
function optionsOf(random: Random, options: Options = {}): Record<string, unknown> {
  const drawn = Object.entries(options).map(([key, option]) => [key, drawnValue(random, option)]);
  return Object.fromEntries(drawn.filter(([, value]) => value !== undefined));
}

/** Undefined: left out. */
function drawnValue(random: Random, option: Option): unknown {
  const omissible = option.default !== undefined || option.optional === true;
  if (omissible && random.below(3) > 0) return undefined;
  switch (option.type) {
    case 'number':
    case 'integer':
      return numberOf(random, option);
    case 'numbers':
      // Ascending, since what has several such numbers mostly asks for that.
      return [1, 2, 3].map((k) => option.above + ((option.below - option.above) * k) / 4);
    case 'boolean':
      return random.below(2) === 0;
    case 'choice':
      return oneOf(random, option.of);
    case 'interval':
      return oneOf(random, ['1 epoch', '2 epochs', '3 steps', '7 steps']);
    case 'member':
      return memberOf(random, option.family);
    default:
      return undefined;
  }
}

function numberOf(random: Random, option: NumberOption): number {
  const { min, above, max, below, default: usual = 0.5 } = option;
  // Bounds may be far: what is drawn is what people write.
  const least = Math.max(min ?? above ?? -2, -2);
  const most = Math.min(max ?? below ?? 2, least + 4);
  const near = usual !== 0 && random.below(2) === 0;
  const value = near ? usual * (0.5 + random.uniform()) : least + (most - least) * random.uniform();
  const within = Math.min(Math.max(value, min ?? least + 1e-3), Math.min(max ?? most, most) - 1e-3);
  return option.type === 'integer' ? Math.round(within) : Number(within.toPrecision(3));
}

const oneOf = <T>(random: Random, of: readonly T[]): T => of[random.below(of.length)];

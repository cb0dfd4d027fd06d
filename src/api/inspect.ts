/** `inspect` as a function: what is in the file of a run's weights, or in a checkpoint? */
import { dirname } from 'node:path';
import { isUserError } from '../errors.js';
import { isMapping, parseJson } from '../formats/json.js';
import { readMetadata } from '../formats/safetensors.js';
import { type Disk, realDisk } from '../machine/disk.js';
import { defaultInitializer } from '../model/init/index.js';
import { trainingOf } from '../model/layers/trained.js';
import type { Figures } from '../model/metrics/index.js';
import { lengthOf, network } from '../model/network.js';
import { bytesOf } from '../model/precision.js';
import type { ModelDescription } from '../predict/description.js';
import { recordedRun } from '../predict/recorded.js';
import { type FittedColumn, type FittedEncoding, inputsOf, slotsOf } from '../preprocess/fitted.js';
import type { DeadUnits } from '../pruning.js';
import type { InspectedColumn, InspectedLayer, Inspection } from '../results.js';
import { readCheckpoint } from '../runs/checkpoint.js';
import { checkRunDir } from '../runs/name.js';
import { weightsPath } from '../runs/weights.js';
import { openModel } from './model-file.js';

/**
 * @param path a run's folder, `runs/latest`, its `weights.safetensors`, or a checkpoint
 * @throws UserError for a file that is neither, or is damaged
 */
export async function inspect(path: string): Promise<Inspection> {
  const disk = realDisk;
  const file = await weightsPath(disk, checkRunDir(path));
  // What has no such metadata may be an export; what is wrong with anything else is said where it is opened.
  const { format = '' } = await readMetadata(disk, file).catch((error): Record<string, string> => {
    if (isUserError(error)) return {};
    throw error;
  });
  return format.startsWith('gradpool-checkpoint') ? ofCheckpoint(disk, file) : ofWeights(disk, file);
}

async function ofWeights(disk: Disk, path: string): Promise<Inspection> {
  const file = await openModel(disk, path);
  const { description, net, metadata } = file;
  const { precision, preprocessing, best, task, loss, name } = description;
  const run = recordedRun(file);
  return {
    kind: 'weights',
    file: path,
    name,
    gradpool: metadata.gradpool ?? null,
    precision,
    task,
    loss: loss.name,
    layers: layersOf(net),
    inputs: net.inputs,
    outputs: net.outputs,
    parameters: net.parameters,
    buffers: net.buffers,
    bytes: (net.parameters + net.buffers) * bytesOf(precision),
    columns: preprocessing.columns?.map(columnOf) ?? null,
    target: targetOf(preprocessing.target),
    best: { ...best, metrics: best.metrics as Figures },
    hash: metadata.bestHash ?? null,
    trained: {
      ...trainedBy(run?.config, run?.engine, Number(run?.steps ?? 0)),
      ...prunedIn(metadata),
    },
    dead: await deadIn(disk, path, metadata.bestHash),
  };
}

async function ofCheckpoint(disk: Disk, path: string): Promise<Inspection> {
  const { provenance, state, tensors } = await readCheckpoint(disk, path);
  const { config, data, engine, gradpool } = provenance;
  const { precision } = config.model;
  const net = network(data.features, config.model.layers, { name: defaultInitializer }, data.outputs);
  const bytes = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
  return {
    kind: 'checkpoint',
    file: path,
    name: config.name,
    gradpool,
    precision,
    task: null,
    loss: config.loss.name,
    layers: layersOf(net),
    inputs: net.inputs,
    outputs: net.outputs,
    parameters: net.parameters,
    buffers: net.buffers,
    bytes,
    columns: null,
    target: null,
    best: state.best && {
      step: state.best.step,
      monitor: config.train.validate.monitor,
      loss: state.best.loss,
      metrics: state.best.metrics,
    },
    hash: null,
    trained: trainedBy(config, engine, state.step),
    dead: null,
  };
}

/** What the run that a file of weights lies in has found of just these. */
async function deadIn(disk: Disk, path: string, hash: string | undefined): Promise<DeadUnits | null> {
  if (hash === undefined) return null;
  const { readRun } = await import('../history/record.js');
  const { deadUnitsOf } = await import('../history/dead-units.js');
  const run = await readRun(dirname(path), disk).catch((error) => {
    // It may lie anywhere, and its run may be damaged: what is in it can be said all the same.
    if (isUserError(error)) return undefined;
    throw error;
  });
  return run?.insights && run.done?.bestHash === hash ? deadUnitsOf(run.insights) : null;
}

function layersOf(net: ReturnType<typeof network>): InspectedLayer[] {
  return net.layers.map(({ name, type, inputs, outputs, options, tensors, buffers }) => ({
    name,
    type: type === 'activation' && isMapping(options.activation) ? String(options.activation.name) : type,
    inputs,
    outputs,
    parameters: lengthOf(tensors),
    tensors: [...tensors, ...buffers].map(({ name, shape }) => ({ name, shape: [...shape] })),
    ...trainingIn(options),
  }));
}

/** What the options say of training, where that is not what is usual. */
function trainingIn(options: Readonly<Record<string, unknown>>): Pick<InspectedLayer, 'training'> {
  const { frozen, rateFactor, decayFactor } = trainingOf({ options });
  const training = {
    ...(frozen && { frozen }),
    ...(rateFactor !== 1 && { rateFactor }),
    ...(decayFactor !== 1 && { decayFactor }),
  };
  return Object.keys(training).length > 0 ? { training } : {};
}

function columnOf(column: FittedColumn): InspectedColumn {
  const { name, type } = column;
  return { name, type, inputs: inputsOf(slotsOf(column)), becomes: becomes(column) };
}

/** How the vectors of an embedding are trained, where that is said. */
function trainedAs(encode: FittedEncoding): string[] {
  if (encode.name !== 'embed') return [];
  const { frozen, rateFactor = 1, decayFactor = 1 } = encode;
  return [
    ...(frozen ? ['frozen'] : []),
    ...(rateFactor !== 1 ? [`rate × ${rateFactor}`] : []),
    ...(decayFactor !== 1 ? [`decay × ${decayFactor}`] : []),
  ];
}

const short = (value: number) => String(Number(value.toPrecision(4)));
const scaleIn = ({ log, center, spread }: { log: boolean; center: number; spread: number }) =>
  center === 0 && spread === 1 && !log
    ? 'as it is'
    : `${log ? 'log, ' : ''}(x ${center < 0 ? '+' : '−'} ${short(Math.abs(center))}) / ${short(spread)}`;

/** What becomes of a column, and of what is missing, in words. */
function becomes(column: FittedColumn): string {
  if (column.type === 'category') {
    const { encode, codes, rare, missing, unseen } = column;
    return [
      `${encode.name} of ${codes}`,
      ...trainedAs(encode),
      ...(rare.length > 0 ? [`${rare.length} rare`] : []),
      missing === null
        ? 'missing error'
        : missing >= column.categories.length
          ? 'missing own'
          : 'missing filled',
      unseen === null ? 'unseen error' : unseen < 0 ? 'unseen none' : 'unseen rare',
    ].join(', ');
  }
  const fill =
    column.fill === null
      ? 'missing error'
      : `missing ${column.type === 'date' ? new Date(column.fill).toISOString() : short(column.fill)}`;
  if (column.type === 'date') return `${column.parts.map(({ part }) => part).join(', ')}, ${fill}`;
  return `${scaleIn(column.scale)}, ${fill}${column.indicator ? ', indicator' : ''}`;
}

function targetOf(target: ModelDescription['preprocessing']['target']): string {
  if (target.kind === 'class')
    return `${target.column}: one of ${target.classes.length} classes, ${some(target.classes)}`;
  if (target.kind === 'binary') {
    return target.columns.map(({ name, classes }) => `${name}: ${classes.join(' or ')}`).join('; ');
  }
  return target.columns.map(({ name, scale }) => `${name}: a value, ${scaleIn(scale)}`).join('; ');
}

const some = (names: readonly string[]) =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')}, …` : names.join(', ');

/** Which layers have fewer units than they were trained with. */
function prunedIn({ pruned = '' }: Readonly<Record<string, string>>): Record<string, string> {
  const said = parseJson(pruned);
  const layers = isMapping(said) && Array.isArray(said.layers) ? said.layers.filter(isMapping) : [];
  const fewer = layers.filter(({ before, after }) => before !== after);
  const words = fewer.map(({ layer, before, after }) => `${layer} ${before} → ${after}`);
  return words.length > 0 ? { pruned: words.join(', ') } : {};
}

/** How it was trained, as a run records it: facts by their names. */
function trainedBy(config: unknown, engine: unknown, steps: number): Record<string, string> {
  if (!isMapping(config)) return {};
  const { data, optimizer, train, seed } = config;
  const part = (value: unknown, key: string) => (isMapping(value) ? value[key] : undefined);
  const facts: [string, unknown][] = [
    ['steps', steps],
    ['seed', seed],
    ['engine', part(engine, 'name')],
    [
      'data',
      [part(data, 'name'), part(data, 'path')]
        .filter((each) => each !== undefined)
        .map(worded)
        .join(' '),
    ],
    ['updates', worded(optimizer)],
    ['batch', batchOf(part(train, 'batchSize'), part(train, 'accumulate'))],
    ['epochs', part(train, 'epochs')],
    ...Object.entries(settings).map(([key, name]): [string, unknown] => [name, saidOf(part(train, key))]),
  ];
  return Object.fromEntries(
    facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** What `train` may say beside these, by the name of its fact. */
const settings = {
  clip: 'clip',
  ema: 'ema',
  sampling: 'sampling',
  mixup: 'mixup',
  classWeights: 'classes',
  stop: 'stop',
};

const saidOf = (value: unknown): string | undefined => (value === undefined ? undefined : worded(value));

const batchOf = (rows: unknown, accumulate: unknown): unknown =>
  accumulate === undefined || accumulate === 1 ? rows : `${rows}, ${accumulate} of them a step`;

/** `adam, learningRate 0.001, …` */
function worded(value: unknown): string {
  if (!isMapping(value)) return String(value);
  const { name, ...rest } = value;
  const options = Object.entries(rest).map(
    ([key, each]) => `${key} ${isMapping(each) ? `(${worded(each)})` : each}`,
  );
  return [...(name === undefined ? [] : [String(name)]), ...options].join(', ');
}

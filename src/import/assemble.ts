/** A model of ours from what another program's network is made of. */
import { shortened, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import type { Tensor, Tensors } from '../formats/safetensors.js';
import { defaultInitializer } from '../model/init/index.js';
import { type LossName, losses } from '../model/losses/index.js';
import { otherwiseFor } from '../model/losses/loss.js';
import { learningTask } from '../model/metrics/task.js';
import { type LayerSpec, type Network, network } from '../model/network.js';
import type { Precision } from '../model/precision.js';
import { defaultsOf, type Spec } from '../options.js';
import { checkPreprocessing } from '../predict/check.js';
import { DESCRIPTION_FORMAT, type ModelDescription } from '../predict/description.js';
import { type FittedTarget, unscaled } from '../preprocess/fitted.js';
import type { ForeignNetwork, Learned, Step } from './step.js';

/** What is known beside the file: a configuration's layers, what outputs were learned with. */
export interface Wanted {
  readonly layers?: readonly LayerSpec[];
  readonly loss?: Spec;
  /** What the file says of a model of ours that it was written from. */
  readonly said?: unknown;
}

export interface Imported {
  readonly tensors: Tensors;
  /** Undefined: nothing says what lies between the layers that learn. */
  readonly description: ModelDescription | undefined;
  readonly net: Network;
}

/** Those that have weights, in the order in which they come to them. */
const learnedOf = (steps: readonly Step[]): Learned[] =>
  steps.flatMap((step) => {
    if (step.kind === 'activation') return [];
    return 'steps' in step ? learnedOf(step.steps) : [step];
  });

/**
 * @param wanted where it says nothing of layers, those that the file has
 * @throws UserError listing what does not fit
 */
export function assemble(
  { steps, whole, named }: ForeignNetwork,
  name: string,
  where: string,
  wanted: Wanted = {},
): Imported {
  const learned = learnedOf(steps);
  const dense = learned.filter((step) => step.kind === 'dense');
  if (dense.length === 0) throw new UserError(`${where}: has no dense layer`);
  const precision: Precision = learned.some(({ weight }) => weight.data instanceof Float64Array)
    ? 'float64'
    : 'float32';
  // One slope for all units does not say how many these are.
  const [inputs] = (learned.find(({ kind }) => kind !== 'prelu') as Learned).weight.shape;
  const outputs = dense[dense.length - 1].weight.shape[1];
  const layers = wanted.layers ?? steps.map(specOf);
  const net = network(inputs, layers, { name: defaultInitializer }, outputs);
  const tensors =
    byName(net, named, precision) ?? placed(net, learned, precision, where, advice(whole, wanted));
  const said = saidOf(wanted.said, net);
  const alone = wanted.layers === undefined && wanted.loss;
  const given = alone ? fitting(net, alone, whole, where) : wanted.loss;
  const loss = given ?? (whole ? (said?.loss ?? lossOf(net)) : undefined);
  if (loss === undefined) return { tensors, net, description: undefined };
  // Outputs are what the file says as long as they were learned so, and nobody asks for others.
  const asked = wanted.loss !== undefined && wanted.layers === undefined;
  const isSaid = said?.loss.name === loss.name && (!asked || said.target.kind === kindOf(loss));
  const target = isSaid ? said?.target : undefined;
  return { tensors, net, description: describe(net, name, precision, layers, loss, target) };
}

/** What to do where layers do not fit each other: nothing said that a way may go around some. */
const advice = (whole: boolean, { layers }: Wanted): string =>
  whole || layers !== undefined
    ? ''
    : '; give --config, whose layers these are, where more than one way leads on';

/** The tensors where the file has just those of the network, by its names for them. */
function byName(net: Network, named: Tensors | undefined, precision: Precision): Tensors | undefined {
  const all = net.layers.flatMap(({ tensors, buffers }) => [...tensors, ...buffers]);
  const fits = all.every(({ name, shape }) => named?.[name]?.shape.join() === shape.join());
  if (named === undefined || !fits || Object.keys(named).length > all.length) return undefined;
  return Object.fromEntries(
    all.map(({ name, shape }) => [name, { shape, data: inPrecision(named[name].data, precision) }]),
  );
}

const inPrecision = (values: ArrayLike<number>, precision: Precision): Tensor['data'] =>
  precision === 'float32' ? Float32Array.from(values) : Float64Array.from(values);

function specOf(step: Step): LayerSpec {
  switch (step.kind) {
    case 'dense':
      return { name: 'dense', units: step.weight.shape[1], activation: { name: 'linear' } };
    case 'batch-norm':
      return { name: 'batch-norm', newShare: 0.1, epsilon: step.epsilon ?? 1e-5 };
    case 'layer-norm':
      return { name: 'layer-norm', epsilon: step.epsilon ?? 1e-5 };
    case 'prelu':
      return { name: 'prelu', slope: 0.25, perUnit: step.weight.shape[0] > 1 };
    case 'activation':
      return { name: 'activation', activation: step.activation };
    case 'residual':
      return { name: 'residual', layers: step.steps.map(specOf), drop: 0 };
    case 'concat':
      return { name: 'concat', layers: step.steps.map(specOf) };
  }
}

/** The tensors by the network's names. @throws UserError with everything that does not fit, in one line */
function placed(
  net: Network,
  learned: readonly Learned[],
  precision: Precision,
  where: string,
  advice: string,
): Tensors {
  const own = net.layers.filter((layer) => layer.tensors.length > 0);
  const problems: string[] = [];
  const tensors: Record<string, Tensor> = {};
  const put = (name: string, shape: readonly number[], tensor: Tensor | undefined) => {
    if (tensor !== undefined && tensor.shape.join() !== shape.join()) {
      problems.push(`${name} is [${shape.join(', ')}] here and [${tensor.shape.join(', ')}] there`);
      return;
    }
    // A layer without a bias adds zeros.
    tensors[name] = { shape, data: inPrecision(tensor?.data ?? new Float32Array(shape[0]), precision) };
  };
  for (let k = 0; k < Math.max(own.length, learned.length); k++) {
    const [layer, step] = [own[k], learned[k]];
    if (layer === undefined) problems.push(`there is a layer more, ${shortened(step.name)}`);
    else if (step === undefined) problems.push(`there is no layer for ${layer.name}`);
    else if (layer.type !== step.kind && !('orNorm' in step && layer.type === 'layer-norm')) {
      problems.push(
        `${layer.name} is of ${layer.type} here and of ${step.kind} there (${shortened(step.name)})`,
      );
    } else {
      const given: Readonly<Record<string, Tensor | undefined>> = {
        weight: step.weight,
        bias: step.bias,
        ...('mean' in step && { running_mean: step.mean, running_var: step.variance }),
      };
      for (const { name, shape } of [...layer.tensors, ...layer.buffers]) {
        put(name, shape, given[name.slice(layer.name.length + 1)]);
      }
    }
  }
  if (problems.length > 0) throw new UserError(`${where} does not fit: ${problems.join(', ')}${advice}`);
  return tensors;
}

/** A loss with the options that go with the outputs. @throws UserError where they are not learned with it */
function fitting(net: Network, loss: Spec, whole: boolean, where: string): Spec {
  const { name } = loss;
  if (!whole) {
    throw new UserError(
      `--loss: ${where} does not say what lies between its layers; give --config in its place`,
    );
  }
  const member = losses[name as LossName];
  const { activations } = member;
  const last = lastActivation(net) ?? 'linear';
  const otherwise = otherwiseFor(member, { ...loss }, last);
  if (otherwise !== undefined) return { ...defaultsOf(member.options), ...loss, ...otherwise };
  throw new UserError(`--loss: ${name} goes with ${activations.join(' or ')}, and the last layer is ${last}`);
}

/** What a file that we have written says of outputs, where these are the network's; of any other file nothing. */
function saidOf(
  said: unknown,
  { inputs, outputs }: Network,
): { loss: Spec; target: FittedTarget } | undefined {
  if (!isMapping(said) || said.format !== DESCRIPTION_FORMAT || !isMapping(said.preprocessing))
    return undefined;
  const { loss } = said;
  if (!isMapping(loss)) return undefined;
  const name = String(loss.name);
  if (!Object.hasOwn(losses, name)) return undefined;
  const { target } = said.preprocessing;
  const matrix = { features: inputs, scales: [1], offsets: [0] };
  if (checkPreprocessing({ matrix, target }, inputs, outputs) !== undefined) return undefined;
  return { loss: { ...loss, name }, target: target as FittedTarget };
}

const kindOf = ({ name }: Spec): FittedTarget['kind'] => {
  const { targets } = losses[name as LossName];
  return targets === 'classes' ? 'class' : targets;
};

function lastActivation(net: Network): string | undefined {
  const last = net.layers.at(-1);
  return last?.type === 'activation'
    ? (last.options.activation as { readonly name: string }).name
    : undefined;
}

/** What outputs were probably learned with: softmax for classes, sigmoid for yes or no, anything else for values. */
function lossOf(net: Network): Spec {
  const last = lastActivation(net);
  if (last === 'softmax') return { name: 'cross-entropy' };
  if (last === 'sigmoid') return { name: 'binary-cross-entropy' };
  return { name: 'mean-squared-error' };
}

function describe(
  net: Network,
  name: string,
  precision: Precision,
  layers: readonly LayerSpec[],
  loss: Spec,
  target?: FittedTarget,
): ModelDescription {
  const { inputs, outputs } = net;
  const member = losses[loss.name as LossName];
  const { targets } = member;
  return {
    format: DESCRIPTION_FORMAT,
    name,
    precision,
    inputs,
    outputs,
    layers,
    loss,
    task: learningTask(member, targets === 'classes' ? 'class' : 'values', outputs),
    preprocessing: {
      matrix: { features: inputs, scales: [1], offsets: [0] },
      target: target ?? targetOf(targets, outputs),
    },
    best: { step: 0, monitor: 'loss', loss: null, metrics: {} },
  };
}

/** Classes are their numbers, columns have a number each: the file has no names for them. */
function targetOf(targets: 'classes' | 'binary' | 'values', outputs: number): FittedTarget {
  const each = <T>(make: (k: number) => T): T[] => Array.from({ length: outputs }, (_, k) => make(k));
  switch (targets) {
    case 'classes':
      return { kind: 'class', column: 'class', classes: each(String), numeric: true };
    case 'binary':
      return {
        kind: 'binary',
        columns: each((k) => ({ name: `output${k + 1}`, classes: ['0', '1'], numeric: true })),
      };
    case 'values':
      return { kind: 'values', columns: each((k) => ({ name: `output${k + 1}`, scale: unscaled })) };
  }
}

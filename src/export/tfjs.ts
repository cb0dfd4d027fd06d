/**
 * A layers model of TensorFlow.js: `model.json` with Keras's layers and their names, `weights.bin` with their tensors in
 * float32. It takes inputs after preprocessing, which stands in the metadata.
 */
import { UserError } from '../errors.js';
import type { Layer } from '../model/layers/layer.js';
import type { Real } from '../model/precision.js';
import { version } from '../version.js';
import type { ExportFormat } from './format.js';
import type { LoadedModel } from './model.js';

type Options = Readonly<Record<string, unknown>>;

interface KerasLayer {
  readonly type: string;
  readonly config: Options;
  /** Its weights as Keras calls them, by the names that they have here. */
  readonly weights?: Readonly<Record<string, string>>;
}

/**
 * Those that Keras knows by a name, and those that are layers of their own there. TensorFlow.js has another hard sigmoid,
 * no exponential (which Keras has), and a name for the approximate GELU that it does not find again in a file.
 */
const activations: Readonly<Record<string, (options: Options) => KerasLayer>> = {
  elu: ({ alpha }) => ({ type: 'ELU', config: { alpha } }),
  gelu: () => named('gelu'),
  'leaky-relu': ({ slope }) => ({ type: 'LeakyReLU', config: { alpha: slope } }),
  linear: () => named('linear'),
  'log-softmax': () => named('log_softmax'),
  mish: () => named('mish'),
  relu: () => named('relu'),
  relu6: () => named('relu6'),
  selu: () => named('selu'),
  sigmoid: () => named('sigmoid'),
  silu: () => named('swish'),
  softmax: () => named('softmax'),
  softplus: () => named('softplus'),
  softsign: () => named('softsign'),
  tanh: () => named('tanh'),
};
const named = (activation: string): KerasLayer => ({ type: 'Activation', config: { activation } });

const norm = { weight: 'gamma', bias: 'beta' };

/** By the names of model/layers. */
const layers: Readonly<Record<string, (layer: Layer) => KerasLayer>> = {
  dense: ({ outputs }) => ({
    type: 'Dense',
    config: { units: outputs, activation: 'linear', use_bias: true },
    weights: { weight: 'kernel', bias: 'bias' },
  }),
  activation({ options }) {
    const spec = options.activation as Options & { readonly name: string };
    if (!Object.hasOwn(activations, spec.name)) {
      throw new UserError(
        `the activation ${spec.name} has no form in TensorFlow.js; export the model to ONNX`,
      );
    }
    return activations[spec.name](spec);
  },
  dropout: ({ options: { rate } }) => ({ type: 'Dropout', config: { rate } }),
  'gaussian-noise': ({ options: { deviation } }) => ({
    type: 'GaussianNoise',
    config: { stddev: deviation },
  }),
  'batch-norm': ({ options: { epsilon, newShare } }) => ({
    type: 'BatchNormalization',
    config: { axis: -1, momentum: 1 - Number(newShare), epsilon, center: true, scale: true },
    weights: { ...norm, running_mean: 'moving_mean', running_var: 'moving_variance' },
  }),
  'layer-norm': ({ options: { epsilon } }) => ({
    type: 'LayerNormalization',
    config: { axis: [-1], epsilon, center: true, scale: true },
    weights: norm,
  }),
  prelu: ({ inputs, tensors: [{ length }] }) => ({
    type: 'PReLU',
    config: length < inputs ? { shared_axes: [1] } : {},
    weights: { weight: 'alpha' },
  }),
  residual: () => ({ type: 'Add', config: {} }),
  concat: () => ({ type: 'Concatenate', config: { axis: -1 } }),
};

/** The layer that inputs come from, where layers say it. */
const INPUTS = 'input';

export const tfjs: ExportFormat = {
  description: 'A folder with a layers model of TensorFlow.js, which takes inputs after preprocessing.',
  ending: '-tfjs',
  folder: true,
  encode(model) {
    const { description, net, tensors } = model;
    const entries: { name: string; shape: readonly number[]; dtype: 'float32' }[] = [];
    const data: Uint8Array[] = [];
    /** Which layer leaves what each leaves, by its name: where a way around others begins, that is the one before. */
    const names: string[] = [INPUTS];
    const made = net.layers.flatMap((layer, k) => {
      if (layer.type === 'fork') {
        names.push(names[k]);
        return [];
      }
      if (!Object.hasOwn(layers, layer.type)) {
        throw new UserError(`the layer ${layer.type} has no form in TensorFlow.js; export the model to ONNX`);
      }
      const { type, config, weights = {} } = layers[layer.type](layer);
      const name = `${layer.type.replaceAll('-', '_')}_${k + 1}`;
      for (const { name: full } of [...layer.tensors, ...layer.buffers]) {
        const own = full.slice(layer.name.length + 1);
        entries.push({ name: `${name}/${weights[own]}`, shape: tensors[full].shape, dtype: 'float32' });
        data.push(inFloat32(tensors[full].data));
      }
      names.push(name);
      const from = layer.partner === undefined ? [names[k]] : [names[layer.partner + 1], names[k]];
      return [{ type, name, config, from }];
    });
    const branches = net.layers.some(({ partner }) => partner !== undefined);
    const text = JSON.stringify({
      format: 'layers-model',
      generatedBy: `gradpool ${version}`,
      convertedBy: null,
      modelTopology: {
        keras_version: 'tfjs-layers 4.22.0',
        backend: 'tensor_flow.js',
        ...(branches ? graphOf : sequenceOf)(description.name, net.inputs, made),
      },
      weightsManifest: [{ paths: ['weights.bin'], weights: entries }],
      userDefinedMetadata: { gradpool: description },
    });
    const files = [
      { name: 'model.json', parts: [Buffer.from(text)] },
      { name: 'weights.bin', parts: data },
    ];
    return { files, notes: notesOf(model) };
  },
};

interface MadeLayer {
  readonly type: string;
  readonly name: string;
  readonly config: Options;
  /** The layers that its inputs come from. */
  readonly from: readonly string[];
}

/** One layer after another. */
function sequenceOf(name: string, inputs: number, made: readonly MadeLayer[]): Options {
  const layers = made.map(({ type, name, config }, k) => {
    const first = k === 0 ? { batch_input_shape: [null, inputs], dtype: 'float32' } : {};
    return { class_name: type, config: { name, trainable: true, ...first, ...config } };
  });
  return { class_name: 'Sequential', config: { name, layers } };
}

/** Layers that each say where their inputs come from. */
function graphOf(name: string, inputs: number, made: readonly MadeLayer[]): Options {
  const given = { batch_input_shape: [null, inputs], dtype: 'float32', sparse: false, name: INPUTS };
  const layers = [
    { class_name: 'InputLayer', name: INPUTS, config: given, inbound_nodes: [] as unknown[] },
    ...made.map(({ type, name, config, from }) => ({
      class_name: type,
      name,
      config: { name, trainable: true, ...config },
      inbound_nodes: [from.map((each) => [each, 0, 0, {}])],
    })),
  ];
  const last = made.at(-1)?.name ?? INPUTS;
  return {
    class_name: 'Model',
    config: { name, layers, input_layers: [[INPUTS, 0, 0]], output_layers: [[last, 0, 0]] },
  };
}

function inFloat32(data: Real): Uint8Array {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function notesOf({ description }: LoadedModel): string[] {
  const notes = ['it takes inputs after preprocessing; model.json says in userDefinedMetadata what that is'];
  if (description.precision === 'float64') notes.push('TensorFlow.js has float32 only: weights were rounded');
  return notes;
}

/**
 * A network as PyTorch's nn.Sequential has it: module k is layer k, its tensors are `k.weight`, `k.bias`, …, and the
 * weights of a Linear are units × inputs.
 */
import { UserError } from '../errors.js';
import type { Tensor, Tensors } from '../formats/safetensors.js';
import type { Layer } from '../model/layers/layer.js';
import { type LoadedModel, writtenType } from './model.js';

export interface TorchModel {
  readonly tensors: Tensors;
  /** What makes the module in Python, after `import torch`; it takes inputs after preprocessing. */
  readonly code: string;
}

type Options = Readonly<Record<string, unknown>>;

/** By the names of model/activations. Softplus: PyTorch's own threshold of 20 leaves out what float64 shows. */
const activations: Readonly<Record<string, (options: Options) => string>> = {
  elu: ({ alpha }) => `ELU(${alpha})`,
  // PyTorch has no such module.
  exponential: () => "type('Exp', (torch.nn.Module,), {'forward': lambda self, u: u.exp()})()",
  gelu: () => 'GELU()',
  'gelu-tanh': () => "GELU(approximate='tanh')",
  'hard-sigmoid': () => 'Hardsigmoid()',
  'hard-tanh': () => 'Hardtanh()',
  'leaky-relu': ({ slope }) => `LeakyReLU(${slope})`,
  linear: () => 'Identity()',
  'log-softmax': () => 'LogSoftmax(dim=1)',
  mish: () => 'Mish()',
  relu: () => 'ReLU()',
  relu6: () => 'ReLU6()',
  selu: () => 'SELU()',
  sigmoid: () => 'Sigmoid()',
  silu: () => 'SiLU()',
  softmax: () => 'Softmax(dim=1)',
  softplus: () => 'Softplus(threshold=40)',
  softsign: () => 'Softsign()',
  tanh: () => 'Tanh()',
};

/** By the names of model/layers. */
const modules: Readonly<Record<string, (layer: Layer) => string>> = {
  dense: ({ inputs, outputs }) => `Linear(${inputs}, ${outputs})`,
  activation({ options }) {
    const spec = options.activation as Options & { readonly name: string };
    if (!Object.hasOwn(activations, spec.name)) {
      throw new UserError(`the activation ${spec.name} has no module in PyTorch`);
    }
    return activations[spec.name](spec);
  },
  dropout: ({ options: { rate } }) => `Dropout(${rate})`,
  // PyTorch has no module that adds noise: the model goes out as it predicts.
  'gaussian-noise': () => 'Identity()',
  'batch-norm': ({ inputs, options: { epsilon, newShare } }) =>
    `BatchNorm1d(${inputs}, eps=${epsilon}, momentum=${newShare})`,
  'layer-norm': ({ inputs, options: { epsilon } }) => `LayerNorm(${inputs}, eps=${epsilon})`,
  prelu: ({ tensors: [{ length }] }) => `PReLU(${length})`,
};

/** Embedded columns, which nn.Sequential has no place for: their tensors keep their names, and come before it. */
const BEFORE = 'embedding';

/** @throws UserError for a layer that PyTorch has no module for */
export function torchModel({ net, tensors }: LoadedModel): TorchModel {
  const turned: Record<string, Tensor> = {};
  const calls: string[] = [];
  for (const layer of net.layers) {
    const names = [...layer.tensors, ...layer.buffers].map(({ name }) => name);
    if (layer.type === BEFORE) {
      for (const name of names) turned[name] = tensors[name];
      continue;
    }
    if (layer.partner !== undefined) {
      throw new UserError(
        `the layer ${writtenType(net, layer)} goes around others, for which nn.Sequential has no module; export the model to ONNX`,
      );
    }
    if (!Object.hasOwn(modules, layer.type)) {
      throw new UserError(`the layer ${layer.type} has no module in PyTorch`);
    }
    for (const name of names) {
      const own = name.slice(layer.name.length + 1);
      turned[`${calls.length}.${own}`] = layer.type === 'dense' ? transposed(tensors[name]) : tensors[name];
    }
    const call = modules[layer.type](layer);
    calls.push(call.startsWith('type(') ? call : `torch.nn.${call}`);
  }
  return { tensors: turned, code: `torch.nn.Sequential(${calls.join(', ')})` };
}

/** A matrix the other way round; anything else as it is. */
export function transposed(tensor: Tensor): Tensor {
  if (tensor.shape.length !== 2) return tensor;
  const [rows, cols] = tensor.shape;
  const data = tensor.data.slice();
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) data[c * rows + r] = tensor.data[r * cols + c];
  }
  return { shape: [cols, rows], data };
}

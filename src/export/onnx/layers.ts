/** The layers of a network as operators, as they evaluate: dropout changes nothing, batch-norm has its running statistics. */
import { UserError } from '../../errors.js';
import type { Tensors } from '../../formats/safetensors.js';
import type { Layer } from '../../model/layers/layer.js';
import type { Network } from '../../model/network.js';
import type { Real } from '../../model/precision.js';
import { activationOperators } from './activations.js';
import type { Arithmetic, Value } from './graph.js';

/** A layer's tensors and buffers by their own names. */
type Named = (name: string) => Real;
type Operators = (x: Value, layer: Layer, named: Named, arithmetic: Arithmetic) => Value;

/** The part of a tensor's name after its layer's. */
const ownName = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** One value a unit, which counts for each row. */
function perUnit(layer: Layer, name: string, data: Real, { graph }: Arithmetic): Value {
  return graph.constant({ shape: [data.length], data }, `${layer.name}.${name}`);
}

/** By the names of model/layers. */
const operators: Readonly<Record<string, Operators>> = {
  dense(x, layer, named, arithmetic) {
    const { graph } = arithmetic;
    const weight = { shape: [layer.inputs, layer.outputs], data: named('weight') };
    const bias = perUnit(layer, 'bias', named('bias'), arithmetic);
    return graph.op('Gemm', [x, graph.constant(weight, `${layer.name}.weight`), bias]);
  },

  activation(x, { options }, _, arithmetic) {
    const spec = options.activation as { readonly name: string };
    const applied = activationOperators(spec.name);
    if (applied === undefined) throw new UserError(`the activation ${spec.name} has no form in ONNX`);
    return applied(x, arithmetic, spec);
  },

  dropout: (x) => x,

  /** γ/√(variance + ε) is made here, in float64. */
  'batch-norm'(x, layer, named, arithmetic) {
    const epsilon = Number(layer.options.epsilon);
    const gamma = named('weight');
    const variance = named('running_var');
    const factors = gamma.map((each, k) => each / Math.sqrt(variance[k] + epsilon));
    const mean = perUnit(layer, 'running_mean', named('running_mean'), arithmetic);
    const factor = perUnit(layer, 'factor', factors, arithmetic);
    const beta = perUnit(layer, 'bias', named('bias'), arithmetic);
    const { add, mul, sub } = arithmetic;
    return add(mul(sub(x, mean), factor), beta);
  },

  'layer-norm'(x, layer, named, arithmetic) {
    const { add, mul, sub, div, sqrt, graph } = arithmetic;
    const mean = (of: Value) => graph.op('ReduceMean', [of], { axes: { ints: [1] }, keepdims: { int: 1 } });
    const deviation = sub(x, mean(x));
    const variance = mean(mul(deviation, deviation));
    const norm = div(deviation, sqrt(add(variance, Number(layer.options.epsilon))));
    const gamma = perUnit(layer, 'weight', named('weight'), arithmetic);
    return add(mul(norm, gamma), perUnit(layer, 'bias', named('bias'), arithmetic));
  },
};

/** @param x [N, inputs] @returns [N, outputs] @throws UserError for a layer that has no form in ONNX */
export function networkOutputs(net: Network, tensors: Tensors, x: Value, arithmetic: Arithmetic): Value {
  let value = x;
  for (const layer of net.layers) {
    const all = [...layer.tensors, ...layer.buffers];
    const named: Named = (own) => {
      const found = all.find(({ name }) => ownName(name) === own);
      if (found === undefined) throw new Error(`${layer.name} has no tensor ${own}`);
      return tensors[found.name].data;
    };
    if (!Object.hasOwn(operators, layer.type)) {
      throw new UserError(`the layer ${layer.type} has no form in ONNX`);
    }
    value = operators[layer.type](value, layer, named, arithmetic);
  }
  return value;
}

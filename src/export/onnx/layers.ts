/** The layers of a network as operators, as they evaluate: dropout changes nothing, batch-norm has its running statistics. */
import { UserError } from '../../errors.js';
import type { Tensors } from '../../formats/safetensors.js';
import type { Layer } from '../../model/layers/layer.js';
import type { Network } from '../../model/network.js';
import type { Real } from '../../model/precision.js';
import { activationOperators } from './activations.js';
import { Arithmetic, type Graph, type Value } from './graph.js';

/** A layer's tensors and buffers by their own names. */
type Named = (name: string) => Real;
/** @param around what went around the layers before it, where it closes that way */
type Operators = (x: Value, layer: Layer, named: Named, arithmetic: Arithmetic, around: Value) => Value;

/** One value a unit, which counts for each row. */
function perUnit(layer: Layer, name: string, data: Real, { graph }: Arithmetic): Value {
  return graph.constant({ shape: [data.length], data }, `${layer.name}.${name}`);
}

/** A column of codes among a layer's inputs. */
interface Embedded {
  readonly at: number;
  readonly codes: number;
  readonly size: number;
}

/** Columns from `first` to before `end`. */
function sliced(x: Value, first: number, end: number, graph: Graph): Value {
  const one = (value: number) => graph.constant({ shape: [1], data: BigInt64Array.of(BigInt(value)) });
  return graph.op('Slice', [x, one(first), one(end), one(1)]);
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
  'gaussian-noise': (x) => x,

  fork: (x) => x,
  residual: (x, _layer, _named, { add }, around) => add(around, x),
  concat: (x, _layer, _named, { graph }, around) => graph.op('Concat', [around, x], { axis: { int: 1 } }),

  /** onnxruntime has no double kernel of PRelu. */
  prelu(x, layer, named, arithmetic) {
    const slopes = perUnit(layer, 'weight', named('weight'), arithmetic);
    const { graph, type, where, less, mul } = arithmetic;
    return type === 'float' ? graph.op('PRelu', [x, slopes]) : where(less(0, x), x, mul(x, slopes));
  },

  /** Of some inputs, which are codes, the row of a table each; what is none of the codes has zeros. */
  embedding(x, { inputs, options }, named, arithmetic) {
    const { graph } = arithmetic;
    const columns = Object.entries(options.columns as Readonly<Record<string, Embedded>>);
    columns.sort(([, a], [, b]) => a.at - b.at);
    const parts: Value[] = [];
    let next = 0;
    const passUntil = (end: number) => {
      if (end > next) parts.push(sliced(x, next, end, graph));
      next = end + 1;
    };
    for (const [name, { at, codes, size }] of columns) {
      passUntil(at);
      const data = named(`${name}.weight`);
      // After the others, as the index −1 would name the last of these.
      const table =
        data instanceof Float32Array
          ? new Float32Array((codes + 1) * size)
          : new Float64Array((codes + 1) * size);
      table.set(data);
      const whole = new Arithmetic(graph, 'int64');
      const code = graph.cast(sliced(x, at, at + 1, graph), 'int64');
      const place = whole.where(whole.less(code, 0), codes, whole.min(code, codes));
      const flat = graph.op('Reshape', [place, graph.constant({ shape: [1], data: BigInt64Array.of(-1n) })]);
      const held = graph.constant({ shape: [codes + 1, size], data: table }, `embedding.${name}.weight`);
      parts.push(graph.op('Gather', [held, flat], { axis: { int: 0 } }));
    }
    passUntil(inputs);
    return parts.length === 1 ? parts[0] : graph.op('Concat', parts, { axis: { int: 1 } });
  },

  /** γ/√(variance + ε) is made in double; whoever runs the graph makes it once, as nothing in it depends on a row. */
  'batch-norm'(x, layer, named, arithmetic) {
    const epsilon = Number(layer.options.epsilon);
    const { add, mul, sub, graph, type } = arithmetic;
    const inDouble = new Arithmetic(graph, 'double');
    const [gamma, variance, mean, beta] = ['weight', 'running_var', 'running_mean', 'bias'].map((name) =>
      perUnit(layer, name, named(name), arithmetic),
    );
    const wide = (value: Value) => (type === 'double' ? value : graph.cast(value, 'double'));
    const deviation = inDouble.sqrt(inDouble.add(wide(variance), epsilon));
    const ratio = inDouble.div(wide(gamma), deviation);
    const factor = type === 'double' ? ratio : graph.cast(ratio, type);
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
  /** What each layer makes. */
  const made: Value[] = [];
  for (const layer of net.layers) {
    const named: Named = (own) => tensors[`${layer.name}.${own}`].data;
    if (!Object.hasOwn(operators, layer.type)) {
      throw new UserError(`the layer ${layer.type} has no form in ONNX`);
    }
    const around = layer.partner === undefined ? value : made[layer.partner];
    value = operators[layer.type](value, layer, named, arithmetic, around);
    made.push(value);
  }
  return value;
}

/**
 * ONNX graphs that are one dense layer after another: Gemm, or MatMul and Add, norms, activations, and SiLU and GELU as
 * PyTorch writes them. What only reads a value beside the way on (an ArgMax) is passed over.
 */
import { shortened, UserError } from '../errors.js';
import type { OnnxNode } from '../formats/onnx.js';
import type { ReadOnnx } from '../formats/onnx-read.js';
import type { Tensor } from '../formats/safetensors.js';
import type { ForeignNetwork, Step } from './step.js';
import { transposed } from './tensors.js';

/** Activations by their operators. */
const ACTIVATIONS: Readonly<Record<string, (node: OnnxNode) => { name: string; [option: string]: unknown }>> =
  {
    Relu: () => ({ name: 'relu' }),
    Sigmoid: () => ({ name: 'sigmoid' }),
    Tanh: () => ({ name: 'tanh' }),
    Softmax: () => ({ name: 'softmax' }),
    Softplus: () => ({ name: 'softplus' }),
    Elu: (node) => ({ name: 'elu', alpha: float(node, 'alpha', 1) }),
    LeakyRelu: (node) => ({ name: 'leaky-relu', slope: float(node, 'alpha', 0.01) }),
    Gelu: () => ({ name: 'gelu' }),
    LogSoftmax: () => ({ name: 'log-softmax' }),
    Mish: () => ({ name: 'mish' }),
    Selu: () => ({ name: 'selu' }),
    Softsign: () => ({ name: 'softsign' }),
    Exp: () => ({ name: 'exponential' }),
  };

/** Those that change nothing where a row is a row of numbers. */
const NOTHING = ['Identity', 'Dropout', 'Flatten', 'Cast'];
/** Those that look at a value and do not lead on. */
const ASIDE = ['ArgMax', 'IsNaN', 'ReduceSum', 'Shape', 'Less', 'Greater', 'ZipMap'];

function float({ attributes }: OnnxNode, name: string, otherwise: number): number {
  const value = attributes[name];
  // A float32 that stands for a number of few digits.
  return value !== undefined && 'float' in value ? Number(value.float.toPrecision(7)) : otherwise;
}

const int = ({ attributes }: OnnxNode, name: string): number => {
  const value = attributes[name];
  return value !== undefined && 'int' in value ? Number(value.int) : 0;
};

/** @throws UserError naming the operator at which the graph is more than that */
export function networkOfOnnx(graph: ReadOnnx, where: string): ForeignNetwork {
  const walk = new Walk(graph, where);
  return { steps: walk.toItsEnd(), whole: true, notes: [] };
}

class Walk {
  readonly #constants = new Map<string, Tensor>();
  readonly #steps: Step[] = [];

  constructor(
    private readonly graph: ReadOnnx,
    private readonly where: string,
  ) {
    const { initializers, nodes } = graph;
    const add = (name: string, { shape, data }: { shape: readonly number[]; data: unknown }) => {
      if (data instanceof Float32Array || data instanceof Float64Array)
        this.#constants.set(name, { shape, data });
    };
    for (const [name, tensor] of Object.entries(initializers)) add(name, tensor);
    for (const { type, outputs, attributes } of nodes) {
      if (type === 'Constant' && attributes.value && 'tensor' in attributes.value) {
        add(outputs[0], attributes.value.tensor);
      }
    }
    for (const { type, inputs, outputs } of nodes) {
      const turned = type === 'Transpose' ? this.#constants.get(inputs[0]) : undefined;
      if (turned?.shape.length === 2) this.#constants.set(outputs[0], transposed(turned));
    }
  }

  toItsEnd(): Step[] {
    const { graph } = this;
    const starts = graph.inputs.filter((name) => graph.initializers[name] === undefined);
    if (starts.length !== 1) {
      this.#fail(
        `expected one input, a matrix of rows, got ${starts.length} (${starts.slice(0, 5).join(', ')})`,
      );
    }
    let [value] = starts;
    for (let k = 0; k <= graph.nodes.length; k++) {
      const readers = this.#readersOf(value);
      if (readers.length === 0) return this.#steps;
      const next = readers.length === 1 ? this.#single(readers[0], value) : this.#pattern(readers, value);
      value = next;
    }
    return this.#fail('goes in a circle');
  }

  /** What leads on from a value. */
  #readersOf(value: string): OnnxNode[] {
    return this.graph.nodes.filter(({ type, inputs }) => inputs.includes(value) && !ASIDE.includes(type));
  }

  #single(node: OnnxNode, value: string): string {
    const { type, inputs, outputs } = node;
    if (NOTHING.includes(type)) return outputs[0];
    if (Object.hasOwn(ACTIVATIONS, type)) {
      this.#steps.push({ kind: 'activation', activation: ACTIVATIONS[type](node) });
      return outputs[0];
    }
    const bent = this.#bent(node);
    if (bent !== undefined) {
      this.#steps.push({ kind: 'activation', activation: { name: bent } });
      return outputs[0];
    }
    if (type === 'Gemm' && inputs[0] === value) {
      for (const name of ['alpha', 'beta']) {
        if (float(node, name, 1) !== 1) this.#fail(`the Gemm ${node.name} has an ${name} other than 1`);
      }
      if (int(node, 'transA') !== 0) this.#fail(`the Gemm ${node.name} turns its rows`);
      const weight = this.#constant(inputs[1], 2, node);
      const bias = inputs[2] ? this.#constant(inputs[2], 1, node) : undefined;
      const own = int(node, 'transB') === 1 ? transposed(weight) : weight;
      this.#steps.push({ kind: 'dense', name: node.name || inputs[1], weight: own, bias });
      return outputs[0];
    }
    if (type === 'MatMul' && inputs[0] === value) return this.#matMul(node);
    if (type === 'BatchNormalization') {
      const [weight, bias, mean, variance] = inputs.slice(1).map((name) => this.#constant(name, 1, node));
      const epsilon = float(node, 'epsilon', 1e-5);
      this.#steps.push({ kind: 'batch-norm', name: node.name, weight, bias, mean, variance, epsilon });
      return outputs[0];
    }
    if (type === 'LayerNormalization') {
      const weight = this.#constant(inputs[1], 1, node);
      const bias = inputs[2] ? this.#constant(inputs[2], 1, node) : undefined;
      this.#steps.push({
        kind: 'layer-norm',
        name: node.name,
        weight,
        bias,
        epsilon: float(node, 'epsilon', 1e-5),
      });
      return outputs[0];
    }
    return this.#fail(
      `the operator ${shortened(type)}${node.name ? ` (${shortened(node.name)})` : ''} is not one of a dense network`,
    );
  }

  /** An activation of straight pieces, which its bounds or slopes tell. */
  #bent(node: OnnxNode): string | undefined {
    const { type, inputs } = node;
    if (type === 'HardSigmoid') {
      const alike = Math.abs(float(node, 'alpha', 0.2) - 1 / 6) < 1e-6 && float(node, 'beta', 0.5) === 0.5;
      return alike ? 'hard-sigmoid' : undefined;
    }
    if (type !== 'Clip') return undefined;
    const [low, high] = inputs.slice(1).map((name) => this.#constants.get(name)?.data[0]);
    if (low === -1 && high === 1) return 'hard-tanh';
    return low === 0 && high === 6 ? 'relu6' : undefined;
  }

  /** A product, and the bias where it follows at once. */
  #matMul(node: OnnxNode): string {
    const weight = this.#constant(node.inputs[1], 2, node);
    const [out] = node.outputs;
    const [add, ...more] = this.#readersOf(out);
    const other =
      add?.type === 'Add' && more.length === 0 ? add.inputs.find((name) => name !== out) : undefined;
    const bias = other === undefined ? undefined : this.#constant(other, 1, add);
    this.#steps.push({ kind: 'dense', name: node.name || node.inputs[1], weight, bias });
    return bias === undefined ? out : add.outputs[0];
  }

  /** What a value goes to in two ways, which meet again: an activation in several operators. */
  #pattern(readers: readonly OnnxNode[], value: string): string {
    for (const [first, last] of [readers, [...readers].reverse()]) {
      if (readers.length !== 2) break;
      const found = this.#silu(first, last) ?? this.#mish(first, last) ?? this.#gelu(first, last, value);
      if (found === undefined) continue;
      this.#steps.push({ kind: 'activation', activation: { name: found.name } });
      return found.end;
    }
    return this.#fail(
      `the value ${shortened(value)} goes to ${readers.map(({ type }) => shortened(type)).join(' and ')}; expected one layer ` +
        'after another',
    );
  }

  /** x·σ(x), or x/(1 + e⁻ˣ). */
  #silu(first: OnnxNode, last: OnnxNode): { name: string; end: string } | undefined {
    const end = last.outputs[0];
    const [, second] = last.inputs;
    if (first.type === 'Sigmoid' && last.type === 'Mul' && last.inputs.includes(first.outputs[0])) {
      return { name: 'silu', end };
    }
    const sum = first.type === 'Neg' ? this.#after(first, ['Exp', 'Add']) : undefined;
    return sum !== undefined && last.type === 'Div' && second === sum.outputs[0]
      ? { name: 'silu', end }
      : undefined;
  }

  /** x·tanh(log(1 + eˣ)). */
  #mish(first: OnnxNode, last: OnnxNode): { name: string; end: string } | undefined {
    const bent = first.type === 'Softplus' ? this.#after(first, ['Tanh']) : undefined;
    const meets = last.type === 'Mul' && bent !== undefined && last.inputs.includes(bent.outputs[0]);
    return meets ? { name: 'mish', end: last.outputs[0] } : undefined;
  }

  /** x·(1 + erf(x/√2))/2. */
  #gelu(first: OnnxNode, last: OnnxNode, value: string): { name: string; end: string } | undefined {
    const isScale = first.type === 'Div' || first.type === 'Mul';
    const sum = isScale ? this.#after(first, ['Erf', 'Add']) : undefined;
    const other = last.inputs.find((name) => name !== value);
    const half = last.type === 'Mul' ? this.#after(last, ['Mul']) : undefined;
    if (sum === undefined || half === undefined || other !== sum.outputs[0]) return undefined;
    return { name: 'gelu', end: half.outputs[0] };
  }

  /** The last of operators that each take the one before. */
  #after(node: OnnxNode, types: readonly string[]): OnnxNode | undefined {
    let at: OnnxNode | undefined = node;
    for (const type of types) {
      at = at && this.#readersOf(at.outputs[0]).find((reader) => reader.type === type);
    }
    return at;
  }

  #constant(name: string, sides: number, node: OnnxNode): Tensor {
    const tensor = this.#constants.get(name);
    if (tensor === undefined) {
      return this.#fail(`${shortened(name)}, which ${node.type} takes, is not a constant of floats`);
    }
    // A bias may lie there as a matrix of one row.
    const shape =
      sides === 1 && tensor.shape.length === 2 && tensor.shape[0] === 1 ? [tensor.shape[1]] : tensor.shape;
    if (shape.length !== sides) this.#fail(`${shortened(name)} has the shape [${tensor.shape.join(', ')}]`);
    return { shape, data: tensor.data };
  }

  #fail(what: string): never {
    throw new UserError(`${this.where}: ${what}`);
  }
}

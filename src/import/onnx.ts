/**
 * ONNX graphs that are one dense layer after another: Gemm, or MatMul and Add, norms, activations, and what PyTorch and we
 * write of these in several operators. A way may go around some of them, to an Add (`residual`) or a Concat (`concat`).
 * What only reads a value beside the way on (an ArgMax) is passed over.
 */
import { shortened } from '../errors.js';
import type { OnnxNode } from '../formats/onnx.js';
import type { ReadOnnx } from '../formats/onnx-read.js';
import { composedOf } from './onnx-composed.js';
import { OnnxView } from './onnx-view.js';
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
    Gelu: ({ attributes: { approximate } }) => ({
      name: approximate && 'string' in approximate && approximate.string === 'tanh' ? 'gelu-tanh' : 'gelu',
    }),
    LogSoftmax: () => ({ name: 'log-softmax' }),
    Mish: () => ({ name: 'mish' }),
    Selu: () => ({ name: 'selu' }),
    Softsign: () => ({ name: 'softsign' }),
    Exp: () => ({ name: 'exponential' }),
  };

/** Those that change nothing where a row is a row of numbers. */
const NOTHING = ['Identity', 'Dropout', 'Flatten', 'Cast'];

function float({ attributes }: OnnxNode, name: string, otherwise: number): number {
  const value = attributes[name];
  // A float32 that stands for a number of few digits.
  return value !== undefined && 'float' in value ? Number(value.float.toPrecision(7)) : otherwise;
}

const int = ({ attributes }: OnnxNode, name: string): number => {
  const value = attributes[name];
  return value !== undefined && 'int' in value ? Number(value.int) : 0;
};

/** Ways around others that may lie in each other. */
const MOST_WAYS = 64;

/** @throws UserError naming the operator at which the graph is more than that */
export function networkOfOnnx(graph: ReadOnnx, where: string): ForeignNetwork {
  const view = new OnnxView(graph, where);
  const starts = graph.inputs.filter((name) => graph.initializers[name] === undefined);
  if (starts.length !== 1) {
    view.fail(
      `expected one input, a matrix of rows, got ${starts.length} (${starts.slice(0, 5).join(', ')})`,
    );
  }
  return { steps: new Walk(view).along(starts[0]), whole: true, notes: [] };
}

class Walk {
  #steps: Step[] = [];
  /** Where ways around others end, of those that are being followed. */
  readonly #joins: OnnxNode[] = [];
  #taken = 0;

  constructor(private readonly view: OnnxView) {}

  /** @param end where to stop; undefined: where nobody reads a value any more */
  along(start: string, end?: string): Step[] {
    const before = this.#steps;
    const steps: Step[] = [];
    this.#steps = steps;
    let value = start;
    for (;;) {
      const readers = this.view.readersOf(value).filter((node) => !this.#joins.includes(node));
      if (value === end || (readers.length === 0 && end === undefined)) break;
      // Each step takes an operator, or more, that no other one takes.
      if (this.#taken++ > this.view.graph.nodes.length) return this.view.fail('goes in a circle');
      if (readers.length === 0) {
        return this.view.fail(`the value ${shortened(start)} does not lead to ${shortened(end ?? '')} alone`);
      }
      value =
        this.#composed(readers, value) ??
        (readers.length === 1 ? this.#single(readers[0], value) : this.#around(readers, value));
    }
    this.#steps = before;
    return steps;
  }

  #composed(readers: readonly OnnxNode[], value: string): string | undefined {
    const found = composedOf(value, readers, this.view);
    if (found === undefined) return undefined;
    this.#steps.push(found.step);
    return found.end.outputs[0];
  }

  /** What a value goes to by more than one way: the last of the operators that take it is where they meet again. */
  #around(readers: readonly OnnxNode[], value: string): string {
    const join = readers.findLast(({ type }) => type === 'Add' || type === 'Concat');
    const [a, b, ...more] = join?.inputs ?? [];
    const made = a === value ? b : join?.type === 'Add' ? a : undefined;
    if (
      join === undefined ||
      made === undefined ||
      made === value ||
      more.length > 0 ||
      this.#joins.length === MOST_WAYS
    ) {
      return this.view.fail(
        `the value ${shortened(value)} goes to ${readers.map(({ type }) => shortened(type)).join(' and ')}; expected one layer ` +
          'after another, or a way around some that is added to what they make (x + f(x)), or put before it ([x, f(x)])',
      );
    }
    if (join.type === 'Concat' && ![1, -1].includes(int(join, 'axis'))) {
      return this.view.fail(`the Concat ${shortened(join.name)} puts rows below each other`);
    }
    this.#joins.push(join);
    const steps = this.along(value, made);
    this.#joins.pop();
    this.#steps.push({ kind: join.type === 'Add' ? 'residual' : 'concat', steps });
    return join.outputs[0];
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
        if (float(node, name, 1) !== 1) this.view.fail(`the Gemm ${node.name} has an ${name} other than 1`);
      }
      if (int(node, 'transA') !== 0) this.view.fail(`the Gemm ${node.name} turns its rows`);
      const weight = this.view.constant(inputs[1], 2, node);
      const bias = inputs[2] ? this.view.constant(inputs[2], 1, node) : undefined;
      const own = int(node, 'transB') === 1 ? transposed(weight) : weight;
      this.#steps.push({ kind: 'dense', name: node.name || inputs[1], weight: own, bias });
      return outputs[0];
    }
    if (type === 'MatMul' && inputs[0] === value) return this.#matMul(node);
    if (type === 'PRelu' && inputs[0] === value) {
      const weight = this.view.vector(inputs[1]);
      if (weight === undefined)
        return this.view.fail(`the slopes ${shortened(inputs[1])} are not one a unit`);
      this.#steps.push({ kind: 'prelu', name: node.name || inputs[1], weight });
      return outputs[0];
    }
    if (type === 'BatchNormalization') {
      const [weight, bias, mean, variance] = inputs.slice(1).map((name) => this.view.constant(name, 1, node));
      const epsilon = float(node, 'epsilon', 1e-5);
      this.#steps.push({ kind: 'batch-norm', name: node.name, weight, bias, mean, variance, epsilon });
      return outputs[0];
    }
    if (type === 'LayerNormalization') {
      const weight = this.view.constant(inputs[1], 1, node);
      const bias = inputs[2] ? this.view.constant(inputs[2], 1, node) : undefined;
      this.#steps.push({
        kind: 'layer-norm',
        name: node.name,
        weight,
        bias,
        epsilon: float(node, 'epsilon', 1e-5),
      });
      return outputs[0];
    }
    return this.view.fail(
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
    const [low, high] = inputs.slice(1).map((name) => this.view.number(name));
    if (low === -1 && high === 1) return 'hard-tanh';
    return low === 0 && high === 6 ? 'relu6' : undefined;
  }

  /** A product, and the bias where it follows at once. */
  #matMul(node: OnnxNode): string {
    const weight = this.view.constant(node.inputs[1], 2, node);
    const [out] = node.outputs;
    const [add, ...more] = this.view.readersOf(out);
    const other =
      add?.type === 'Add' && more.length === 0 && !this.#joins.includes(add)
        ? add.inputs.find((name) => name !== out)
        : undefined;
    const bias = other === undefined ? undefined : this.view.constant(other, 1, add);
    this.#steps.push({ kind: 'dense', name: node.name || node.inputs[1], weight, bias });
    return bias === undefined ? out : add.outputs[0];
  }
}

/** An ONNX graph as it is walked along: its constants of floats, who reads a value, and who makes it. */
import { shortened, UserError } from '../errors.js';
import type { OnnxNode } from '../formats/onnx.js';
import type { ReadOnnx } from '../formats/onnx-read.js';
import type { Tensor } from '../formats/safetensors.js';
import { transposed } from './tensors.js';

/** Those that look at a value and do not lead on. */
const ASIDE = ['ArgMax', 'IsNaN', 'ReduceSum', 'Shape', 'Less', 'Greater', 'ZipMap'];

export class OnnxView {
  readonly #constants = new Map<string, Tensor>();
  readonly #makers = new Map<string, OnnxNode>();

  constructor(
    readonly graph: ReadOnnx,
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
    for (const node of nodes) {
      const held = this.#constants.get(node.inputs[0]);
      if (node.type === 'Transpose' && held?.shape.length === 2)
        this.#constants.set(node.outputs[0], transposed(held));
      // PyTorch writes what several layers have alike once, and gives it the other names so.
      if (node.type === 'Identity' && held) this.#constants.set(node.outputs[0], held);
      this.#makers.set(node.outputs[0], node);
    }
  }

  /** What leads on from a value, in the order of the graph. */
  readersOf(value: string): OnnxNode[] {
    return this.graph.nodes.filter(({ type, inputs }) => inputs.includes(value) && !ASIDE.includes(type));
  }

  /** The operator that a value comes from, where it is of this type. */
  maker(value: string | undefined, type: string): OnnxNode | undefined {
    const node = value === undefined ? undefined : this.#makers.get(value);
    return node?.type === type ? node : undefined;
  }

  /** The first of an operator's inputs that `is` something, and the other one. */
  parts<T>(
    node: OnnxNode | undefined,
    is: (input: string) => T | undefined,
  ): { found: T; other: string } | undefined {
    const [a, b] = node?.inputs ?? [];
    for (const [one, other] of [
      [a, b],
      [b, a],
    ]) {
      const found = one === undefined ? undefined : is(one);
      if (found !== undefined && other !== undefined) return { found, other };
    }
    return undefined;
  }

  /** The value of a constant that is a single number. */
  number(name: string): number | undefined {
    const data = this.#constants.get(name)?.data;
    return data?.length === 1 ? data[0] : undefined;
  }

  /** A constant of one value a unit; undefined: it is none. */
  vector(name: string | undefined): Tensor | undefined {
    const tensor = name === undefined ? undefined : this.#constants.get(name);
    if (tensor === undefined) return undefined;
    const sides = tensor.shape.filter((side) => side !== 1);
    return sides.length > 1 ? undefined : { shape: [tensor.data.length], data: tensor.data };
  }

  constant(name: string, sides: number, node: OnnxNode): Tensor {
    const tensor = this.#constants.get(name);
    if (tensor === undefined) {
      return this.fail(`${shortened(name)}, which ${node.type} takes, is not a constant of floats`);
    }
    // A bias may lie there as a matrix of one row.
    const shape =
      sides === 1 && tensor.shape.length === 2 && tensor.shape[0] === 1 ? [tensor.shape[1]] : tensor.shape;
    if (shape.length !== sides) this.fail(`${shortened(name)} has the shape [${tensor.shape.join(', ')}]`);
    return { shape, data: tensor.data };
  }

  fail(what: string): never {
    throw new UserError(`${this.where}: ${what}`);
  }
}

/** A graph under construction: operators one after another, each of values that are there already. */
import {
  DataType,
  type DataTypeName,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from '../../formats/onnx.js';
import type { Precision, Real } from '../../model/precision.js';

/** A value by its name in the graph. */
export type Value = string;
type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** Numbers of a precision as a tensor has them. */
export function reals(values: ArrayLike<number>, precision: Precision): Real {
  return precision === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
}

export class Graph {
  readonly #names = new Set<string>();
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: Record<string, OnnxTensor> = {};
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #scalars = new Map<string, Value>();
  readonly #domains = new Set<string>();

  /** @param reserved names that inputs and outputs have, which nothing else may get */
  constructor(reserved: readonly string[]) {
    for (const name of reserved) this.#names.add(name);
  }

  /** The domains whose operators it has. */
  get domains(): ReadonlySet<string> {
    return this.#domains;
  }

  input(value: OnnxValue): Value {
    this.#inputs.push(value);
    return value.name;
  }

  /** An operator of one output. */
  op(type: string, inputs: readonly Value[], attributes: Attributes = {}, domain = ''): Value {
    const output = this.#free(`/${type.toLowerCase()}`);
    this.#add(type, inputs, output, attributes, domain);
    return output;
  }

  /** Gives a value the name of an output. */
  output(value: Value, as: OnnxValue): void {
    this.#add('Identity', [value], as.name, {}, '');
    this.#outputs.push(as);
  }

  /** A tensor that the graph holds. */
  constant(tensor: OnnxTensor, name = '/constant'): Value {
    const free = this.#free(name);
    this.#initializers[free] = tensor;
    return free;
  }

  /** A single number, held once however often it is asked for. */
  scalar(value: number, type: NumberType): Value {
    const key = `${type} ${Object.is(value, -0) ? '-0' : value}`;
    let held = this.#scalars.get(key);
    if (held === undefined) {
      const data = type === 'int64' ? BigInt64Array.of(BigInt(value)) : reals([value], precisionOf(type));
      held = this.constant({ shape: [], data });
      this.#scalars.set(key, held);
    }
    return held;
  }

  cast(value: Value, to: DataTypeName): Value {
    return this.op('Cast', [value], { to: { int: DataType[to] } });
  }

  graph(name: string): OnnxGraph {
    return {
      name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #add(type: string, inputs: readonly Value[], output: Value, attributes: Attributes, domain: string): void {
    this.#domains.add(domain);
    const name = `${type.toLowerCase()}${this.#nodes.length}`;
    this.#nodes.push({ type, domain, name, inputs, outputs: [output], attributes });
  }

  /** A name that nothing has yet. */
  #free(wanted: string): string {
    let name = wanted;
    for (let k = 1; this.#names.has(name); k++) name = `${wanted}${k}`;
    this.#names.add(name);
    return name;
  }
}

/** Numbers that graphs compute with. */
export type NumberType = 'float' | 'double' | 'int64';
export const numberType = (precision: Precision): 'float' | 'double' =>
  precision === 'float32' ? 'float' : 'double';
const precisionOf = (type: 'float' | 'double'): Precision => (type === 'float' ? 'float32' : 'float64');

/** A value, or a number that stands for a constant. */
export type Operand = Value | number;

/** Arithmetic in one type, written as formulas are. */
export class Arithmetic {
  constructor(
    readonly graph: Graph,
    readonly type: NumberType,
  ) {}

  readonly add = (a: Operand, b: Operand): Value => this.#of('Add', a, b);
  readonly sub = (a: Operand, b: Operand): Value => this.#of('Sub', a, b);
  readonly mul = (a: Operand, b: Operand): Value => this.#of('Mul', a, b);
  /** Of whole numbers the quotient without its fraction, towards 0. */
  readonly div = (a: Operand, b: Operand): Value => this.#of('Div', a, b);
  readonly max = (a: Operand, b: Operand): Value => this.#of('Max', a, b);
  readonly min = (a: Operand, b: Operand): Value => this.#of('Min', a, b);
  readonly less = (a: Operand, b: Operand): Value => this.#of('Less', a, b);
  readonly equal = (a: Operand, b: Operand): Value => this.#of('Equal', a, b);
  readonly where = (condition: Value, a: Operand, b: Operand): Value =>
    this.graph.op('Where', [condition, this.#value(a), this.#value(b)]);
  readonly exp = (a: Operand): Value => this.#of('Exp', a);
  readonly log = (a: Operand): Value => this.#of('Log', a);
  readonly abs = (a: Operand): Value => this.#of('Abs', a);
  readonly neg = (a: Operand): Value => this.#of('Neg', a);
  readonly sign = (a: Operand): Value => this.#of('Sign', a);
  readonly sqrt = (a: Operand): Value => this.#of('Sqrt', a);
  /** Of whole numbers what is left of `a`, from 0 up, for positive `b`. */
  readonly mod = (a: Operand, b: Operand): Value => this.#of('Mod', a, b);
  /** Of whole numbers the largest one that is not above the quotient. */
  readonly floorDiv = (a: Operand, b: number): Value => this.div(this.sub(a, this.mod(a, b)), b);

  #of(type: string, ...operands: Operand[]): Value {
    return this.graph.op(
      type,
      operands.map((each) => this.#value(each)),
    );
  }

  #value(operand: Operand): Value {
    return typeof operand === 'number' ? this.graph.scalar(operand, this.type) : operand;
  }
}

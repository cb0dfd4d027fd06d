/** ONNX models as anybody may have written them: what a dense network has in them is read, the rest is passed over. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { shortened, UserError } from '../errors.js';
import { DataType, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './onnx.js';

/** A graph that was read: what a file of anybody's holds of it. Inputs and outputs by their names alone. */
export interface ReadOnnx {
  readonly nodes: readonly OnnxNode[];
  /** Those of numbers, as float32 or float64 (16-bit ones are not read) or int64; others are left out. */
  readonly initializers: Readonly<Record<string, OnnxTensor>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** @param where what errors begin with @throws UserError where these are not the bytes of a model */
export function decodeOnnx(bytes: Uint8Array, where: string): ReadOnnx {
  let graph: Uint8Array | undefined;
  const metadata: [string, string][] = [];
  try {
    fields(bytes, {
      7: (reader) => {
        graph = reader.bytes();
      },
      14: (reader) => {
        const entry = { key: '', value: '' };
        fields(reader.bytes(), {
          1: (own) => {
            entry.key = own.string();
          },
          2: (own) => {
            entry.value = own.string();
          },
        });
        metadata.push([entry.key, entry.value]);
      },
    });
    if (graph === undefined) throw new RangeError('there is no graph in it');
    return { ...readGraph(graph), metadata: Object.fromEntries(metadata) };
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${where}: ${error.message}`);
    throw new UserError(`${where}: is no whole ONNX model (${(error as Error).message})`);
  }
}

type Reading = Readonly<Record<number, (reader: BinaryReader, wire: WireType) => void>>;

/** Goes through a message's fields, those that nobody asks for passed over. */
function fields(bytes: Uint8Array, read: Reading): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const known = read[field];
    if (known === undefined) reader.skip(wire, field);
    else known(reader, wire);
  }
}

/** A repeated number, in one piece or one by one. */
function repeated<T>(
  reader: BinaryReader,
  wire: WireType,
  each: (reader: BinaryReader) => T,
  into: T[],
): void {
  if (wire !== WireType.LengthDelimited) {
    into.push(each(reader));
    return;
  }
  const packed = new BinaryReader(reader.bytes());
  while (packed.pos < packed.len) into.push(each(packed));
}

function readGraph(bytes: Uint8Array): Omit<ReadOnnx, 'metadata'> {
  const nodes: OnnxNode[] = [];
  const initializers: [string, OnnxTensor][] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const nameOf = (reader: BinaryReader): string => {
    let name = '';
    fields(reader.bytes(), {
      1: (own) => {
        name = own.string();
      },
    });
    return name;
  };
  fields(bytes, {
    1: (reader) => nodes.push(readNode(reader.bytes())),
    5: (reader) => {
      const { name, tensor } = readTensor(reader.bytes());
      if (tensor !== undefined) initializers.push([name, tensor]);
    },
    11: (reader) => inputs.push(nameOf(reader)),
    12: (reader) => outputs.push(nameOf(reader)),
  });
  return { nodes, initializers: Object.fromEntries(initializers), inputs, outputs };
}

function readNode(bytes: Uint8Array): OnnxNode {
  const node = { type: '', domain: '', name: '' };
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: [string, OnnxAttribute][] = [];
  fields(bytes, {
    1: (reader) => inputs.push(reader.string()),
    2: (reader) => outputs.push(reader.string()),
    3: (reader) => {
      node.name = reader.string();
    },
    4: (reader) => {
      node.type = reader.string();
    },
    5: (reader) => {
      const attribute = readAttribute(reader.bytes());
      if (attribute !== undefined) attributes.push(attribute);
    },
    7: (reader) => {
      node.domain = reader.string();
    },
  });
  return { ...node, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

/** Undefined: of a kind that no dense network has. */
function readAttribute(bytes: Uint8Array): [string, OnnxAttribute] | undefined {
  let name = '';
  let value: OnnxAttribute | undefined;
  // A value of 0 need not be written, its type is.
  let type = 0;
  const ints: bigint[] = [];
  fields(bytes, {
    1: (reader) => {
      name = reader.string();
    },
    2: (reader) => {
      value = { float: reader.float() };
    },
    3: (reader) => {
      value = { int: BigInt(reader.int64()) };
    },
    4: (reader) => {
      value = { string: new TextDecoder().decode(reader.bytes()) };
    },
    5: (reader) => {
      const { tensor } = readTensor(reader.bytes());
      if (tensor !== undefined) value = { tensor };
    },
    8: (reader, wire) => {
      repeated(reader, wire, (own) => BigInt(own.int64()), ints);
      value = { ints };
    },
    20: (reader) => {
      type = reader.int32();
    },
  });
  if (value === undefined && type === 1) value = { float: 0 };
  if (value === undefined && type === 2) value = { int: 0 };
  return value && [name, value];
}

/** The most values of a tensor: what a network of 4 GiB has. */
const MOST_VALUES = 2 ** 30;

/** Its values lie in one piece of bytes, or as a list of their type. @throws UserError where they are not its shape's */
function readTensor(bytes: Uint8Array): { name: string; tensor: OnnxTensor | undefined } {
  const shape: number[] = [];
  let type = 0;
  let name = '';
  let raw: Uint8Array | undefined;
  let elsewhere = false;
  const listed: number[] = [];
  const whole: bigint[] = [];
  fields(bytes, {
    1: (reader, wire) => repeated(reader, wire, (own) => Number(own.int64()), shape),
    2: (reader) => {
      type = reader.int32();
    },
    4: (reader, wire) => repeated(reader, wire, (own) => own.float(), listed),
    7: (reader, wire) => repeated(reader, wire, (own) => BigInt(own.int64()), whole),
    8: (reader) => {
      name = reader.string();
    },
    9: (reader) => {
      raw = reader.bytes();
    },
    10: (reader, wire) => repeated(reader, wire, (own) => own.double(), listed),
    13: (reader, wire) => {
      elsewhere = true;
      reader.skip(wire);
    },
  });
  if (elsewhere)
    throw new UserError(`the tensor "${shortened(name)}" lies in another file; save the model as one file`);
  const count = shape.reduce((product, side) => product * side, 1);
  const Values =
    type === DataType.float
      ? Float32Array
      : type === DataType.double
        ? Float64Array
        : type === DataType.int64
          ? BigInt64Array
          : undefined;
  if (Values === undefined) return { name, tensor: undefined };
  const given = raw === undefined ? listed.length + whole.length : raw.length / Values.BYTES_PER_ELEMENT;
  if (given !== count || count > MOST_VALUES) {
    throw new UserError(
      `the tensor "${shortened(name)}" has the shape [${shape.join(', ')}] and ${given} values`,
    );
  }
  if (raw !== undefined) {
    // A copy, which begins where such values may.
    const own = new Uint8Array(raw);
    return { name, tensor: { shape, data: new Values(own.buffer, 0, count) } };
  }
  const data =
    Values === BigInt64Array ? BigInt64Array.from(whole) : (Values as Float32ArrayConstructor).from(listed);
  return { name, tensor: { shape, data } };
}

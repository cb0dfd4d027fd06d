/**
 * ONNX models as protobuf messages, the fields of onnx.proto that dense networks need, written. What the operators of a
 * graph mean is nothing to this file.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** TensorProto.DataType. */
export const DataType = {
  float: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  double: 11,
} as const;
export type DataTypeName = keyof typeof DataType;

/** A constant of a graph. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** Whole numbers are written as int64 attributes, wrapped floats as float32 ones. */
export type OnnxAttribute =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly tensor: OnnxTensor }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly strings: readonly string[] };

export interface OnnxNode {
  readonly type: string;
  /** Empty: the operators of ONNX itself. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** What goes into a graph, or comes out. A side that is a text is known when the graph runs. */
export interface OnnxValue {
  readonly name: string;
  readonly type: DataTypeName;
  readonly shape: readonly (number | string)[];
  readonly doc?: string;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: Readonly<Record<string, OnnxTensor>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxModel {
  readonly irVersion: number;
  /** The version of the operators of each domain. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly producerVersion: string;
  readonly doc: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: OnnxGraph;
}

/** A message as its writer fills it in. */
type Message = (writer: BinaryWriter) => void;

const { LengthDelimited, Varint, Bit32 } = WireType;
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, LengthDelimited).string(value);
const int = (writer: BinaryWriter, field: number, value: number | bigint) =>
  writer.tag(field, Varint).int64(BigInt(value));
function message(writer: BinaryWriter, field: number, fill: Message): void {
  writer.tag(field, LengthDelimited).fork();
  fill(writer);
  writer.join();
}

/** The model's bytes. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, 1, model.irVersion);
  text(writer, 2, model.producer);
  text(writer, 3, model.producerVersion);
  int(writer, 5, 1);
  text(writer, 6, model.doc);
  message(writer, 7, graphOf(model.graph));
  for (const [domain, version] of Object.entries(model.opsets)) {
    message(writer, 8, (opset) => {
      text(opset, 1, domain);
      int(opset, 2, version);
    });
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    message(writer, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  }
  return writer.finish();
}

const graphOf =
  ({ name, nodes, initializers, inputs, outputs }: OnnxGraph): Message =>
  (writer) => {
    for (const node of nodes) message(writer, 1, nodeOf(node));
    text(writer, 2, name);
    for (const [key, tensor] of Object.entries(initializers)) message(writer, 5, tensorOf(tensor, key));
    for (const value of inputs) message(writer, 11, valueInfoOf(value));
    for (const value of outputs) message(writer, 12, valueInfoOf(value));
  };

const nodeOf =
  ({ type, domain, name, inputs, outputs, attributes }: OnnxNode): Message =>
  (writer) => {
    for (const input of inputs) text(writer, 1, input);
    for (const output of outputs) text(writer, 2, output);
    text(writer, 3, name);
    text(writer, 4, type);
    for (const [key, value] of Object.entries(attributes)) message(writer, 5, attributeOf(key, value));
    if (domain !== '') text(writer, 7, domain);
  };

const attributeOf =
  (name: string, value: OnnxAttribute): Message =>
  (writer) => {
    text(writer, 1, name);
    let type: number;
    if ('float' in value) {
      writer.tag(2, Bit32).float(value.float);
      type = 1;
    } else if ('int' in value) {
      int(writer, 3, value.int);
      type = 2;
    } else if ('string' in value) {
      text(writer, 4, value.string);
      type = 3;
    } else if ('tensor' in value) {
      message(writer, 5, tensorOf(value.tensor, ''));
      type = 4;
    } else if ('ints' in value) {
      for (const each of value.ints) int(writer, 8, each);
      type = 7;
    } else {
      for (const each of value.strings) text(writer, 9, each);
      type = 8;
    }
    int(writer, 20, type);
  };

/** The type of a tensor's values. */
function typeOf({ data }: OnnxTensor): DataTypeName {
  if (data instanceof Float32Array) return 'float';
  if (data instanceof Float64Array) return 'double';
  return data instanceof BigInt64Array ? 'int64' : 'string';
}

/** Numbers lie there as they do in memory, which is little-endian wherever Node runs. */
const tensorOf =
  (tensor: OnnxTensor, name: string): Message =>
  (writer) => {
    const { shape, data } = tensor;
    for (const side of shape) int(writer, 1, side);
    int(writer, 2, DataType[typeOf(tensor)]);
    if (!ArrayBuffer.isView(data)) for (const each of data) text(writer, 6, each);
    if (name !== '') text(writer, 8, name);
    if (ArrayBuffer.isView(data)) {
      writer.tag(9, LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  };

const valueInfoOf =
  ({ name, type, shape, doc }: OnnxValue): Message =>
  (writer) => {
    text(writer, 1, name);
    message(writer, 2, (typed) =>
      message(typed, 1, (tensor) => {
        int(tensor, 1, DataType[type]);
        message(tensor, 2, (sides) => {
          for (const side of shape) {
            message(sides, 1, (dimension) => {
              if (typeof side === 'number') int(dimension, 1, side);
              else text(dimension, 2, side);
            });
          }
        });
      }),
    );
    if (doc !== undefined) text(writer, 3, doc);
  };

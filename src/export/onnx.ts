/**
 * ONNX, with the preprocessing inside: a graph that takes raw columns, each an input of its name, or rows of numbers, and
 * gives labels and probabilities, or values in their own units. Opset 17 and IR version 8 run in onnxruntime from 1.12 on.
 */
import { UserError } from '../errors.js';
import { encodeOnnx } from '../formats/onnx.js';
import { DESCRIPTION_KEY } from '../predict/description.js';
import { csvMetadata } from '../predict/recorded.js';
import type { FittedCategory, FittedMatrix } from '../preprocess/fitted.js';
import { version } from '../version.js';
import type { ExportFormat } from './format.js';
import type { LoadedModel } from './model.js';
import { columnInputs } from './onnx/columns.js';
import { Arithmetic, Graph, numberType, type Value } from './onnx/graph.js';
import { networkOutputs } from './onnx/layers.js';
import { targetOutputs } from './onnx/outputs.js';

const IR_VERSION = 8;
const OPSETS: Readonly<Record<string, number>> = { '': 17, 'ai.onnx.ml': 3 };
/** What a protobuf message may have. */
const MOST_BYTES = 2 ** 31 - 1;

/** The only input of a model of rows of numbers. */
const FEATURES = 'features';
const OUTPUTS = ['label', 'probabilities', 'values'];

export const onnx: ExportFormat = {
  description: 'ONNX, opset 17, with the preprocessing inside: takes raw columns, gives labels or values.',
  ending: '.onnx',
  encode(model) {
    const { description, net, tensors } = model;
    const { preprocessing, precision } = description;
    const weights = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
    if (weights > MOST_BYTES - (1 << 20)) {
      throw new UserError(
        `the model's tensors have ${weights} bytes, and an ONNX file has at most 2 GiB; export it to safetensors`,
      );
    }
    const names = inputNames(model);
    const outputName = (wanted: string) => (names.includes(wanted) ? `output_${wanted}` : wanted);
    const graph = new Graph([...names, ...OUTPUTS.map(outputName)]);
    const arithmetic = new Arithmetic(graph, numberType(precision));
    const { columns, matrix, target } = preprocessing;
    const inputs =
      columns === undefined
        ? matrixInputs(matrix as FittedMatrix, arithmetic)
        : columnInputs(columns, names, { graph, precision });
    targetOutputs(target, networkOutputs(net, tensors, inputs, arithmetic), arithmetic, outputName);
    const opsets = Object.entries(OPSETS).filter(([domain]) => domain === '' || graph.domains.has(domain));
    const bytes = encodeOnnx({
      irVersion: IR_VERSION,
      opsets: Object.fromEntries(opsets),
      producer: 'gradpool',
      producerVersion: version,
      doc: docOf(model),
      metadata: { [DESCRIPTION_KEY]: JSON.stringify(description), ...csvMetadata(model.metadata) },
      graph: graph.graph(description.name),
    });
    return { files: [{ name: `model${onnx.ending}`, parts: [bytes] }], notes: notesOf(model, names) };
  },
};

/** A name for each input: its column's, where this has one. */
function inputNames({ description: { preprocessing } }: LoadedModel): string[] {
  const { columns } = preprocessing;
  return columns === undefined ? [FEATURES] : columns.map(({ name }, k) => name || `column${k + 1}`);
}

/** x·scale + offset in double, for all numbers of a row the same or for each its own. */
function matrixInputs({ features, scales, offsets }: FittedMatrix, { graph, type }: Arithmetic): Value {
  const inDouble = new Arithmetic(graph, 'double');
  const given = graph.input({ name: FEATURES, type, shape: ['N', features] });
  if (scales.every((scale) => scale === 1) && offsets.every((offset) => offset === 0)) return given;
  const row = (values: readonly number[]) =>
    graph.constant({ shape: [values.length], data: Float64Array.from(values) });
  const scaled = inDouble.mul(graph.cast(given, 'double'), row(scales));
  return graph.cast(inDouble.add(scaled, row(offsets)), type);
}

function docOf({ description: { name, preprocessing } }: LoadedModel): string {
  const takes =
    preprocessing.columns === undefined
      ? `Takes rows of numbers as they are in the data, named "${FEATURES}".`
      : 'Takes raw columns by their names, each [N, 1]: numbers as double (NaN: missing), categories as string ' +
        '(empty: missing), dates as int64 milliseconds since 1970-01-01T00:00Z (the smallest int64: missing).';
  return `${name}, by gradpool. ${takes} Preprocessing is inside.`;
}

/** What a graph cannot do that `predict` does. */
function notesOf({ description: { preprocessing } }: LoadedModel, names: readonly string[]): string[] {
  const columns = preprocessing.columns ?? [];
  const named = (is: (k: number) => boolean) => columns.flatMap((_, k) => (is(k) ? [names[k]] : []));
  const notes: string[] = [];
  const unseen = named((k) => {
    const column = columns[k];
    if (column.type !== 'category' || takesRare(column)) return false;
    return column.unseen === null || column.missing === null;
  });
  if (unseen.length > 0) {
    notes.push(
      'a graph refuses nothing: a category that is missing, or that no training row has, becomes zeros where the model ' +
        `has no rule for it (${list(unseen)})`,
    );
  }
  const rare = named((k) => {
    const column = columns[k];
    return column.type === 'category' && takesRare(column);
  });
  if (rare.length > 0) {
    notes.push(
      `a graph refuses nothing: a category that is missing is taken for a rare one where the model has no rule for it (${list(rare)})`,
    );
  }
  const missing = named((k) => {
    const column = columns[k];
    return column.type !== 'category' && column.fill === null;
  });
  if (missing.length > 0) {
    notes.push(
      `a missing number or date makes NaN of the outputs where the model has no rule for it (${list(missing)})`,
    );
  }
  return notes;
}

/** Whether a missing value, which the model would refuse, is one that it does not know: one of the rare ones. */
const takesRare = ({ missing, unseen }: FittedCategory) => missing === null && unseen !== null && unseen >= 0;

const list = (names: readonly string[]) =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')}, … ${names.length} in all` : names.join(', ');

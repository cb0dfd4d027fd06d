/**
 * What a network's outputs stand for, as outputs of a graph. Of classes: `label`, and `probabilities` in the order of the
 * classes; of values: `values` in their own units. A row whose outputs are not numbers has the label "", or the smallest
 * int64.
 */
import type { OnnxTensor, OnnxValue } from '../../formats/onnx.js';
import type { FittedScale, FittedTarget } from '../../preprocess/fitted.js';
import { Arithmetic, type Graph, type Value } from './graph.js';

/** Gives the graph its outputs. @param outputs [N, outputs] @param name what an output is called where its name is taken */
export function targetOutputs(
  target: FittedTarget,
  outputs: Value,
  arithmetic: Arithmetic,
  name: (wanted: string) => string,
): void {
  const { graph, type } = arithmetic;
  if (type === 'int64') throw new Error('networks compute with real numbers');
  const output = (value: Value, as: Omit<OnnxValue, 'name'> & { readonly wanted: string }) => {
    const { wanted, ...rest } = as;
    graph.output(value, { ...rest, name: name(wanted) });
  };
  const N = 'N';
  switch (target.kind) {
    case 'class': {
      const { classes } = target;
      const most = graph.op('ArgMax', [outputs], { axis: { int: 1 }, keepdims: { int: 0 } });
      const sum = graph.op('ReduceSum', [outputs, axis(graph)], { keepdims: { int: 0 } });
      const labels = labelsOf([classes], target.numeric);
      const label = labelled(most, graph.op('IsNaN', [sum]), labels, 0, graph);
      output(label, { wanted: 'label', type: typeOf(labels), shape: [N], doc: target.column });
      const doc = shares(classes);
      output(outputs, { wanted: 'probabilities', type, shape: [N, classes.length], doc });
      return;
    }
    case 'binary': {
      const { columns } = target;
      const labels = labelsOf(
        columns.map(({ classes }) => classes),
        columns.every(({ numeric }) => numeric),
      );
      const isYes = graph.cast(arithmetic.less(0.5, outputs), 'int64');
      const notNumbers = graph.op('IsNaN', [outputs]);
      if (columns.length === 1) {
        const flat = graph.constant({ shape: [1], data: BigInt64Array.of(-1n) });
        const one = (value: Value) => graph.op('Reshape', [value, flat]);
        const label = labelled(one(isYes), one(notNumbers), labels, 0, graph);
        output(label, { wanted: 'label', type: typeOf(labels), shape: [N], doc: columns[0].name });
        const both = graph.op('Concat', [arithmetic.sub(1, outputs), outputs], { axis: { int: 1 } });
        const doc = shares(columns[0].classes);
        output(both, { wanted: 'probabilities', type, shape: [N, 2], doc });
        return;
      }
      const places = BigInt64Array.from(columns, (_, k) => BigInt(3 * k));
      const whole = new Arithmetic(graph, 'int64');
      const first = graph.constant({ shape: [columns.length], data: places });
      const label = labelled(isYes, notNumbers, labels, first, graph, whole);
      const shape = [N, columns.length];
      const doc = columns.map(({ name }) => name).join(', ');
      output(label, { wanted: 'label', type: typeOf(labels), shape, doc });
      const each = columns.map((column) => `${column.name} is ${column.classes[1]}`);
      output(outputs, { wanted: 'probabilities', type, shape, doc: `the shares of: ${each.join(', ')}` });
      return;
    }
    case 'values': {
      const { columns } = target;
      const own = inOwnUnits(
        columns.map(({ scale }) => scale),
        graph.cast(outputs, 'double'),
        graph,
      );
      const doc = columns.map((column) => column.name).join(', ');
      output(own, { wanted: 'values', type: 'double', shape: [N, columns.length], doc });
    }
  }
}

const shares = (classes: readonly string[]) => `the shares of: ${classes.join(', ')}`;

const axis = (graph: Graph) => graph.constant({ shape: [1], data: BigInt64Array.of(1n) });

const NOTHING = -(2n ** 63n);

/** The labels of each column's classes, and after these one for what is not a number. */
function labelsOf(columns: readonly (readonly string[])[], numeric: boolean): OnnxTensor {
  const all = columns.flat();
  if (numeric && all.every((text) => Number.isSafeInteger(Number(text)))) {
    const data = columns.flatMap((classes) => [...classes.map((text) => BigInt(text)), NOTHING]);
    return { shape: [data.length], data: BigInt64Array.from(data) };
  }
  const data = columns.flatMap((classes) => [...classes, '']);
  return { shape: [data.length], data };
}

const typeOf = ({ data }: OnnxTensor) => (data instanceof BigInt64Array ? 'int64' : 'string');

/** @param first where the labels of a class begin, of several columns each one's */
function labelled(
  place: Value,
  notNumbers: Value,
  labels: OnnxTensor,
  first: Value | 0,
  graph: Graph,
  whole = new Arithmetic(graph, 'int64'),
): Value {
  const none = first === 0 ? labels.data.length - 1 : 2;
  const own = whole.where(notNumbers, none, place);
  return graph.op('Gather', [graph.constant(labels, 'labels'), first === 0 ? own : whole.add(own, first)]);
}

/** y·spread + center, of which a logarithm is undone: sign(x)·(e^|x| − 1). */
function inOwnUnits(scales: readonly FittedScale[], y: Value, graph: Graph): Value {
  const a = new Arithmetic(graph, 'double');
  const row = (values: readonly number[]) =>
    graph.constant({ shape: [values.length], data: Float64Array.from(values) });
  let value = y;
  if (scales.some(({ spread }) => spread !== 1))
    value = a.mul(value, row(scales.map(({ spread }) => spread)));
  if (scales.some(({ center }) => center !== 0))
    value = a.add(value, row(scales.map(({ center }) => center)));
  if (!scales.some(({ log }) => log)) return value;
  const undone = a.mul(a.sign(value), a.sub(a.exp(a.abs(value)), 1));
  const isLog = BigInt64Array.from(scales, ({ log }) => BigInt(log));
  return a.where(graph.cast(graph.constant({ shape: [scales.length], data: isLog }), 'bool'), undone, value);
}

/**
 * Activations and norms that stand in a graph as several operators, as PyTorch writes them, and `gradpool export`. Each is
 * known by the operator that all of it ends at, from which it is followed back to the value that it is of.
 */
import type { OnnxNode } from '../formats/onnx.js';
import type { OnnxView } from './onnx-view.js';
import type { Step } from './step.js';

/** What is computed of a value. */
interface Composed {
  readonly step: Step;
  /** What it ends at. */
  readonly end: OnnxNode;
  /** The operators that read the value. */
  readonly reads: readonly OnnxNode[];
}

type Rule = (x: string, view: OnnxView) => Composed | undefined;

const activation = (name: string): Step => ({ kind: 'activation', activation: { name } });
const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) < 1e-4 * Math.abs(b);
const isThere = (nodes: readonly (OnnxNode | undefined)[]): nodes is readonly OnnxNode[] =>
  nodes.every((node) => node !== undefined);

/** The readers of x of a type. */
const readersOf = (x: string, view: OnnxView, type: string): OnnxNode[] =>
  view.readersOf(x).filter((node) => node.type === type);

/** The first of some for which there is something. */
function firstOf<A, B>(all: readonly A[], make: (each: A) => B | undefined): B | undefined {
  for (const each of all) {
    const made = make(each);
    if (made !== undefined) return made;
  }
  return undefined;
}

/** x·f(x): the product that reads x, and what it multiplies with. */
const products = (x: string, view: OnnxView) =>
  readersOf(x, view, 'Mul').flatMap((end) => {
    const parts = view.parts(end, (input) => (input === x ? true : undefined));
    return parts === undefined || parts.other === x ? [] : [{ end, other: parts.other }];
  });

/** x·σ(x), or x/(1 + e⁻ˣ). */
const silu: Rule = (x, view) =>
  firstOf(products(x, view), ({ end, other }) => {
    const sigmoid = view.maker(other, 'Sigmoid');
    return sigmoid?.inputs[0] === x ? { step: activation('silu'), end, reads: [end, sigmoid] } : undefined;
  }) ??
  firstOf(readersOf(x, view, 'Div'), (end) => {
    const sum = view.maker(end.inputs[1], 'Add');
    const exp = view.parts(sum, (input) => view.maker(input, 'Exp'))?.found;
    const neg = view.maker(exp?.inputs[0], 'Neg');
    return end.inputs[0] === x && neg?.inputs[0] === x
      ? { step: activation('silu'), end, reads: [end, neg] }
      : undefined;
  });

/** x·tanh(log(1 + eˣ)). */
const mish: Rule = (x, view) =>
  firstOf(products(x, view), ({ end, other }) => {
    const bent = view.maker(view.maker(other, 'Tanh')?.inputs[0], 'Softplus');
    return bent?.inputs[0] === x ? { step: activation('mish'), end, reads: [end, bent] } : undefined;
  });

/** x·(1 + erf(x/√2))/2, halved at its end or at its beginning. */
const gelu: Rule = (x, view) =>
  firstOf(products(x, view), (product) => {
    const sum = view.maker(product.other, 'Add');
    const erf = view.parts(sum, (input) => view.maker(input, 'Erf'))?.found;
    const scaled = view.maker(erf?.inputs[0], 'Mul') ?? view.maker(erf?.inputs[0], 'Div');
    const [end] = readersOf(product.end.outputs[0], view, 'Mul');
    const isHalf = end !== undefined && view.parts(end, view.number.bind(view))?.found === 0.5;
    return scaled?.inputs.includes(x) && isHalf
      ? { step: activation('gelu'), end, reads: [product.end, scaled] }
      : undefined;
  });

/** (x/2)·(1 + tanh(√(2/π)·(x + 0.044715·x³))), x³ as x·x·x, halved at its end or at its beginning. */
const geluTanh: Rule = (x, view) =>
  firstOf(products(x, view), ({ end: product, other }) => {
    const [end] = readersOf(product.outputs[0], view, 'Mul');
    const first = view.number(other) === 0.5;
    const isHalf = first || view.parts(end, view.number.bind(view))?.found === 0.5;
    const sum = first
      ? view.parts(end, (input) => view.maker(input, 'Add'))?.found
      : view.maker(other, 'Add');
    const tanh = view.parts(sum, (input) => view.maker(input, 'Tanh'))?.found;
    const scaled = view.parts(view.maker(tanh?.inputs[0], 'Mul'), view.number.bind(view));
    const inner = view.maker(scaled?.other, 'Add');
    const cubic = view.parts(view.maker(without(inner, x), 'Mul'), view.number.bind(view));
    const cube = view.maker(cubic?.other, 'Mul');
    const square = view.maker(without(cube, x), 'Mul');
    const isSquare = square?.inputs.every((input) => input === x);
    const reads = [product, inner, cube, square];
    const isIt = near(scaled?.found, Math.sqrt(2 / Math.PI)) && near(cubic?.found, 0.044715);
    return isHalf && isSquare && isIt && end !== undefined && isThere(reads)
      ? { step: activation('gelu-tanh'), end, reads }
      : undefined;
  });

/** The other input of an operator that reads x. */
function without(node: OnnxNode | undefined, x: string): string | undefined {
  const rest = node?.inputs.filter((input) => input !== x) ?? [];
  return rest.length === 1 ? rest[0] : undefined;
}

/** x where 0 < x, else a·x, with constants a: where there is no kernel for it. */
const prelu: Rule = (x, view) =>
  firstOf(readersOf(x, view, 'Where'), (end) => {
    const [condition, above, below] = end.inputs;
    const less = view.maker(condition, 'Less');
    const product = view.maker(below, 'Mul');
    const slopes = view.vector(without(product, x));
    const isSign = less !== undefined && view.number(less.inputs[0]) === 0 && less.inputs[1] === x;
    if (above !== x || product === undefined || slopes === undefined || !isSign) return undefined;
    return { step: { kind: 'prelu', name: end.name, weight: slopes }, end, reads: [end, product] };
  });

/** (x − mean)·γ/√(variance + ε) + β, of constants. */
const batchNorm: Rule = (x, view) =>
  firstOf(readersOf(x, view, 'Sub'), (sub) => {
    if (sub.inputs[0] !== x) return undefined;
    const mean = view.vector(sub.inputs[1]);
    const [scaled] = readersOf(sub.outputs[0], view, 'Mul');
    const [end] = scaled === undefined ? [] : readersOf(scaled.outputs[0], view, 'Add');
    const bias = view.vector(without(end, scaled?.outputs[0] ?? ''));
    const ratio = view.maker(uncast(without(scaled, sub.outputs[0]), view), 'Div');
    const weight = view.vector(uncast(ratio?.inputs[0], view));
    const sum = view.maker(view.maker(ratio?.inputs[1], 'Sqrt')?.inputs[0], 'Add');
    const parts = view.parts(sum, view.number.bind(view));
    const variance = view.vector(uncast(parts?.other, view));
    if (!mean || !bias || !weight || !variance || parts === undefined || end === undefined) return undefined;
    const epsilon = parts.found;
    return {
      step: { kind: 'batch-norm', name: end.name, weight, bias, mean, variance, epsilon },
      end,
      reads: [sub],
    };
  });

/** (x − mean of the row)/√(mean of its square + ε)·γ + β. */
const layerNorm: Rule = (x, view) =>
  firstOf(readersOf(x, view, 'Sub'), (sub) => {
    const mean = view.maker(sub.inputs[1], 'ReduceMean');
    const [div] = readersOf(sub.outputs[0], view, 'Div');
    const sum = view.maker(view.maker(div?.inputs[1], 'Sqrt')?.inputs[0], 'Add');
    const parts = view.parts(sum, view.number.bind(view));
    const square = view.maker(view.maker(parts?.other, 'ReduceMean')?.inputs[0], 'Mul');
    const isSquare = square?.inputs.every((input) => input === sub.outputs[0]);
    if (sub.inputs[0] !== x || mean?.inputs[0] !== x || !isSquare || parts === undefined) return undefined;
    const [scaled] = readersOf(div?.outputs[0] ?? '', view, 'Mul');
    const [end] = scaled === undefined ? [] : readersOf(scaled.outputs[0], view, 'Add');
    const weight = view.vector(without(scaled, div?.outputs[0] ?? ''));
    const bias = view.vector(without(end, scaled?.outputs[0] ?? ''));
    if (weight === undefined || bias === undefined || end === undefined) return undefined;
    // A float32 that stands for a number of few digits.
    const epsilon =
      Math.fround(parts.found) === parts.found ? Number(parts.found.toPrecision(7)) : parts.found;
    return { step: { kind: 'layer-norm', name: end.name, weight, bias, epsilon }, end, reads: [sub, mean] };
  });

/** What a value was before it was made wider, or narrower. */
const uncast = (value: string | undefined, view: OnnxView): string | undefined =>
  view.maker(value, 'Cast')?.inputs[0] ?? value;

const rules: readonly Rule[] = [silu, mish, gelu, geluTanh, prelu, batchNorm, layerNorm];

/** What just these operators, which read x, are the beginning of; undefined: nothing that is known. */
export function composedOf(x: string, readers: readonly OnnxNode[], view: OnnxView): Composed | undefined {
  return firstOf(rules, (rule) => {
    const found = rule(x, view);
    const isAll =
      found?.reads.length === readers.length && found.reads.every((node) => readers.includes(node));
    return isAll ? found : undefined;
  });
}

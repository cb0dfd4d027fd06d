/**
 * Activations as operators. onnxruntime has no double kernels of Elu, Softplus, Erf and LeakyRelu: in double these are put
 * together from others, by the formulas of model/activations.
 */
import { erfCoefficients } from '../../model/erf.js';
import type { Arithmetic, Value } from './graph.js';

/** What an activation is applied with. */
type Options = Readonly<Record<string, unknown>>;
type Operators = (x: Value, arithmetic: Arithmetic, options: Options) => Value;

const operator =
  (type: string): Operators =>
  (x, { graph }) =>
    graph.op(type, [x]);

/** The operator where there are kernels for it, otherwise what it is made of. */
const inFloatAlone =
  (type: string, attribute: string | undefined, made: Operators, option = attribute): Operators =>
  (x, arithmetic, options) => {
    if (arithmetic.type !== 'float') return made(x, arithmetic, options);
    const attributes =
      attribute === undefined ? {} : { [attribute]: { float: Number(options[option ?? '']) } };
    return arithmetic.graph.op(type, [x], attributes);
  };

const erf = inFloatAlone('Erf', undefined, (x, a) => {
  const { near, middle, far, farther } = erfCoefficients;
  const polynomial = (coefficients: readonly number[], z: Value) =>
    coefficients
      .slice(0, -1)
      .reduceRight<Value | number>((sum, each) => a.add(a.mul(z, sum), each), coefficients.at(-1) as number);
  const quotient = ({ p, q }: { readonly p: readonly number[]; readonly q: readonly number[] }, z: Value) =>
    a.div(polynomial(p, z), polynomial(q, z));
  const size = a.abs(x);
  const z = a.mul(x, x);
  const small = a.add(x, a.mul(x, quotient(near, z)));
  const medium = a.add(quotient(middle, a.sub(size, 1)), middle.value);
  // The places of the other formulas must not overflow: what they would give there is not taken.
  const within = a.min(a.max(size, 1), 6);
  const s = a.div(1, a.mul(within, within));
  const isFar = a.less(within, 1 / 0.35);
  const rest = a.where(isFar, quotient(far, s), quotient(farther, s));
  const cut = a.graph.cast(a.graph.cast(within, 'float'), 'double');
  const first = a.exp(a.sub(a.neg(a.mul(cut, cut)), 0.5625));
  const second = a.exp(a.add(a.mul(a.sub(cut, within), a.add(cut, within)), rest));
  const large = a.sub(1, a.div(a.mul(first, second), within));
  const upper = a.where(a.less(size, 1.25), medium, a.where(a.less(size, 6), large, 1));
  return a.where(a.less(size, 0.84375), small, a.mul(a.sign(x), upper));
});

const softplus = inFloatAlone('Softplus', undefined, (x, a) =>
  a.add(a.max(x, 0), a.log(a.add(a.exp(a.neg(a.abs(x))), 1))),
);

const clipped = (x: Value, { graph, type }: Arithmetic, low: number, high: number) =>
  graph.op('Clip', [x, graph.scalar(low, type), graph.scalar(high, type)]);

/** By the names of model/activations. */
const operators: Readonly<Record<string, Operators>> = {
  elu: inFloatAlone('Elu', 'alpha', (x, a, { alpha }) =>
    a.where(a.less(0, x), x, a.mul(a.sub(a.exp(a.min(x, 0)), 1), Number(alpha))),
  ),
  exponential: operator('Exp'),
  gelu: (x, a, options) =>
    // As PyTorch writes it, which others know again.
    a.mul(a.mul(x, a.add(erf(a.mul(x, Math.SQRT1_2), a, options), 1)), 0.5),
  'gelu-tanh': (x, a) => {
    const cube = a.mul(a.mul(a.mul(x, x), x), 0.044715);
    const z = a.mul(a.add(x, cube), Math.sqrt(2 / Math.PI));
    // As PyTorch writes it, too.
    return a.mul(a.mul(x, 0.5), a.add(a.graph.op('Tanh', [z]), 1));
  },
  'hard-sigmoid': (x, a) => {
    const { graph, type } = a;
    if (type !== 'float') return a.div(clipped(a.add(x, 3), a, 0, 6), 6);
    return graph.op('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
  },
  'hard-tanh': (x, a) => clipped(x, a, -1, 1),
  'leaky-relu': inFloatAlone(
    'LeakyRelu',
    'alpha',
    (x, a, { slope }) => a.where(a.less(0, x), x, a.mul(x, Number(slope))),
    'slope',
  ),
  linear: (x) => x,
  'log-softmax': (x, { graph }) => graph.op('LogSoftmax', [x], { axis: { int: -1 } }),
  // As PyTorch writes it.
  mish: (x, a, options) => a.mul(x, a.graph.op('Tanh', [softplus(x, a, options)])),
  relu: operator('Relu'),
  relu6: (x, a) => clipped(x, a, 0, 6),
  selu: inFloatAlone('Selu', undefined, (x, a) => {
    const below = a.mul(a.sub(a.exp(a.min(x, 0)), 1), 1.7580993408473766);
    return a.where(a.less(0, x), a.mul(x, 1.0507009873554805), below);
  }),
  sigmoid: operator('Sigmoid'),
  // Of x·σ(x) onnxruntime makes an operator of its own, which it has not in double either.
  silu: (x, a) => a.div(x, a.add(a.exp(a.neg(x)), 1)),
  softmax: (x, { graph }) => graph.op('Softmax', [x], { axis: { int: -1 } }),
  softplus,
  softsign: inFloatAlone('Softsign', undefined, (x, a) => a.div(x, a.add(a.abs(x), 1))),
  tanh: operator('Tanh'),
};

/** Undefined: it has no form in ONNX. */
export const activationOperators = (name: string): Operators | undefined =>
  Object.hasOwn(operators, name) ? operators[name] : undefined;

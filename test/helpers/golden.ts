/** What an independent NumPy computation says that ten steps of small networks must give. */

import type { LayerSpec } from '../../src/model/network.js';
import { printedBy } from './python.js';

export interface GoldenCase {
  /** From the input to the output. */
  widths: number[];
  activations: LayerSpec['activation'][];
  loss: 'mean-squared-error' | 'cross-entropy' | 'binary-cross-entropy';
  batch: number;
  rate: number;
  /** Mean over all examples of the loss before the step that each was part of. */
  trainLoss: number;
  /** After the ten steps: W (inputs×units, row-major) and b, layer by layer. */
  parameters: number[];
}

/** `given` of the recipe below: the same numbers, bit for bit. */
export function given(count: number, first: number, scale: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => {
    const i = first + k;
    return ((((i * i * 1238) % 2003) - 1001) / 1001) * scale;
  });
}

/** Parameters, inputs and targets (one row an example) that a case starts from, as in the recipe below. */
export function givenOf({ widths, loss, batch }: GoldenCase) {
  const rows = 9 * batch + Math.floor(batch / 2);
  const [inputs, outputs] = [widths[0], widths[widths.length - 1]];
  const parameters = widths.slice(1).reduce((sum, units, l) => sum + widths[l] * units + units, 0);
  const targets = {
    'mean-squared-error': () => given(rows * outputs, 900, 1),
    'cross-entropy': () =>
      Float64Array.from({ length: rows * outputs }, (_, k) =>
        Math.floor(k / outputs) ** 2 % outputs === k % outputs ? 1 : 0,
      ),
    'binary-cross-entropy': () => given(rows * outputs, 900, 1).map((value) => (value > 0 ? 1 : 0)),
  };
  return {
    rows,
    parameters: given(parameters, 1, 0.9),
    features: given(rows * inputs, 500, 2),
    targets: targets[loss](),
  };
}

/** Runs the recipe where there is a Python with NumPy; null where there is none. */
export function runRecipe(): GoldenCase[] | null {
  return printedBy(recipe, 'numpy');
}

/**
 * The recipe of the arrays below; to print them:
 * `npx tsc; node -e "import('./dist/test/helpers/golden.js').then(g => console.log(g.recipe))" | python3 -`.
 * Float64, everything from its definition: losses by logarithms of the outputs, each activation's derivative
 * apart from the loss's.
 */
export const recipe = `
import json, numpy as np

def given(count, first, scale):  # numbers in [-scale, scale] that any language makes alike
    i = np.arange(first, first + count, dtype='int64')
    return (i * i * 1238 % 2003 - 1001) / 1001 * scale

forward = {
    'linear': lambda u: u, 'relu': lambda u: np.maximum(u, 0), 'tanh': np.tanh,
    'sigmoid': lambda u: 1 / (1 + np.exp(-u)),
    'softmax': lambda u: np.exp(u) / np.exp(u).sum(1, keepdims=True),
}
backward = {  # f'(u) applied to the derivative by h = f(u)
    'linear': lambda h, d: d, 'relu': lambda h, d: d * (h > 0), 'tanh': lambda h, d: d * (1 - h * h),
    'sigmoid': lambda h, d: d * h * (1 - h),
    'softmax': lambda h, d: h * (d - (d * h).sum(1, keepdims=True)),
}
loss = {  # summed over the rows
    'cross-entropy': lambda h, y: -(y * np.log(h)).sum(),
    'binary-cross-entropy': lambda h, y: -(y * np.log(h) + (1 - y) * np.log(1 - h)).sum(),
    'mean-squared-error': lambda h, y: ((h - y) ** 2).mean(1).sum(),
}
derivative = {  # of the summed loss by h
    'cross-entropy': lambda h, y: -y / h,
    'binary-cross-entropy': lambda h, y: -y / h + (1 - y) / (1 - h),
    'mean-squared-error': lambda h, y: 2 * (h - y) / y.shape[1],
}

def train(widths, activations, lossName, batch, rate):
    rows = 9 * batch + batch // 2  # ten steps, the last of a short minibatch
    shapes = [s for i, o in zip(widths, widths[1:]) for s in ((i, o), (1, o))]
    sizes = [i * o for i, o in shapes]
    parts = np.split(given(sum(sizes), 1, 0.9), np.cumsum(sizes)[:-1])
    theta = [part.reshape(shape).copy() for part, shape in zip(parts, shapes)]
    x = given(rows * widths[0], 500, 2).reshape(rows, -1)
    if lossName == 'mean-squared-error':
        y = given(rows * widths[-1], 900, 1).reshape(rows, -1)
    elif lossName == 'cross-entropy':
        y = np.eye(widths[-1])[np.arange(rows) ** 2 % widths[-1]]
    else:
        y = (given(rows * widths[-1], 900, 1) > 0).astype(float).reshape(rows, -1)
    total = 0
    for at in range(0, rows, batch):
        h = [x[at:at + batch]]
        for w, b, f in zip(theta[::2], theta[1::2], activations):
            h.append(forward[f](h[-1] @ w + b))
        target = y[at:at + batch]
        total += loss[lossName](h[-1], target)
        d = derivative[lossName](h[-1], target)
        for layer in range(len(activations) - 1, -1, -1):
            d = backward[activations[layer]](h[layer + 1], d)
            dw, db = h[layer].T @ d / len(target), d.sum(0) / len(target)
            d = d @ theta[2 * layer].T
            theta[2 * layer] -= rate * dw
            theta[2 * layer + 1] -= rate * db
    return {
        'widths': widths, 'activations': activations, 'loss': lossName, 'batch': batch, 'rate': rate,
        'trainLoss': total / rows, 'parameters': np.concatenate([t.ravel() for t in theta]).tolist(),
    }

print(json.dumps([
    train([3, 5, 4, 3], ['relu', 'tanh', 'softmax'], 'cross-entropy', 6, 0.5),
    train([2, 4, 1], ['relu', 'sigmoid'], 'binary-cross-entropy', 4, 0.5),
    train([3, 4, 2], ['sigmoid', 'linear'], 'mean-squared-error', 5, 0.2),
    train([4, 3, 3], ['tanh', 'softmax'], 'mean-squared-error', 7, 0.5),
]))
`;

export const golden: GoldenCase[] = [
  {
    widths: [3, 5, 4, 3],
    activations: ['relu', 'tanh', 'softmax'],
    loss: 'cross-entropy',
    batch: 6,
    rate: 0.5,
    trainLoss: 0.8885855856362019,
    parameters: [
      -0.22473178302527252, -0.07008960227548994, 0.11453735530317993, 0.5404274711100316,
      -0.2196433617033658, -0.1289992815392023, -0.4180542966174888, 0.1037010097646048, -0.6555806908159376,
      0.4650092388517386, 0.365464233437365, -1.0001166027936539, -0.08306568151802415, -0.5446701936378678,
      -0.6253113481456757, -0.684398136125204, 0.3979734673289186, -0.4388739749251116, -0.7958796760438354,
      -0.5900142440237557, 0.16376817204918817, -0.41530627262707703, 0.8271517347119598, -0.8055899594670415,
      -0.09070839533700507, 0.8882821086292738, 0.3948122546997993, 0.13628396961969982, 0.5397233965326641,
      -0.42131650495191425, 0.8433458408564397, 0.7328235289467235, -0.6330146834357435, 0.26028710999158133,
      -0.4971539991369076, -0.8342982531604614, -0.5345025281573602, 0.08935391173069285, -0.671857918783518,
      0.788242626449009, 1.174648136806229, 0.24766696629621254, 0.8405399565409478, 0.36205685068018695,
      0.25710604189234854, 0.725405733723711, -0.5077865008907846, -0.5155724101010192, 0.7555152474316488,
      -0.7515312489190414, 0.2959924786309437, -0.22912906744402117, -0.8877425320660435, -0.2378707550952058,
      0.21287466792558737, -0.42815076597723467, -0.40515203894926516, -0.11413457919019268,
      -0.6900040911512512,
    ],
  },
  {
    widths: [2, 4, 1],
    activations: ['relu', 'sigmoid'],
    loss: 'binary-cross-entropy',
    batch: 4,
    rate: 0.5,
    trainLoss: 0.7726060786764443,
    parameters: [
      0.2130869130869131, -0.033688215912981, 0.22472351134030416, 0.6490932809671515, -0.08631368631368631,
      -0.21540964421605113, -0.07035813875704272, 0.06607814977160308, -0.7849150849150849,
      0.27975824245743625, 0.23649951000045483, -0.9423492709071424, -0.08181818181818182,
      -0.14151076973110088, -0.374558525239791, -0.45103303709922965, 0.518770397635478,
    ],
  },
  {
    widths: [3, 4, 2],
    activations: ['sigmoid', 'linear'],
    loss: 'mean-squared-error',
    batch: 5,
    rate: 0.2,
    trainLoss: 0.4267964690006277,
    parameters: [
      0.1833036948788297, -0.08390838843645229, 0.04690809851766079, 0.6461686492684309, -0.07222285266063655,
      -0.41161637746134183, -0.34777557191401537, 0.1147184998395046, -0.7452762219279363, 0.5463588153653183,
      0.567753464821846, -0.7953225979082151, -0.09772006518320984, -0.6700073704577768, -0.7868231545583372,
      -0.5314440600432315, 0.1912903836400803, -0.27553829400075625, -0.6022228133189017,
      -0.46552215009840314, 0.18883216792195123, -0.6038500885742618, 0.7701978677770619, -0.6971493022190849,
      -0.2967574017957677, 0.7089289113352095,
    ],
  },
  {
    widths: [4, 3, 3],
    activations: ['tanh', 'softmax'],
    loss: 'mean-squared-error',
    batch: 7,
    rate: 0.5,
    trainLoss: 0.4787544762996068,
    parameters: [
      0.17266937248821948, -0.05821815994991511, 0.09799708351662899, 0.7016201641825804,
      -0.13066037828878485, -0.4803598446009872, -0.32838303828938126, 0.12900593418371, -0.7159404425606437,
      0.5858750773938383, 0.45140902262036203, -0.835692628557562, -0.13707540444978825, -0.6810083070218311,
      -0.8862087789887586, -0.46032366253265855, 0.22861511313853788, -0.4776820599964887, -0.751440749641832,
      -0.35711317952838156, 0.07189059250687696, -0.6522017631901087, 0.7685526939432025, -0.8032640176661808,
      -0.221792848498434, 0.41041559621690343, 0.15123739214167053,
    ],
  },
];

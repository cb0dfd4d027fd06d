/** What PyTorch makes of whole networks in a hundred steps, in float64: every layer that needs no random numbers. */

import type { ConfigInput } from '../../src/config/schema.js';
import { given } from './golden.js';
import { printedBy } from './python.js';

export interface NetworkCase {
  layers: ConfigInput['model']['layers'];
  loss: {
    name: 'cross-entropy' | 'binary-cross-entropy' | 'mean-squared-error' | 'poisson';
    labelSmoothing?: number;
  };
  optimizer: Exclude<ConfigInput['optimizer'], string | undefined> & { learningRate: number };
}

/** What is compared after the hundred steps. */
export interface NetworkGolden {
  /** Mean over all training rows of the loss before the step that each was part of. */
  trainLoss: number;
  /** Of the validation rows at the end, with the running statistics. */
  validLoss: number;
  /** Sums of all parameters, each times a number of its own, three times with others. */
  projections: number[];
  /** Eight parameters, from the first to the last. */
  some: number[];
  /** The running statistics of all layers in their order, means before variances. */
  buffers: number[];
}

export const FEATURES = 4;
export const OUTPUTS = 3;
export const BATCH = 6;
/** A hundred steps, the last one of a short minibatch. */
export const TRAIN_ROWS = 99 * BATCH + 3;
export const VALIDATION_ROWS = 50;
const ROWS = TRAIN_ROWS + VALIDATION_ROWS;

const activation = (name: string, options = {}) => ({
  name: 'activation' as const,
  activation: { name, ...options } as never,
});
const batchNorm = { name: 'batch-norm' } as const;
const layerNorm = { name: 'layer-norm' } as const;
const decay = 'all';

/**
 * Every family of optimizers, every activation, norms at each place. With Adam no norm of the minibatch may follow sums
 * directly: the gradient of their biases is 0 but for rounding, of which Adam makes steps.
 */
export const networkCases: NetworkCase[] = [
  {
    layers: [
      { units: 7 },
      batchNorm,
      activation('gelu'),
      { units: 6 },
      layerNorm,
      activation('tanh'),
      { units: 3, activation: 'softmax' },
    ],
    loss: { name: 'cross-entropy', labelSmoothing: 0.1 },
    optimizer: { name: 'sgd', learningRate: 0.1 },
  },
  {
    layers: [
      batchNorm,
      { units: 7, activation: 'silu' },
      batchNorm,
      layerNorm,
      { units: 5, activation: 'elu' },
      { units: 3 },
      batchNorm,
    ],
    loss: { name: 'mean-squared-error' },
    optimizer: {
      ...{ name: 'sgd', learningRate: 0.05, momentum: 0.9, nesterov: true, l2: 0.01, decay },
      schedule: { name: 'cosine', warmup: '10 steps', final: 0.001 },
    },
  },
  {
    layers: [
      { units: 6, activation: 'softplus' },
      { name: 'batch-norm', newShare: 0.3, epsilon: 0.01 },
      { units: 5, activation: { name: 'leaky-relu', slope: 0.2 } },
      { units: 3 },
      { name: 'layer-norm', epsilon: 0.01 },
      activation('sigmoid'),
    ],
    loss: { name: 'binary-cross-entropy', labelSmoothing: 0.2 },
    optimizer: { name: 'adam', learningRate: 0.01, l2: 0.02 },
  },
  {
    layers: [
      batchNorm,
      { units: 8, activation: 'relu' },
      layerNorm,
      { units: 3, activation: 'sigmoid' },
      activation('softmax'),
    ],
    loss: { name: 'cross-entropy' },
    optimizer: {
      ...{ name: 'adamw', learningRate: 0.02, weightDecay: 0.3 },
      schedule: { name: 'cosine', length: '80 steps' },
    },
  },
  {
    layers: [
      { units: 6, activation: 'softmax' },
      { units: 5, activation: 'gelu' },
      { units: 3, activation: 'gelu' },
    ],
    loss: { name: 'mean-squared-error' },
    optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.5 },
  },
  {
    layers: [
      { units: 6, activation: 'selu' },
      {
        name: 'residual',
        layers: [
          batchNorm,
          activation('mish'),
          { units: 5, activation: 'softsign' },
          { name: 'prelu' },
          { units: 6 },
        ],
      },
      activation('hard-tanh'),
      {
        name: 'concat',
        layers: [
          { units: 4, activation: 'gelu-tanh' },
          { name: 'prelu', perUnit: true },
          { name: 'residual', layers: [{ units: 4, activation: 'hard-sigmoid' }] },
        ],
      },
      { units: 5, activation: 'relu6' },
      { units: 3, activation: 'log-softmax' },
    ],
    loss: { name: 'mean-squared-error' },
    optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9 },
  },
  {
    layers: [
      { units: 6, activation: 'tanh' },
      { units: 3, activation: 'exponential' },
    ],
    loss: { name: 'poisson' },
    optimizer: { name: 'sgd', learningRate: 0.02, momentum: 0.9 },
  },
];

/** As many parameters as wanted, and all rows, those of the training first. */
export function givenFor({ loss }: NetworkCase, parameters: number) {
  const values = given(ROWS * OUTPUTS, 900, 1);
  const targets = {
    'mean-squared-error': () => values,
    poisson: () => values.map((value) => Math.floor(Math.abs(value) * 4)),
    'binary-cross-entropy': () => values.map((value) => (value > 0 ? 1 : 0)),
    'cross-entropy': () =>
      values.map((_, k) => (Math.floor(k / OUTPUTS) ** 2 % OUTPUTS === k % OUTPUTS ? 1 : 0)),
  }[loss.name]();
  return { parameters: given(parameters, 1, 0.9), features: given(ROWS * FEATURES, 500, 2), targets };
}

/** What is kept of so many parameters. */
export function digestOf(parameters: readonly number[]): Pick<NetworkGolden, 'projections' | 'some'> {
  const n = parameters.length;
  const projections = [100, 2100, 4100].map((first) => {
    const weights = given(n, first, 1);
    return parameters.reduce((sum, value, k) => sum + value * weights[k], 0);
  });
  const some = Array.from({ length: 8 }, (_, k) => parameters[Math.floor((k * (n - 1)) / 7)]);
  return { projections, some };
}

/** Runs the recipe where there is a Python with PyTorch; null where there is none. */
export function runNetworksRecipe(): NetworkGolden[] | null {
  return printedBy(networksRecipe, 'torch');
}

/**
 * The recipe of golden-networks-numbers.ts, which PyTorch 1.13 printed (Debian's python3-torch):
 * `npx tsc; node -e "import('./dist/test/helpers/golden-networks.js').then(g => console.log(g.networksRecipe))" | python3 -`.
 */
export const networksRecipe = `
import json, math, torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = json.loads('''${JSON.stringify(networkCases)}''')
features, outputs, batch, trainRows, rows = ${FEATURES}, ${OUTPUTS}, ${BATCH}, ${TRAIN_ROWS}, ${ROWS}

def given(count, first, scale):  # as test/helpers/golden.ts has it
    i = torch.arange(first, first + count)
    return (i * i * 1238 % 2003 - 1001).double() / 1001 * scale

functions = {
    'softmax': lambda u, spec: F.softmax(u, 1), 'relu': lambda u, spec: F.relu(u),
    'gelu': lambda u, spec: F.gelu(u), 'tanh': lambda u, spec: torch.tanh(u),
    'sigmoid': lambda u, spec: torch.sigmoid(u), 'silu': lambda u, spec: F.silu(u),
    'elu': lambda u, spec: F.elu(u, spec.get('alpha', 1)), 'softplus': lambda u, spec: F.softplus(u),
    'leaky-relu': lambda u, spec: F.leaky_relu(u, spec.get('slope', 0.01)),
    'gelu-tanh': lambda u, spec: F.gelu(u, approximate='tanh'), 'hard-sigmoid': lambda u, spec: F.relu6(u + 3) / 6,
    'hard-tanh': lambda u, spec: F.hardtanh(u), 'log-softmax': lambda u, spec: F.log_softmax(u, 1),
    'mish': lambda u, spec: F.mish(u), 'relu6': lambda u, spec: F.relu6(u), 'selu': lambda u, spec: F.selu(u),
    'softsign': lambda u, spec: F.softsign(u),
}
def apply(spec, u):
    spec = {'name': spec} if isinstance(spec, str) else spec
    return functions[spec['name']](u, spec)

def flattened(layers):  # those with layers of their own: a fork, these, and the place where they meet
    for layer in layers:
        if 'layers' not in layer:
            yield layer
            continue
        yield {'name': 'fork'}
        yield from flattened(layer['layers'])
        yield {'name': layer['name']}

def train(case):
    layers, width, shapes, running, around = list(flattened(case['layers'])), features, [], [], []
    for layer in layers:
        name = layer.get('name', 'dense')
        if name == 'dense':
            shapes += [(width, layer['units']), (layer['units'],)]
            width = layer['units']
        elif name == 'prelu':
            shapes += [(width if layer.get('perUnit') else 1,)]
        elif name == 'fork':
            around.append(width)
        elif name in ('residual', 'concat'):
            width += around.pop() if name == 'concat' else 0 * around.pop()
        elif name != 'activation':
            shapes += [(width,), (width,)]
            if name == 'batch-norm':
                running.append((torch.zeros(width), torch.ones(width)))
    flat = given(sum(math.prod(s) for s in shapes), 1, 0.9)
    parts = torch.split(flat, [math.prod(s) for s in shapes])
    theta = [torch.nn.Parameter(part.reshape(s).clone()) for part, s in zip(parts, shapes)]
    loss, smoothing = case['loss']['name'], case['loss'].get('labelSmoothing', 0)
    def forward(x, training):  # up to what PyTorch's losses take: logits, or outputs
        own, statistics, ways = iter(theta), iter(running), []
        for k, layer in enumerate(layers):
            name, f = layer.get('name', 'dense'), layer.get('activation')
            if name == 'dense':
                x = x @ next(own) + next(own)
            elif name == 'batch-norm':
                mean, variance = next(statistics)
                gamma, beta = next(own), next(own)
                share, eps = layer.get('newShare', 0.1), layer.get('epsilon', 1e-5)
                x = F.batch_norm(x, mean, variance, gamma, beta, training, share, eps)
            elif name == 'layer-norm':
                x = F.layer_norm(x, x.shape[1:], next(own), next(own), layer.get('epsilon', 1e-5))
            elif name == 'prelu':
                x = F.prelu(x, next(own))
            elif name == 'fork':
                ways.append(x)
            elif name == 'residual':
                x = ways.pop() + x
            elif name == 'concat':
                x = torch.cat([ways.pop(), x], 1)
            if f is not None and (k + 1 < len(layers) or loss == 'mean-squared-error'):
                x = apply(f, x)
        return x
    def lossOf(u, y):
        if loss == 'cross-entropy':
            return F.cross_entropy(u, y.argmax(1), label_smoothing=smoothing)
        if loss == 'binary-cross-entropy':
            return F.binary_cross_entropy_with_logits(u, y * (1 - smoothing) + smoothing / 2)
        if loss == 'poisson':
            return F.poisson_nll_loss(u, y)
        return F.mse_loss(u, y)

    x = given(rows * features, 500, 2).reshape(rows, features)
    y = given(rows * outputs, 900, 1).reshape(rows, outputs)
    if loss == 'binary-cross-entropy':
        y = (y > 0).double()
    if loss == 'poisson':
        y = (y.abs() * 4).floor()
    if loss == 'cross-entropy':
        y = F.one_hot(torch.arange(rows) ** 2 % outputs, outputs).double()

    o = case['optimizer']
    rate, decay = o['learningRate'], o.get('weightDecay', o.get('l2', 0))
    groups = [
        {'params': [p for p in theta if p.dim() == 2], 'weight_decay': decay},
        {'params': [p for p in theta if p.dim() < 2], 'weight_decay': decay if o.get('decay') == 'all' else 0},
    ]
    optimizer = {
        'sgd': lambda: torch.optim.SGD(groups, rate, o.get('momentum', 0), nesterov=o.get('nesterov', False)),
        'adam': lambda: torch.optim.Adam(groups, rate),
        'adamw': lambda: torch.optim.AdamW(groups, rate),
    }[o['name']]()
    def rateOf(step, steps=100):
        schedule = o.get('schedule')
        if schedule is None:
            return rate
        warmup = int(schedule.get('warmup', '0 steps').split()[0])
        end = int(schedule.get('length', '%d steps' % steps).split()[0])
        final = schedule.get('final', 0)
        if step < warmup:
            return rate * (step + 1) / warmup
        if step >= end:
            return final
        return final + (rate - final) * (1 + math.cos(math.pi * (step - warmup) / (end - warmup))) / 2

    total = 0
    for step in range(100):
        rowsNow = slice(step * batch, min((step + 1) * batch, trainRows))
        for group in optimizer.param_groups:
            group['lr'] = rateOf(step)
        optimizer.zero_grad()
        value = lossOf(forward(x[rowsNow], True), y[rowsNow])
        value.backward()
        optimizer.step()
        total += value.item() * len(x[rowsNow])
    with torch.no_grad():
        valid = lossOf(forward(x[trainRows:], False), y[trainRows:]).item()
    flat = torch.cat([p.detach().flatten() for p in theta])
    n = len(flat)
    return {
        'trainLoss': total / trainRows, 'validLoss': valid,
        'projections': [(flat * given(n, first, 1)).sum().item() for first in (100, 2100, 4100)],
        'some': [flat[k * (n - 1) // 7].item() for k in range(8)],
        'buffers': [value for pair in running for part in pair for value in part.tolist()],
    }

print(json.dumps([train(case) for case in cases]))
`;

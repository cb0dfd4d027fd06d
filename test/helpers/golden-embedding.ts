/** What PyTorch makes of networks with an embedding in front in a hundred steps, in float64. */

import type { FittedCategory, FittedColumn, FittedNumber } from '../../src/preprocess/fitted.js';
import { given } from './golden.js';
import { digestOf, type NetworkGolden } from './golden-networks.js';
import { printedBy } from './python.js';

export const BATCH = 6;
/** A hundred steps, the last one of a short minibatch. */
export const TRAIN_ROWS = 99 * BATCH + 3;
export const VALIDATION_ROWS = 50;
export const ROWS = TRAIN_ROWS + VALIDATION_ROWS;
export const OUTPUTS = 2;

const number = (name: string): FittedNumber => ({
  name,
  type: 'number',
  scale: { log: false, center: 0, spread: 1 },
  fill: null,
  indicator: false,
});
const embed = (name: string, codes: number, size: number): FittedCategory => ({
  name,
  type: 'category',
  categories: Array.from({ length: codes }, (_, code) => `c${code}`),
  rare: [],
  codes,
  missing: null,
  unseen: -1,
  encode: { name: 'embed', size },
});

/** Embedded columns first, beside each other, and with a name that is a number, which objects put in front. */
export const columns: readonly FittedColumn[] = [
  embed('a.b', 5, 3),
  number('x'),
  number('y'),
  embed('city', 70, 2),
  embed('7', 2, 1),
  number('z'),
];

/** Values of a row, in the columns' order; code −1 stands for a category that no training row has. */
export function rowsOfCodes(): Float64Array {
  const values = given(ROWS * columns.length, 500, 2);
  for (let r = 0; r < ROWS; r++) {
    const at = r * columns.length;
    values[at] = ((r * r) % 6) - 1;
    values[at + 3] = ((r * r * 7) % 71) - 1;
    values[at + 4] = r % 2;
  }
  return values;
}

export const cases = [
  { units: 7, optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9 } },
  { units: 9, optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.1 } },
] as const;

export { digestOf, given, type NetworkGolden };

/** Runs the recipe where there is a Python with PyTorch; null where there is none. */
export function runEmbeddingRecipe(): NetworkGolden[] | null {
  return printedBy(embeddingRecipe, 'torch');
}

/**
 * The recipe of the numbers below, which PyTorch 1.13 printed (Debian's python3-torch):
 * `npx tsc; node -e "import('./dist/test/helpers/golden-embedding.js').then(g => console.log(g.embeddingRecipe))" | python3 -`.
 */
export const embeddingRecipe = `
import json, math, torch
import torch.nn.functional as F
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
cases = json.loads('''${JSON.stringify(cases)}''')
batch, trainRows, rows, outputs = ${BATCH}, ${TRAIN_ROWS}, ${ROWS}, ${OUTPUTS}

def given(count, first, scale):  # as test/helpers/golden.ts has it
    i = torch.arange(first, first + count)
    return (i * i * 1238 % 2003 - 1001).double() / 1001 * scale

def embedded(x, table):  # zeros for -1
    code = x.long()
    return F.embedding(code.clamp(min=0), table) * (code >= 0).double().unsqueeze(1)

def train(case):
    units, o = case['units'], case['optimizer']
    width = 3 + 1 + 1 + 2 + 1 + 1
    shapes = [(5, 3), (70, 2), (2, 1), (width, units), (units,), (units, outputs), (outputs,)]
    flat = given(sum(math.prod(s) for s in shapes), 1, 0.9)
    parts = torch.split(flat, [math.prod(s) for s in shapes])
    theta = [torch.nn.Parameter(part.reshape(s).clone()) for part, s in zip(parts, shapes)]
    a, city, seven, w1, b1, w2, b2 = theta
    x = given(rows * 6, 500, 2).reshape(rows, 6)
    r = torch.arange(rows)
    x[:, 0] = (r * r % 6 - 1).double()
    x[:, 3] = (r * r * 7 % 71 - 1).double()
    x[:, 4] = (r % 2).double()
    y = given(rows * outputs, 900, 1).reshape(rows, outputs)
    def lossOf(x, y):
        h = torch.cat([embedded(x[:, 0], a), x[:, 1:3], embedded(x[:, 3], city), embedded(x[:, 4], seven), x[:, 5:]], 1)
        return F.mse_loss(torch.tanh(h @ w1 + b1) @ w2 + b2, y)
    groups = [
        {'params': [p for p in theta if p.dim() == 2], 'weight_decay': o.get('weightDecay', 0)},
        {'params': [p for p in theta if p.dim() < 2], 'weight_decay': 0},
    ]
    optimizer = {
        'sgd': lambda: torch.optim.SGD(groups, o['learningRate'], o.get('momentum', 0)),
        'adamw': lambda: torch.optim.AdamW(groups, o['learningRate']),
    }[o['name']]()
    total = 0
    for step in range(100):
        now = slice(step * batch, min((step + 1) * batch, trainRows))
        optimizer.zero_grad()
        value = lossOf(x[now], y[now])
        value.backward()
        optimizer.step()
        total += value.item() * len(x[now])
    with torch.no_grad():
        valid = lossOf(x[trainRows:], y[trainRows:]).item()
    flat = torch.cat([p.detach().flatten() for p in theta])
    n = len(flat)
    return {
        'trainLoss': total / trainRows, 'validLoss': valid,
        'projections': [(flat * given(n, first, 1)).sum().item() for first in (100, 2100, 4100)],
        'some': [flat[k * (n - 1) // 7].item() for k in range(8)],
        'buffers': [],
    }

print(json.dumps([train(case) for case in cases]))
`;

/** One for each of `cases`. */
export const goldenEmbedding: NetworkGolden[] = [
  {
    trainLoss: 0.4660739623933663,
    validLoss: 0.362061565948926,
    projections: [1.3525146678749946, 7.722581358098179, -2.6975373478038414],
    some: [
      0.004825350455562606, -0.6491508491508492, 0.2071406786135102, -0.7624375624375624, 0.5379219186952137,
      -0.6252206392269208, -0.26340967999939324, -0.19551573201645558,
    ],
    buffers: [],
  },
  {
    trainLoss: 0.5353325617258199,
    validLoss: 0.3203512226338104,
    projections: [-0.3599929591822246, 7.922084861307944, -5.328043180872439],
    some: [
      0.2779537795060858, -0.6695100333337904, 0.04641719158011027, -0.7915349482791959, -0.10971801095869983,
      0.4374334454027273, 0.01942791801610814, 0.35042500777897945,
    ],
    buffers: [],
  },
];

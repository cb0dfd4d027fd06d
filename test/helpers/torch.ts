/** What PyTorch's optimizers, and of Lion optax's, make of seven parameters in a hundred steps. */
import { printedBy } from './python.js';
import { goldenOthers, type OptimizerGolden } from './torch-others.js';

/** `given` of the recipe below: the same numbers, bit for bit. */
export function given(first: number, scale: number): Float64Array {
  return Float64Array.from(
    { length: 7 },
    (_, k) => (((((first + k) ** 2 * 1238) % 2003) - 1001) / 1001) * scale,
  );
}

/** Runs a recipe where there is a Python with what it takes; null where there is none. */
export function runRecipe(recipe: string, module: 'torch' | 'optax'): OptimizerGolden[] | null {
  return printedBy(recipe, module);
}

/**
 * The recipe of the arrays below, which PyTorch 1.13 printed (Debian's python3-torch):
 * `npx tsc; node -e "import('./dist/test/helpers/torch.js').then(g => console.log(g.recipe))" | python3 -`.
 */
export const recipe = `
import json, torch
torch.set_default_dtype(torch.float64)

def given(first, scale):  # seven numbers in [-scale, scale] that any language makes alike
    i = torch.arange(first, first + 7)
    return ((i * i * 1238 % 2003) - 1001).double() / 1001 * scale

cases = [
    ['sgd', {}, torch.optim.SGD, {}],
    ['sgd', {'momentum': 0.9}, torch.optim.SGD, {'momentum': 0.9}],
    ['sgd', {'momentum': 0.9, 'nesterov': True}, torch.optim.SGD, {'momentum': 0.9, 'nesterov': True}],
    ['sgd', {'momentum': 0.8, 'l2': 0.02}, torch.optim.SGD, {'momentum': 0.8, 'weight_decay': 0.02}],
    ['adam', {}, torch.optim.Adam, {}],
    ['adam', {'beta1': 0.8, 'beta2': 0.99, 'epsilon': 1e-3, 'l2': 0.02}, torch.optim.Adam,
     {'betas': (0.8, 0.99), 'eps': 1e-3, 'weight_decay': 0.02}],
    ['adamw', {}, torch.optim.AdamW, {}],
    ['adamw', {'weightDecay': 0.5}, torch.optim.AdamW, {'weight_decay': 0.5}],
    ['rmsprop', {}, torch.optim.RMSprop, {}],
    ['rmsprop', {'alpha': 0.9, 'momentum': 0.5, 'l2': 0.02}, torch.optim.RMSprop,
     {'alpha': 0.9, 'momentum': 0.5, 'weight_decay': 0.02}],
    ['rmsprop', {'centered': True, 'epsilon': 1e-3}, torch.optim.RMSprop, {'centered': True, 'eps': 1e-3}],
    ['rmsprop', {'centered': True, 'momentum': 0.8, 'epsilon': 1e-3}, torch.optim.RMSprop,
     {'centered': True, 'momentum': 0.8, 'eps': 1e-3}],
    ['adagrad', {}, torch.optim.Adagrad, {}],
    ['adagrad', {'lrDecay': 0.1, 'l2': 0.02}, torch.optim.Adagrad, {'lr_decay': 0.1, 'weight_decay': 0.02}],
    ['adadelta', {}, torch.optim.Adadelta, {}],
    ['adadelta', {'rho': 0.8, 'epsilon': 1e-3, 'l2': 0.02}, torch.optim.Adadelta,
     {'rho': 0.8, 'eps': 1e-3, 'weight_decay': 0.02}],
    # in PyTorch 1.13 a tensor alone is multiplied by mu twice, several together are not
    ['nadam', {}, torch.optim.NAdam, {'foreach': True}],
    ['nadam', {'beta1': 0.8, 'beta2': 0.99, 'momentumDecay': 0.1, 'l2': 0.02}, torch.optim.NAdam,
     {'betas': (0.8, 0.99), 'momentum_decay': 0.1, 'weight_decay': 0.02, 'foreach': True}],
]
printed = []
for name, options, make, settings in cases:
    theta = torch.nn.Parameter(given(1, 0.9))
    optimizer = make([theta], lr=0.05, **settings)
    after = {}
    for step in range(1, 101):
        theta.grad = given(100 + 7 * step, 1) + theta.detach() / 4
        for group in optimizer.param_groups:  # a rate that falls, where definitions of momentum differ
            group['lr'] = 0.05 * (1 - step / 200)
        optimizer.step()
        if step in (1, 10, 100):
            after[step] = theta.tolist()
    printed.append({'name': name, 'options': options, 'after': after})
print(json.dumps(printed))
`;

/** The recipe of Lion's, which optax 0.2 printed (`pip install optax`), since PyTorch has none. */
export const lionRecipe = `
import json, jax
jax.config.update('jax_enable_x64', True)
import jax.numpy as np, optax

def given(first, scale):
    i = np.arange(first, first + 7)
    return ((i * i * 1238 % 2003) - 1001) / 1001 * scale

printed = []
for options, settings in [({}, {}), ({'beta1': 0.8, 'beta2': 0.95, 'weightDecay': 0.5}, {'b1': 0.8, 'b2': 0.95, 'weight_decay': 0.5})]:
    theta, state, after = given(1, 0.9), None, {}
    for step in range(1, 101):
        optimizer = optax.lion(0.05 * (1 - (step) / 200), **{'weight_decay': 0, **settings})
        state = optimizer.init(theta) if state is None else state
        updates, state = optimizer.update(given(100 + 7 * step, 1) + theta / 4, state, theta)
        theta = optax.apply_updates(theta, updates)
        if step in (1, 10, 100):
            after[step] = theta.tolist()
    printed.append({'name': 'lion', 'options': options, 'after': after})
print(json.dumps(printed))
`;

export const golden: OptimizerGolden[] = [
  {
    name: 'sgd',
    options: {},
    after: {
      '1': [
        0.22867665459540462, -0.019214129620379616, 0.1293722152847153, 0.6744356893106893,
        -0.06297442557442558, -0.4039074113386613, -0.34836326798201794,
      ],
      '10': [
        0.20141101262696595, -0.05449680431936786, 0.13095882817416668, 0.46862059725109906,
        -0.07830031517705505, -0.2757084050885355, -0.31765936188645216,
      ],
      '100': [
        -0.2853575966135961, -0.04285992863225524, 0.041234428608229436, 0.22665957459002314,
        0.05167332586732717, -0.17641177464849606, -0.18642223011372233,
      ],
    },
  },
  {
    name: 'sgd',
    options: { momentum: 0.9 },
    after: {
      '1': [
        0.22867665459540462, -0.019214129620379616, 0.1293722152847153, 0.6744356893106893,
        -0.06297442557442558, -0.4039074113386613, -0.34836326798201794,
      ],
      '10': [
        0.20966599199088531, 0.01703719774462653, -0.06332189539265168, -0.328413691018587,
        0.14272983957488353, 0.2670254400001884, -0.021758365112437967,
      ],
      '100': [
        -0.42078421168701124, -0.06760611659511934, 0.03440888967174979, 0.34576144965668776,
        0.06290634181177512, -0.07763027055738977, -0.13564341197624935,
      ],
    },
  },
  {
    name: 'sgd',
    options: { momentum: 0.9, nesterov: true },
    after: {
      '1': [
        0.24270742195304698, 0.00799864822677323, 0.1438491670829171, 0.6502589785214785,
        -0.04196909090909091, -0.36363786775724277, -0.314747352022977,
      ],
      '10': [
        0.18836259346156217, -0.02158586703729866, -0.009276505339383831, -0.39384714395518344,
        0.09583435418516069, 0.32094016136166736, -0.021633581861401126,
      ],
      '100': [
        -0.44998904794890965, -0.044652021571420175, -0.036814553010366395, 0.3012234179582662,
        0.08453236277716146, -0.11281973262265836, -0.13563577093240195,
      ],
    },
  },
  {
    name: 'sgd',
    options: { momentum: 0.8, l2: 0.02 },
    after: {
      '1': [
        0.22846463311688314, -0.01916492632367632, 0.12925949500499503, 0.6737378971028971,
        -0.06288854345654346, -0.40346100324675327, -0.34797948226773223,
      ],
      '10': [
        0.1777523375109918, -0.05501414919256453, 0.0014933391470611339, -0.11223179118867427,
        0.04553496006980345, 0.1116845577971047, -0.11649712305140895,
      ],
      '100': [
        -0.5154345454966238, -0.06720245122807013, -0.04522503855260884, 0.19075026132422138,
        0.09491549614614601, -0.14081801637665198, -0.06297449098935855,
      ],
    },
  },
  {
    name: 'adam',
    options: {},
    after: {
      '1': [
        0.2628369114992906, 0.00029944973088059934, 0.16303671174802187, 0.6515487022200658,
        -0.036563687374157966, -0.39890134920451015, -0.33596428637693493,
      ],
      '10': [
        0.32812625774619425, 0.08934738673247901, 0.02613102815761223, 0.27304465048537413,
        0.10286747336057188, -0.1441788988853802, -0.19621337645712206,
      ],
      '100': [
        -0.4638709139307016, -0.046605333741782946, 0.06123469928213545, 0.0564708077132995,
        0.09823016541535884, -0.050379831976568916, -0.06937883391460095,
      ],
    },
  },
  {
    name: 'adam',
    options: { beta1: 0.8, beta2: 0.99, epsilon: 0.001, l2: 0.02 },
    after: {
      '1': [
        0.26267648091655776, 0.00021786056901258732, 0.16288223941557245, 0.6516383431973191,
        -0.03666912076721341, -0.3989560581403067, -0.3360297903259387,
      ],
      '10': [
        0.29138075178004136, 0.04546293816968701, 0.04120379565366268, 0.2777191730286255, 0.0604364031912762,
        -0.15229705096547416, -0.2129948080819031,
      ],
      '100': [
        -0.4295050043590684, -0.047710693071659246, 0.028998620546159058, 0.10766500257540217,
        0.08330260143109162, -0.08980048815372253, -0.07925597423126941,
      ],
    },
  },
  {
    name: 'adamw',
    options: {},
    after: {
      '1': [
        0.26273090076002986, 0.0003240513792322486, 0.1629803516081617, 0.6511998061161697,
        -0.0365207463152169, -0.39867814515855615, -0.33577239351979205,
      ],
      '10': [
        0.3266188085659375, 0.08894427177645647, 0.02576994616341382, 0.27068174497106023, 0.1025732645661333,
        -0.1428146596753937, -0.19499383113357707,
      ],
      '100': [
        -0.459190439092445, -0.04660581225699012, 0.05997427907507672, 0.05588624838387319,
        0.09619136498715633, -0.050043140136731314, -0.0668740336510709,
      ],
    },
  },
  {
    name: 'adamw',
    options: { weightDecay: 0.5 },
    after: {
      '1': [
        0.25753637453625366, 0.0015295321484630128, 0.16021870475501487, 0.6341038970252606,
        -0.03441663442710502, -0.38774114690680783, -0.3263696435197921,
      ],
      '10': [
        0.2597783565066181, 0.07054166574717978, 0.010602210625267281, 0.16873543396431323,
        0.08872598857745083, -0.08413535765861413, -0.14216104789649037,
      ],
      '100': [
        -0.2783602262650826, -0.03558894736802554, 0.023843892630811707, 0.056053531557464356,
        0.04328618580629412, -0.03946123994832269, -0.017027363760832463,
      ],
    },
  },
  ...goldenOthers,
];

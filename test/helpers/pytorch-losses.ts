/** What PyTorch says, in float64, that losses with options, and those of soft targets, must give with their derivatives. */
import type { LossName } from '../../src/model/losses/index.js';
import { given } from './golden.js';

export const ROWS = 4;
export const COLS = 3;

export interface GoldenLoss {
  name: LossName;
  options: Record<string, number | boolean>;
  targets: keyof typeof targetsOf;
  weighted: boolean;
  /** Σ_r w_r·l_r, and its derivative by what the loss starts from, row after row. */
  loss: number;
  delta: number[];
}

const numbers = given(ROWS * COLS, 900, 1);
/** The targets of the recipe. */
export const targetsOf = {
  classes: Float64Array.from({ length: ROWS * COLS }, (_, i) =>
    Math.floor(i / COLS) ** 2 % COLS === i % COLS ? 1 : 0,
  ),
  shares: numbers.map((_, i) => {
    const row = numbers.subarray(i - (i % COLS), i - (i % COLS) + COLS).map((value) => value ** 2);
    return numbers[i] ** 2 / row.reduce((sum, value) => sum + value, 0);
  }),
  binary: numbers.map((value) => (value > 0 ? 1 : 0)),
  probabilities: numbers.map((value) => (value + 1) / 2),
  values: numbers,
  counts: numbers.map((value) => Math.floor(Math.abs(value) * 5)),
};

/**
 * The recipe of the array below, printed by PyTorch 1.13; to print it:
 * `npx tsc; node -e "import('./dist/test/helpers/pytorch-losses.js').then(g => console.log(g.lossesRecipe))" | python3 -`.
 * PyTorch's own functions where it has one, else the formula in the words of who it is of; derivatives are PyTorch's.
 */
export const lossesRecipe = `
import json, torch
import torch.nn.functional as F

def given(count, first, scale):  # numbers in [-scale, scale] that any language makes alike
    i = torch.arange(first, first + count, dtype=torch.int64)
    return (i * i * 1238 % 2003 - 1001).to(torch.float64) / 1001 * scale

def matrix(first, scale):
    return given(${ROWS * COLS}, first, scale).reshape(${ROWS}, ${COLS})

numbers = matrix(900, 1)
classes = F.one_hot(torch.arange(${ROWS}) ** 2 % ${COLS}, ${COLS}).to(torch.float64)
targets = {
    'classes': classes, 'shares': numbers ** 2 / (numbers ** 2).sum(1, keepdim=True), 'values': numbers,
    'binary': (numbers > 0).to(torch.float64), 'probabilities': (numbers + 1) / 2, 'counts': (numbers.abs() * 5).floor(),
}

def focal(u, y, gamma, labelSmoothing=0):  # keras.losses.CategoricalFocalCrossentropy, alpha 1
    y = y * (1 - labelSmoothing) + labelSmoothing / ${COLS}
    return -(y * (1 - F.softmax(u, 1)) ** gamma * F.log_softmax(u, 1)).sum(1)

def binary_focal(u, y, gamma, alpha=None, labelSmoothing=0):  # torchvision.ops.sigmoid_focal_loss
    y = y * (1 - labelSmoothing) + labelSmoothing / 2
    p = torch.sigmoid(u)
    loss = F.binary_cross_entropy_with_logits(u, y, reduction='none') * (1 - (p * y + (1 - p) * (1 - y))) ** gamma
    return ((1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)) * loss).mean(1)

def categorical_hinge(u, y):  # sklearn.metrics.hinge_loss of several classes
    own, others = (u * y).sum(1), u.masked_fill(y == 1, -float('inf')).max(1).values
    return torch.clamp(1 - (own - others), min=0)

losses = {
    'binary-cross-entropy': lambda u, y: F.binary_cross_entropy_with_logits(u, y, reduction='none').mean(1),
    'binary-focal': binary_focal,
    'categorical-hinge': categorical_hinge,
    'cross-entropy': lambda u, y: F.cross_entropy(u, y, reduction='none'),
    'focal': focal,
    'hinge': lambda u, y: torch.clamp(1 - (2 * y - 1) * u, min=0).mean(1),  # keras.losses.Hinge
    'huber': lambda h, y, delta: F.huber_loss(h, y, reduction='none', delta=delta).mean(1),
    'kl-divergence': lambda u, y: F.kl_div(F.log_softmax(u, 1), y, reduction='none').sum(1),
    'log-cosh': lambda h, y: torch.log(torch.cosh(h - y)).mean(1),
    'mean-absolute-error': lambda h, y: F.l1_loss(h, y, reduction='none').mean(1),
    'poisson': lambda h, y, logInput: F.poisson_nll_loss(h, y, log_input=logInput, reduction='none').mean(1),
    'quantile': lambda h, y, quantile: torch.maximum(quantile * (y - h), (quantile - 1) * (y - h)).mean(1),
}
cases = [
    ('binary-cross-entropy', {}, 'probabilities'), ('binary-focal', {'gamma': 2}, 'binary'),
    ('binary-focal', {'gamma': 1.5, 'alpha': 0.25, 'labelSmoothing': 0.1}, 'probabilities'),
    ('binary-focal', {'gamma': 0, 'alpha': 0.25}, 'binary'), ('categorical-hinge', {}, 'classes'),
    ('cross-entropy', {}, 'shares'), ('focal', {'gamma': 2}, 'classes'), ('focal', {'gamma': 0.5}, 'shares'),
    ('focal', {'gamma': 3, 'labelSmoothing': 0.1}, 'classes'), ('hinge', {}, 'binary'), ('huber', {'delta': 1}, 'values'),
    ('huber', {'delta': 2.5}, 'values'), ('kl-divergence', {}, 'shares'), ('kl-divergence', {}, 'classes'),
    ('log-cosh', {}, 'values'), ('mean-absolute-error', {}, 'values'), ('poisson', {'logInput': True}, 'counts'),
    ('poisson', {'logInput': False}, 'counts'), ('quantile', {'quantile': 0.5}, 'values'), ('quantile', {'quantile': 0.9}, 'values'),
]

def loss(name, options, of, weighted):
    u = matrix(1, 6)
    if options.get('logInput') == False:
        u = u.abs()  # rates
    u.requires_grad_()
    rows = losses[name](u, targets[of], **options)
    total = ((given(${ROWS}, 70, 1).abs() if weighted else 1) * rows).sum()
    delta, = torch.autograd.grad(total, u)
    return {
        'name': name, 'options': options, 'targets': of, 'weighted': weighted,
        'loss': total.item(), 'delta': delta.flatten().tolist(),
    }

print(json.dumps([loss(*case, weighted) for case in cases for weighted in (False, True)]))
`;

export const goldenLosses: GoldenLoss[] = [
  {
    name: 'binary-cross-entropy',
    options: {},
    targets: 'probabilities',
    weighted: false,
    loss: 7.271015574894591,
    delta: [
      0.254656897915573, 0.07583721612663648, 0.0346322843688938, 0.2643204701925444, 0.10151384049373342,
      -0.03383897854116609, -0.13617348678989344, 0.20634133294513926, -0.2809471558388927,
      0.02969260425749979, 0.26942967660797523, -0.22309350469886696,
    ],
  },
  {
    name: 'binary-cross-entropy',
    options: {},
    targets: 'probabilities',
    weighted: true,
    loss: 3.6592933597780464,
    delta: [
      0.02925628697331758, 0.00871256728727592, 0.003978733968454332, 0.10879124247685144,
      0.041781920363055114, -0.013927731427532897, -0.11168674590859394, 0.16923699735060874,
      -0.23042718775597495, 0.012517761235429482, 0.11358573779077476, -0.09405140757534651,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 2 },
    targets: 'binary',
    weighted: false,
    loss: 6.90878824922776,
    delta: [
      0.31191101345557226, 0.061169765928696884, -0.028743601394833455, 0.35249747829894484,
      0.04022551240562725, 0.00010767301748695513, 0.0003492328149628924, 0.2056513470447395,
      -0.34639884667010473, -1.4247153289262757e-5, 0.3706330410651133, -0.3408846005334753,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 2 },
    targets: 'binary',
    weighted: true,
    loss: 3.5275249237946458,
    delta: [
      0.03583393261477604, 0.007027495586213928, -0.00330221194845739, 0.1450838771819833,
      0.016556354756362066, 4.4316966238387126e-5, 0.0002864337073771575, 0.16867108483889226,
      -0.2841093437723836, -6.00629239567321e-6, 0.15625089243704074, -0.1437095918332933,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 1.5, alpha: 0.25, labelSmoothing: 0.1 },
    targets: 'probabilities',
    weighted: false,
    loss: 2.139735232671923,
    delta: [
      0.1702172475562207, 0.03077710603435793, 0.002257621293587007, 0.11362362576250151, 0.03491381872558469,
      -0.0003466811989313993, -0.022914089344310513, 0.12081347932859289, -0.06959375790696264,
      0.0003160362726619748, 0.13231170828260075, -0.04910162848460432,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 1.5, alpha: 0.25, labelSmoothing: 0.1 },
    targets: 'probabilities',
    weighted: true,
    loss: 1.022207917691447,
    delta: [
      0.019555428040924458, 0.003535831362588574, 0.00025936708168082485, 0.04676616764650412,
      0.014370123191749143, -0.00014268996399574097, -0.018793673678000937, 0.09908877775102376,
      -0.05707939584577057, 0.00013323407299036292, 0.0557797611341234, -0.020700187033469552,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 0, alpha: 0.25 },
    targets: 'binary',
    weighted: false,
    loss: 3.9689498362496973,
    delta: [
      0.2013573088013151, 0.10458020979727506, -0.026639964205811845, 0.24769090209495778,
      0.08999651923143893, 0.011958428431787767, 0.017750004787699777, 0.1661196360724908,
      -0.08289080161373583, -0.0020257333845095, 0.24228204766577163, -0.08312102852236909,
    ],
  },
  {
    name: 'binary-focal',
    options: { gamma: 0, alpha: 0.25 },
    targets: 'binary',
    weighted: true,
    loss: 1.7735432488528613,
    delta: [
      0.02313295755459664, 0.012014709417269362, -0.003060535348320042, 0.10194670495816442,
      0.03704152439895388, 0.004921950563333226, 0.014558195734966552, 0.1362479732422727, -0.067985362762115,
      -0.0008540054827802288, 0.10214088323172389, -0.03504203200443532,
    ],
  },
  {
    name: 'categorical-hinge',
    options: {},
    targets: 'classes',
    weighted: false,
    loss: 7.33966033966034,
    delta: [-1.0, 0.0, 1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 1.0, 0.0],
  },
  {
    name: 'categorical-hinge',
    options: {},
    targets: 'classes',
    weighted: true,
    loss: 2.9291577553315817,
    delta: [
      -0.11488511488511488, 0.0, 0.11488511488511488, 0.4115884115884116, -0.4115884115884116, 0.0, 0.0, 0.0,
      0.0, -0.42157842157842157, 0.42157842157842157, 0.0,
    ],
  },
  {
    name: 'cross-entropy',
    options: {},
    targets: 'shares',
    weighted: false,
    loss: 9.75957196443347,
    delta: [
      -0.0820841616895498, -0.20377083948695496, 0.28585500117650475, 0.7726120160984625, -0.4745766621723234,
      -0.29803535392613906, 0.0357828001403117, 0.33089916939434183, -0.3666819695346534, 0.05275317420842307,
      0.04762751250821062, -0.10038068671663358,
    ],
  },
  {
    name: 'cross-entropy',
    options: {},
    targets: 'shares',
    weighted: true,
    loss: 4.625927579429441,
    delta: [
      -0.009430248345952272, -0.02341023630469512, 0.0328404846506474, 0.3179981524800865,
      -0.19533025456043682, -0.12266789791964965, 0.0293483305846113, 0.2713968212515031,
      -0.30074515183611433, 0.022239599916038452, 0.020078731546917947, -0.04231833146295641,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 2 },
    targets: 'classes',
    weighted: false,
    loss: 5.400075531758592,
    delta: [
      -0.17068954397498115, 0.04311225463344655, 0.12757728934153456, 1.0381958792367865, -1.038682099319697,
      0.0004862200829104801, 0.00017244474873525268, -0.00018449081585597023, 1.204606712071802e-5,
      -0.2094489796420954, 0.20943193952014738, 1.7040121948085344e-5,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 2 },
    targets: 'classes',
    weighted: true,
    loss: 2.197953565702973,
    delta: [
      -0.019609687869253576, 0.004952956326519833, 0.014656731542733743, 0.4273093928527033,
      -0.4275095154043108, 0.0002001225516075103, 0.00014143570300863381, -0.0001513156441735779,
      9.879941164944551e-6, -0.08829917023872554, 0.08829198649101118, 7.183747714377637e-6,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 0.5 },
    targets: 'shares',
    weighted: false,
    loss: 9.379708895689106,
    delta: [
      -0.03603733266627775, -0.23136339099531306, 0.26740072366159073, 0.7794992665900984,
      -0.4809111976678734, -0.2985880689222249, 0.019410307946475473, 0.35078405015073333,
      -0.3701943580972088, 0.07134911616624871, 0.029049955214631648, -0.10039907138088015,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 0.5 },
    targets: 'shares',
    weighted: true,
    loss: 4.508173277665745,
    delta: [
      -0.004140153103518418, -0.026580209754706288, 0.030720362858224715, 0.3208328649701504,
      -0.1979374759632006, -0.12289538900694973, 0.015919942881175188, 0.2877059991745775,
      -0.3036259420557526, 0.030079247774382555, 0.012246834266308227, -0.042326082040690736,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 3, labelSmoothing: 0.1 },
    targets: 'classes',
    weighted: false,
    loss: 5.872996026541209,
    delta: [
      -0.042081474916001234, -0.014179177553810733, 0.05626065246981195, 1.0225525928006798,
      -0.9893877666603101, -0.03316482614036954, -0.03827289537777319, 0.07268554045627187,
      -0.034412645078498685, -0.08296648731101783, 0.11632194212421934, -0.033355454813201506,
    ],
  },
  {
    name: 'focal',
    options: { gamma: 3, labelSmoothing: 0.1 },
    targets: 'classes',
    weighted: true,
    loss: 2.5117443596045357,
    delta: [
      -0.004834535080259883, -0.001628976442245988, 0.00646351152250587, 0.4208707974364436,
      -0.407220539324723, -0.013650258111720525, -0.031390656448703085, 0.05961521350109812,
      -0.028224557052395023, -0.03497688076448503, 0.0490388207556649, -0.014061939991179856,
    ],
  },
  {
    name: 'hinge',
    options: {},
    targets: 'binary',
    weighted: false,
    loss: 9.58941058941059,
    delta: [
      0.3333333333333333, 0.3333333333333333, -0.3333333333333333, 0.3333333333333333, 0.3333333333333333,
      0.0, 0.0, 0.3333333333333333, -0.3333333333333333, -0.0, 0.3333333333333333, -0.3333333333333333,
    ],
  },
  {
    name: 'hinge',
    options: {},
    targets: 'binary',
    weighted: true,
    loss: 4.733154624263515,
    delta: [
      0.038295038295038296, 0.038295038295038296, -0.038295038295038296, 0.13719613719613719,
      0.13719613719613719, 0.0, 0.0, 0.2733932733932734, -0.2733932733932734, -0.0, 0.1405261405261405,
      -0.1405261405261405,
    ],
  },
  {
    name: 'huber',
    options: { delta: 1 },
    targets: 'values',
    weighted: false,
    loss: 9.696333802727409,
    delta: [
      0.3333333333333333, 0.09623709623709625, 0.20079920079920083, 0.3333333333333333, 0.10456210456210453,
      -0.3333333333333333, -0.3333333333333333, 0.3333333333333333, -0.3333333333333333, 0.3333333333333333,
      0.3333333333333333, -0.3333333333333333,
    ],
  },
  {
    name: 'huber',
    options: { delta: 1 },
    targets: 'values',
    weighted: true,
    loss: 4.9913219568389575,
    delta: [
      0.038295038295038296, 0.01105620985740866, 0.023068839252655442, 0.13719613719613719,
      0.043036550529058006, -0.13719613719613719, -0.2733932733932734, 0.2733932733932734,
      -0.2733932733932734, 0.1405261405261405, 0.1405261405261405, -0.1405261405261405,
    ],
  },
  {
    name: 'huber',
    options: { delta: 2.5 },
    targets: 'values',
    weighted: false,
    loss: 18.628725337266797,
    delta: [
      0.7792207792207793, 0.09623709623709625, 0.20079920079920083, 0.8333333333333333, 0.10456210456210453,
      -0.7632367632367633, -0.8333333333333333, 0.5308025308025308, -0.8333333333333333, 0.8333333333333333,
      0.8333333333333333, -0.8333333333333333,
    ],
  },
  {
    name: 'huber',
    options: { delta: 2.5 },
    targets: 'values',
    weighted: true,
    loss: 9.656916424653183,
    delta: [
      0.08952086874164798, 0.01105620985740866, 0.023068839252655442, 0.342990342990343, 0.043036550529058006,
      -0.31413940704649995, -0.6834831834831835, 0.4353535242646132, -0.6834831834831835, 0.3513153513153513,
      0.3513153513153513, -0.3513153513153513,
    ],
  },
  {
    name: 'kl-divergence',
    options: {},
    targets: 'shares',
    weighted: false,
    loss: 6.400109004485756,
    delta: [
      -0.0820841616895498, -0.20377083948695496, 0.28585500117650475, 0.7726120160984625, -0.4745766621723234,
      -0.29803535392613906, 0.0357828001403117, 0.33089916939434183, -0.3666819695346534, 0.05275317420842307,
      0.04762751250821062, -0.10038068671663358,
    ],
  },
  {
    name: 'kl-divergence',
    options: {},
    targets: 'shares',
    weighted: true,
    loss: 3.1694156544053325,
    delta: [
      -0.009430248345952272, -0.02341023630469512, 0.0328404846506474, 0.3179981524800865,
      -0.19533025456043682, -0.12266789791964965, 0.0293483305846113, 0.2713968212515031,
      -0.30074515183611433, 0.022239599916038452, 0.020078731546917947, -0.04231833146295641,
    ],
  },
  {
    name: 'kl-divergence',
    options: {},
    targets: 'classes',
    weighted: false,
    loss: 6.398182877990418,
    delta: [
      -0.4075239700933363, 0.10293118581693671, 0.3045927842763996, 0.9943205208251952, -0.9947861926851438,
      0.00046567185994864975, 0.03706055384777376, -0.039649405769653034, 0.002588851921879389,
      -0.4388888344249293, 0.43885312778518815, 3.57066397412554e-5,
    ],
  },
  {
    name: 'kl-divergence',
    options: {},
    targets: 'classes',
    weighted: true,
    loss: 2.500413026146852,
    delta: [
      -0.046818438122611064, 0.011825261107839881, 0.03499317701477118, 0.4092508037762042,
      -0.40944246891736186, 0.000191665141157686, 0.030396318390631623, -0.03251964249439075,
      0.002123324103759219, -0.1850260620652549, 0.18501100891643296, 1.505314882198779e-5,
    ],
  },
  {
    name: 'log-cosh',
    options: {},
    targets: 'values',
    weighted: false,
    loss: 9.136291663972905,
    delta: [
      0.32717573891988727, 0.09364941736737471, 0.17958448343641337, 0.33331603553994793, 0.10126231665931773,
      -0.3265622503874204, -0.32913355596120203, 0.3068392200042901, -0.333328612919317, 0.33139618225722134,
      0.33315916297163645, -0.33333114602975705,
    ],
  },
  {
    name: 'log-cosh',
    options: {},
    targets: 'values',
    weighted: true,
    loss: 4.705594046858043,
    delta: [
      0.03758762235343361, 0.010758924073174917, 0.020631584011176363, 0.13718901762483374,
      0.04167839606757133, -0.1344092379216955, -0.2699487007434035, 0.25166333628723503,
      -0.27338940180495436, 0.1397094794331143, 0.14045271405997062, -0.14052521840615131,
    ],
  },
  {
    name: 'mean-absolute-error',
    options: {},
    targets: 'values',
    weighted: false,
    loss: 11.507159507159507,
    delta: [
      0.3333333333333333, 0.3333333333333333, 0.3333333333333333, 0.3333333333333333, 0.3333333333333333,
      -0.3333333333333333, -0.3333333333333333, 0.3333333333333333, -0.3333333333333333, 0.3333333333333333,
      0.3333333333333333, -0.3333333333333333,
    ],
  },
  {
    name: 'mean-absolute-error',
    options: {},
    targets: 'values',
    weighted: true,
    loss: 5.830412012230195,
    delta: [
      0.038295038295038296, 0.038295038295038296, 0.038295038295038296, 0.13719613719613719,
      0.13719613719613719, -0.13719613719613719, -0.2733932733932734, 0.2733932733932734, -0.2733932733932734,
      0.1405261405261405, 0.1405261405261405, -0.1405261405261405,
    ],
  },
  {
    name: 'poisson',
    options: { logInput: true },
    targets: 'counts',
    weighted: false,
    loss: 59.51165315425921,
    delta: [
      0.04650608919406074, -0.7602797398907828, 0.7093774437223543, 34.755796171034376, -1.1458446637136694,
      -0.983254425752883, 0.025475428996922705, -0.6731882239008318, -0.9982204228897851, 12.379121617644197,
      9.464003800216737, -0.33248194504351725,
    ],
  },
  {
    name: 'poisson',
    options: { logInput: true },
    targets: 'counts',
    weighted: true,
    loss: 26.500907565493193,
    delta: [
      0.00534285739991705, -0.08734482526217784, 0.0814969091189518, 14.305082939526637, -0.47161638506496684,
      -0.4046961272829048, 0.02089443277369984, -0.5521353964261567, -0.8187202469455681, 5.2187705520937575,
      3.9898197839075555, -0.1401672135947695,
    ],
  },
  {
    name: 'poisson',
    options: { logInput: false },
    targets: 'counts',
    weighted: false,
    loss: 5.235326334792032,
    delta: [
      -0.6052508138336423, -2.6999999079888917, 0.3333333333333333, 0.11944444490192901, -1.9837962560281237,
      -0.0010020028902148481, 0.3333333333333333, -1.617933694641058, 0.14222985908990946,
      0.06250000073350692, 0.04318840663894219, 0.27749888452011984,
    ],
  },
  {
    name: 'poisson',
    options: { logInput: false },
    targets: 'counts',
    weighted: true,
    loss: 2.416172077356378,
    delta: [
      -0.06953430928158727, -0.3101897996191035, 0.038295038295038296, 0.049161949350244524,
      -0.8165075499336532, -0.00041241277799050624, 0.2733932733932734, -1.3269965667335752,
      0.11665406025256311, 0.026348651657882055, 0.018207300301332288, 0.1169875417257648,
    ],
  },
  {
    name: 'quantile',
    options: { quantile: 0.5 },
    targets: 'values',
    weighted: false,
    loss: 5.7535797535797535,
    delta: [
      0.16666666666666666, 0.16666666666666666, 0.16666666666666666, 0.16666666666666666, 0.16666666666666666,
      -0.16666666666666666, -0.16666666666666666, 0.16666666666666666, -0.16666666666666666,
      0.16666666666666666, 0.16666666666666666, -0.16666666666666666,
    ],
  },
  {
    name: 'quantile',
    options: { quantile: 0.5 },
    targets: 'values',
    weighted: true,
    loss: 2.9152060061150973,
    delta: [
      0.019147519147519148, 0.019147519147519148, 0.019147519147519148, 0.06859806859806859,
      0.06859806859806859, -0.06859806859806859, -0.1366966366966367, 0.1366966366966367, -0.1366966366966367,
      0.07026307026307026, 0.07026307026307026, -0.07026307026307026,
    ],
  },
  {
    name: 'quantile',
    options: { quantile: 0.9 },
    targets: 'values',
    weighted: false,
    loss: 5.700832500832501,
    delta: [
      0.033333333333333326, 0.033333333333333326, 0.033333333333333326, 0.033333333333333326,
      0.033333333333333326, -0.3, -0.3, 0.033333333333333326, -0.3, 0.033333333333333326,
      0.033333333333333326, -0.3,
    ],
  },
  {
    name: 'quantile',
    options: { quantile: 0.9 },
    targets: 'values',
    weighted: true,
    loss: 3.394368269093544,
    delta: [
      0.0038295038295038286, 0.0038295038295038286, 0.0038295038295038286, 0.013719613719613716,
      0.013719613719613716, -0.12347652347652346, -0.24605394605394607, 0.027339327339327334,
      -0.24605394605394607, 0.014052614052614048, 0.014052614052614048, -0.12647352647352647,
    ],
  },
];

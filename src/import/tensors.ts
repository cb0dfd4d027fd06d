/**
 * Tensors by name, as PyTorch, Keras and NumPy have them: which belong to a layer, in which order the layers come, and
 * which way round their matrices lie.
 */
import { shortened, UserError } from '../errors.js';
import type { Tensor, Tensors } from '../formats/safetensors.js';
import type { ForeignNetwork, Learned } from './step.js';

/** What tensors of a layer are called, by what they are. */
const ROLES: Readonly<Record<string, keyof Group>> = {
  weight: 'weight',
  kernel: 'weight',
  gamma: 'weight',
  alpha: 'weight',
  w: 'weight',
  bias: 'bias',
  beta: 'bias',
  b: 'bias',
  running_mean: 'mean',
  moving_mean: 'mean',
  running_var: 'variance',
  moving_variance: 'variance',
};

interface Group {
  weight?: Tensor;
  bias?: Tensor;
  mean?: Tensor;
  variance?: Tensor;
}

/** How matrices lie: inputs × units, or units × inputs as PyTorch has them. */
export type Layout = 'in-out' | 'torch';

/**
 * @param layout how matrices lie; undefined: as the sizes say
 * @throws UserError for names that it does not know, matrices that do not follow each other, and sizes that leave it open
 */
export function networkOfTensors(
  tensors: Tensors,
  layout: Layout | undefined,
  where: string,
): ForeignNetwork {
  const groups = grouped(tensors, where);
  const order = [...groups.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const name of order) checkSides(name, groups.get(name) as Group, where);
  const matrices = order.flatMap((name) => {
    const { weight, bias } = groups.get(name) as Group;
    return weight?.shape.length === 2 ? [{ name, weight, bias }] : [];
  });
  if (matrices.length === 0) throw new UserError(`${where}: has no matrix of weights`);
  const turned = (layout ?? layoutOf(matrices, where)) === 'torch';
  const steps = order.map((name) => stepOf(name, groups.get(name) as Group, turned));
  return { steps, whole: false, notes: [], ...(!turned && { named: tensors }) };
}

/** The tensors of each layer: its name is what stands before the last dot or slash, or a number behind. */
function grouped(tensors: Tensors, where: string): Map<string, Group> {
  const groups = new Map<string, Group>();
  const strange: string[] = [];
  for (const [full, tensor] of Object.entries(tensors)) {
    const name = full.replace(/:0$/, '');
    const [, layer, own] = /^(.*)[./]([^./]+)$/.exec(name) ?? [undefined, undefined, undefined];
    const [, word, number] = /^([a-z]+)_?(\d+)$/i.exec(name) ?? [undefined, undefined, undefined];
    const role = own ?? word?.toLowerCase() ?? name;
    if (!Object.hasOwn(ROLES, role)) {
      strange.push(full);
      continue;
    }
    const key = layer ?? number ?? '';
    const group = groups.get(key) ?? {};
    group[ROLES[role]] = tensor;
    groups.set(key, group);
  }
  if (strange.length > 0) {
    throw new UserError(
      `${where}: expected tensors named weight, bias, running_mean and running_var of layers, got ` +
        `${strange
          .slice(0, 8)
          .map((name) => shortened(name))
          .join(', ')}${strange.length > 8 ? ', …' : ''}`,
    );
  }
  return groups;
}

interface Matrix {
  readonly name: string;
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

/** Each matrix has as many inputs as the one before has units, and its bias as many values as it has units. */
function layoutOf(matrices: readonly Matrix[], where: string): Layout {
  const fits = (turned: boolean): boolean => {
    const sizes = matrices.map(({ weight: { shape } }) => (turned ? [shape[1], shape[0]] : [...shape]));
    return matrices.every(
      ({ bias }, k) =>
        (k === 0 || sizes[k][0] === sizes[k - 1][1]) &&
        (bias === undefined || bias.shape.join() === `${sizes[k][1]}`),
    );
  };
  const able = (['in-out', 'torch'] as const).filter((layout) => fits(layout === 'torch'));
  if (able.length === 1) return able[0];
  if (able.length === 2) {
    throw new UserError(
      `${where}: the sizes of its matrices do not say how they lie; say --layout torch (units x inputs) ` +
        'or --layout in-out',
    );
  }
  const list = matrices.map(
    ({ name, weight, bias }) =>
      `${shortened(name)} [${weight.shape.join(', ')}]${bias ? ` with a bias of [${bias.shape.join(', ')}]` : ''}`,
  );
  throw new UserError(
    `${where}: its layers do not follow each other either way round: ${list.join(', ')}; where a way goes around ` +
      'some (residual, concat), say --layout, and give --config, whose layers these are',
  );
}

function checkSides(name: string, { weight }: Group, where: string): void {
  if (weight === undefined) throw new UserError(`${where}: the layer "${shortened(name)}" has no weight`);
  if (![1, 2].includes(weight.shape.length)) {
    throw new UserError(
      `${where}: "${shortened(name)}" has a weight of the shape [${weight.shape.join(', ')}]; expected those of dense ` +
        'layers and of norms, with two sides or one',
    );
  }
}

function stepOf(name: string, group: Group, turned: boolean): Learned {
  const { bias, mean, variance } = group;
  const weight = group.weight as Tensor;
  if (weight.shape.length === 2) {
    return { kind: 'dense', name, weight: turned ? transposed(weight) : weight, bias };
  }
  if (mean !== undefined && variance !== undefined) {
    return { kind: 'batch-norm', name, weight, bias, mean, variance };
  }
  // Norms have a bias, but for those that somebody has left it out of.
  return bias === undefined
    ? { kind: 'prelu', name, weight, orNorm: true }
    : { kind: 'layer-norm', name, weight, bias };
}

/** A matrix the other way round. */
export function transposed({ shape: [rows, cols], data: from }: Tensor): Tensor {
  const data = from.slice();
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) data[c * rows + r] = from[r * cols + c];
  return { shape: [cols, rows], data };
}

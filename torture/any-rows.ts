/** Rows that any loss can learn from. */
import { classTargets, type DataSource, type Targets } from '../src/data/source.js';
import type { Loss } from '../src/model/losses/loss.js';
import { keyed, type Random } from '../src/random.js';

const ROWS = 90;
export const FEATURES = 5;
const CLASSES = 3;

/** What rows are like beside what the loss asks for. */
export interface RowsGiven {
  /** Shares of classes and probabilities, where the loss takes them. */
  readonly soft?: boolean;
  /** Whether they have weights of their own, some of them 0. */
  readonly weighted?: boolean;
  /** Whether there is one output where there may be. */
  readonly single?: boolean;
}

type Asked = Pick<Loss, 'targets' | 'refuse'>;

/** Sparse numbers, some of them large, with targets as the loss takes them. */
export function rowsFor(
  loss: Asked,
  { soft = false, weighted = false, single = false }: RowsGiven = {},
): DataSource {
  const values = loss.targets === 'classes' ? CLASSES : single ? 1 : 2;
  const target = targetOf(loss, values, soft);
  const targets: Targets = target
    ? { kind: 'values', outputs: values, type: 'float64' }
    : classTargets(CLASSES);
  const all = () => Uint32Array.from({ length: ROWS }, (_, row) => row);
  return {
    rows: ROWS,
    features: FEATURES,
    outputs: values,
    featureType: 'float64',
    targets,
    ...(weighted && { hasWeights: true }),
    parts: { train: 60, validation: 20, test: 10 },
    split: () => ({
      train: all().subarray(0, 60),
      validation: all().subarray(60, 80),
      test: all().subarray(80),
    }),
    async read({ features: x, targets: y, weights }) {
      const random = keyed('any configuration');
      for (let k = 0; k < x.length; k++) x[k] = random.below(3) === 0 ? 0 : random.normal();
      if (target) for (let row = 0; row < ROWS; row++) y.set(target(random), row * values);
      else for (let row = 0; row < ROWS; row++) y[row] = random.below(CLASSES);
      if (weights)
        for (let row = 0; row < ROWS; row++) weights[row] = random.below(5) === 0 ? 0 : 2 * random.uniform();
    },
  };
}

/** What draws a row's targets; undefined: the number of a class. */
function targetOf(
  { targets, refuse = () => undefined }: Asked,
  outputs: number,
  soft: boolean,
): ((random: Random) => number[]) | undefined {
  const taken = (values: number[]) => refuse(values, 0, outputs) === undefined;
  const each = (draw: () => number) => Array.from({ length: outputs }, draw);
  if (targets === 'classes') {
    if (!soft || !taken([0.25, 0.25, 0.5])) return undefined;
    return (random) => {
      const shares = each(() => random.uniform());
      const sum = shares.reduce((total, share) => total + share);
      return shares.map((share) => share / sum);
    };
  }
  if (targets === 'binary') {
    const isSoft = soft && taken(each(() => 0.5));
    return (random) => each(() => (isSoft ? random.uniform() : random.below(2)));
  }
  const counts = !taken(each(() => -0.5));
  return (random) => each(() => (counts ? random.below(CLASSES) : random.normal()));
}

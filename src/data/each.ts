/**
 * Data for a loss that has several outputs for each target, such as quantiles: a row's targets stand there once for each of
 * them, one beside the other. The data themselves know nothing of it.
 */
import { UserError } from '../errors.js';
import type { FittedTarget, Preprocessing } from '../preprocess/fitted.js';
import { type DataSource, preprocessingOf } from './source.js';

/** What the output of a target's column is called. */
const nameOf = (column: string, each: string) => `${column}_${each}`;

/**
 * @param each names of a target's outputs
 * @throws UserError where targets are no values, or are read while others are learned from
 */
export function withEach(source: DataSource, each: readonly string[]): DataSource {
  const { targets } = source;
  if (targets.kind !== 'values') {
    throw new UserError(
      'loss: has several outputs for each target, which are for values; the targets are classes',
    );
  }
  if (source.stream !== undefined) {
    throw new UserError(
      'data.stream: the loss has several outputs for each target, for which rows lie in memory; leave data.stream out',
    );
  }
  const { length } = each;
  const outputs = targets.outputs * length;
  return {
    ...source,
    outputs,
    targets: { ...targets, outputs },
    each,
    ...(source.preprocessing && {
      preprocessing: { ...source.preprocessing, target: widened(preprocessingOf(source).target, each) },
    }),
    async read(window) {
      const all = window.targets as Float64Array;
      const own = all.slice(0, source.rows * targets.outputs);
      await source.read({ ...window, targets: own });
      for (let at = 0; at < own.length; at++) all.fill(own[at], at * length, (at + 1) * length);
    },
  };
}

/** The columns that stand for a target's outputs. */
export function widened(target: FittedTarget, each: readonly string[]): FittedTarget {
  if (target.kind !== 'values') return target;
  const columns = target.columns.flatMap(({ name, scale }) =>
    each.map((one) => ({ name: nameOf(name, one), scale })),
  );
  return { kind: 'values', columns };
}

/** The other way round: what stands in a file of rows to evaluate. */
export function narrowed(preprocessing: Preprocessing, each: readonly string[]): Preprocessing {
  const { target } = preprocessing;
  if (target.kind !== 'values') return preprocessing;
  const columns = target.columns
    .filter((_, k) => k % each.length === 0)
    .map(({ name, scale }) => ({ name: name.slice(0, name.length - nameOf('', each[0]).length), scale }));
  return { ...preprocessing, target: { kind: 'values', columns } };
}

/** What there is to say of a table's columns as a run begins. */
import { type FittedColumn, inputsOf, slotsOf } from '../../preprocess/fitted.js';
import type { ColumnFacts, TrainingFacts } from '../source.js';
import type { TableOptions } from './options.js';
import type { Heads } from './roles.js';

/** @param missing rows without a value, by column @param training of the columns that are used */
export function facts(
  names: readonly string[],
  { columns: heads }: Heads,
  missing: ReadonlyMap<string, number>,
  training: ReadonlyMap<string, TrainingFacts>,
  columns: readonly FittedColumn[],
  targets: readonly string[],
  { weight }: TableOptions,
): ColumnFacts[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return names.map((name) => {
    const fitted = byName.get(name);
    const role = targets.includes(name)
      ? 'target'
      : name === weight
        ? 'weight'
        : fitted
          ? 'input'
          : 'ignored';
    const slots = fitted ? slotsOf(fitted) : [];
    const becomes = fitted ? wordsOf(fitted) : '';
    const trained = training.get(name);
    return {
      name,
      type: heads.get(name)?.type ?? 'category',
      role,
      missing: missing.get(name) ?? 0,
      becomes,
      inputs: inputsOf(slots),
      ...(trained && { training: trained }),
    };
  });
}

function wordsOf(column: FittedColumn): string {
  if (column.type === 'date') return column.parts.map(({ part }) => part).join(', ');
  if (column.type === 'number') {
    const { log, center, spread } = column.scale;
    const plain = center === 0 && spread === 1;
    const scale =
      plain && !log
        ? 'as it is'
        : `${log ? 'log, ' : ''}(x ${center < 0 ? '+' : '−'} ${short(Math.abs(center))}) / ${short(spread)}`;
    return column.indicator ? `${scale}, indicator` : scale;
  }
  const { encode, codes } = column;
  if (encode.name === 'embed') return `embed ${codes} in ${encode.size}`;
  return `${encode.name} of ${codes}`;
}

const short = (value: number) => String(Number(value.toPrecision(4)));

/** A row of the window as somebody would want to see it: a picture, or cells. */
import { preprocessingOf } from '../../data/source.js';
import { type Column, textAt } from '../../data/table/column.js';
import type { WorstExample } from '../../insights.js';
import { type FittedCategory, type FittedColumn, slotsOf, unscale } from '../../preprocess/fitted.js';
import { view } from '../../shared/arena.js';
import type { Workspace } from '../workspace.js';
import { finite, short } from './numbers.js';

type Cells = NonNullable<WorstExample['cells']>;
type Shown = Pick<WorstExample, 'picture' | 'cells'>;

/** More columns are not told. */
const MOST_CELLS = 40;
/** Longer texts are cut. */
const MOST_TEXT = 200;
/** Numbers without names are told of rows that are this short. */
const MOST_NUMBERS = 16;
/** Larger pictures are made smaller by a whole number, a pixel the mean of those that it stands for. */
const MOST_SIDE = 64;

/** Height, width and channels where rows are pictures. */
export function pictureShape({ source }: Pick<Workspace, 'source'>): [number, number, number] | undefined {
  const [height, width, channels = 1] = preprocessingOf(source).matrix?.shape ?? [];
  return height > 0 && width > 0 && height * width * channels === source.features
    ? [height, width, channels]
    : undefined;
}

/** What shows a row, by its number in the window. */
export async function showerOf(workspace: Workspace): Promise<(row: number) => Shown> {
  const { source, setup } = workspace;
  const features = view(setup.memory, setup.layout.features) as ArrayLike<number>;
  const shape = pictureShape(workspace);
  const values = (row: number) =>
    Array.from({ length: source.features }, (_, k) => features[row * source.features + k]);
  if (shape) return (row) => ({ picture: pictureOf(values(row), shape) });
  const { columns } = preprocessingOf(source);
  if (columns === undefined) {
    if (source.features > MOST_NUMBERS) return () => ({});
    const named = (value: number, k: number) => [`input${k + 1}`, short(finite(value), 8)];
    return (row) => ({ cells: Object.fromEntries(values(row).map(named)) });
  }
  const told = columns.slice(0, MOST_CELLS);
  const table = source.stream ? undefined : source.table;
  const own = new Map<string, Column>();
  for (const { name } of told) {
    const column = await table?.column(name);
    if (column !== undefined) own.set(name, column);
  }
  return (row) => {
    const slots = values(row);
    const cells: Cells = {};
    let at = 0;
    for (const column of told) {
      const read = own.get(column.name);
      if (read) cells[column.name] = cellOf(read, source.numberOf?.(row) ?? row);
      else Object.assign(cells, decoded(column, slots, at));
      at += slotsOf(column).length;
    }
    return { cells };
  };
}

/** As it was read; null: it was missing. */
function cellOf(column: Column, row: number): string | number | null {
  if (column.type === 'category') return textAt(column, row)?.slice(0, MOST_TEXT) ?? null;
  const value = column.values[row];
  if (Number.isNaN(value)) return null;
  if (column.type === 'number') return finite(value);
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? value : date.toISOString();
}

/** What a column's numbers in memory were made of, as far as they tell: what stands for a missing value looks like one. */
function decoded(column: FittedColumn, slots: readonly number[], at: number): Cells {
  const { name } = column;
  switch (column.type) {
    case 'number':
      return { [name]: column.indicator && slots[at + 1] === 1 ? null : own(slots[at], column.scale) };
    case 'date':
      return Object.fromEntries(
        column.parts.map(({ part, scale }, k) => [`${name} ${part}`, own(slots[at + k], scale)]),
      );
    case 'category': {
      const { encode } = column;
      const code = encode.name === 'ordinal' ? Math.round(unscale(slots[at], encode.scale)) : slots[at];
      return { [name]: categoryOf(column, code) };
    }
  }
}

/** Without the digits that scaling has left. */
const own = (value: number, scale: Parameters<typeof unscale>[1]) => short(finite(unscale(value, scale)), 12);

function categoryOf({ categories, rare, missing }: FittedCategory, code: number): string | null {
  if (code >= 0 && code < categories.length) return categories[code].slice(0, MOST_TEXT);
  if (code === missing) return null;
  if (rare.length === 1 && code === categories.length) return rare[0].slice(0, MOST_TEXT);
  return code === categories.length ? '(rare)' : '(other)';
}

/** Bytes as they are; other numbers from the least, black, to the largest of them. */
function pictureOf(
  values: readonly number[],
  [height, width, channels]: [number, number, number],
): NonNullable<WorstExample['picture']> {
  const isBytes = values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);
  const least = isBytes ? 0 : Math.min(...values);
  const range = isBytes ? 255 : Math.max(...values) - least || 1;
  const by = Math.ceil(Math.max(height, width) / MOST_SIDE);
  const [rows, cols] = [Math.floor(height / by) || 1, Math.floor(width / by) || 1];
  const bytes = new Uint8Array(rows * cols * channels);
  for (let k = 0; k < bytes.length; k++) {
    const channel = k % channels;
    const x = (Math.floor(k / channels) % cols) * by;
    const y = Math.floor(k / (channels * cols)) * by;
    let sum = 0;
    let count = 0;
    for (let v = y; v < Math.min(height, y + by); v++) {
      for (let u = x; u < Math.min(width, x + by); u++, count++)
        sum += values[(v * width + u) * channels + channel];
    }
    bytes[k] = Math.round(((sum / count - least) / range) * 255);
  }
  return { width: cols, height: rows, channels, bytes: Buffer.from(bytes).toString('base64') };
}

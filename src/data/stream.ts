/** Data larger than memory: the option of the families that can stream, and which rows are for what. */
import { shortened, UserError } from '../errors.js';
import type { Options, Spec } from '../options.js';
import { keyed } from '../random.js';
import { RESIDENT } from './resident.js';
import type { PartRows, RowStream, Split } from './source.js';
import { rowsOf } from './splits/split.js';

const streamOptions = {
  block: {
    type: 'text',
    default: '4096 rows',
    description:
      'Neighbouring rows that are read at once, such as "4096 rows"; blocks come in a random order.',
  },
  window: {
    type: 'text',
    default: '1 GiB',
    description:
      'Memory for rows: a third of it is shuffled at a time, such as "2 GiB", "512 MiB" or "100000 rows".',
  },
} as const satisfies Options;

export const streamOption = {
  type: 'group',
  options: streamOptions,
  description: 'Rows are read while others are learned from: for data larger than memory.',
  optional: true,
} as const;

/** As it is written. */
export interface StreamSpec {
  readonly block?: string;
  readonly window?: string;
}

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

function amount(key: string, text: string, rowBytes: number): number {
  const [, count, unit] = /^([1-9]\d{0,11}) ?(rows|KiB|MiB|GiB)$/.exec(text) ?? [];
  if (count === undefined) {
    throw new UserError(
      `data.stream.${key}: expected a number of rows or bytes, such as "4096 rows" or "512 MiB", got "${shortened(text)}"`,
    );
  }
  return unit === 'rows' ? Number(count) : Math.floor((Number(count) * UNITS[unit]) / rowBytes);
}

/** Which rows are for what, without a number for each training row. */
export interface StreamedSplit {
  readonly block: number;
  readonly perWindow: number;
  readonly parts: PartRows;
  /** Rows of the source for validation, and after them those for the test, each in rising order. */
  readonly held: Uint32Array;
  readonly isTrain: RowStream['isTrain'];
  readonly trainRowsOf: RowStream['trainRowsOf'];
  /** Rows that lie in memory at a time: the windows', and the held ones after them. */
  readonly resident: number;
  split(): Split;
}

/**
 * @param rows of the whole source @param rowBytes of one in memory
 * @throws UserError for a split that cannot be streamed, and for sizes that make no window
 */
export function streamedSplit(
  { block: blockText = '4096 rows', window: windowText = '1 GiB' }: StreamSpec,
  split: Spec,
  { rows, rowBytes, seed, where }: { rows: number; rowBytes: number; seed: number; where: string },
): StreamedSplit {
  const block = Math.min(rows, amount('block', blockText, rowBytes));
  const perWindow = Math.min(
    Math.ceil(rows / block),
    Math.floor(amount('window', windowText, rowBytes) / (RESIDENT * block)),
  );
  if (block < 1 || perWindow < 1) {
    throw new UserError(
      `data.stream.window: expected room for ${RESIDENT} blocks of ${block} rows at least, that is ` +
        `${RESIDENT * block * rowBytes} bytes, got "${windowText}"`,
    );
  }
  if (split.name !== 'random') {
    throw new UserError(`data.split: expected "random" for data that are streamed, got "${split.name}"`);
  }
  const given = split as Spec & {
    validation?: number;
    test?: number;
    train?: number;
    stratify?: boolean;
    seed?: number;
  };
  if (given.train !== undefined || given.stratify) {
    throw new UserError(
      'data.split: streamed data take validation, test and seed alone: all other rows are for training',
    );
  }
  const validation = rowsOf(given.validation ?? 0.1, rows);
  const test = rowsOf(given.test ?? 0.1, rows);
  if (validation + test >= rows) {
    throw new UserError(`data.split: expected rows to be left for training of the ${rows} of ${where}`);
  }
  const drawn = draw(validation + test, rows, given.seed ?? seed);
  const held = new Uint32Array(validation + test);
  held.set(drawn.slice(0, validation).sort());
  held.set(drawn.slice(validation).sort(), validation);
  const isHeld = new Uint32Array(Math.ceil(rows / 32));
  const perBlock = Uint32Array.from({ length: Math.ceil(rows / block) }, (_, k) =>
    Math.min(block, rows - k * block),
  );
  for (const row of held) {
    isHeld[row >>> 5] |= 1 << (row & 31);
    perBlock[Math.floor(row / block)]--;
  }
  const windows = RESIDENT * block * perWindow;
  const places = (from: number, count: number) =>
    Uint32Array.from({ length: count }, (_, k) => windows + from + k);
  return {
    block,
    perWindow,
    parts: { train: rows - held.length, validation, test },
    held,
    isTrain: (row) => ((isHeld[row >>> 5] >>> (row & 31)) & 1) === 0,
    trainRowsOf: (number) => perBlock[number],
    resident: windows + held.length,
    split: () => ({
      train: new Uint32Array(0),
      validation: places(0, validation),
      test: places(validation, test),
    }),
  };
}

/** So many different rows, keyed by the seed. */
function draw(count: number, rows: number, seed: number): Uint32Array {
  const random = keyed(seed, 'split');
  const found = new Set<number>();
  // Where many are wanted, most draws would be of rows that were drawn before: then those that are not wanted are drawn.
  const few = count <= rows / 2;
  const wanted = few ? count : rows - count;
  while (found.size < wanted) found.add(random.below(rows));
  if (few) return Uint32Array.from(found);
  const rest = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < rows; row++) if (!found.has(row)) rest[at++] = row;
  // In an order of their own: the first are for validation, the others for the test.
  for (let i = rest.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [rest[i], rest[j]] = [rest[j], rest[i]];
  }
  return rest;
}

/** Rows of neighbours, so that they are read at once: [first, count] for each run of rising numbers. */
export function runsOf(
  rows: Uint32Array,
): { readonly first: number; readonly count: number; readonly at: number }[] {
  const runs: { first: number; count: number; at: number }[] = [];
  for (const [at, row] of rows.entries()) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === row) last.count++;
    else runs.push({ first: row, count: 1, at });
  }
  return runs;
}

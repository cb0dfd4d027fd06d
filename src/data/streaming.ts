/** Data larger than memory: the option of the families that can stream, and which rows are for what. */
import { Bits } from '../bits.js';
import { shortened, UserError } from '../errors.js';
import type { Options, Spec } from '../options.js';
import { keyed } from '../random.js';
import { RESIDENT, RESIDENT_LANES } from './resident.js';
import type { LaneWindow, Minibatches, PartRows, RowStream, Split } from './source.js';
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
      `data.stream.${key}: expected a whole number of rows, KiB, MiB or GiB, such as "4096 rows" or "512 MiB", got "${shortened(text)}"`,
    );
  }
  return unit === 'rows' ? Number(count) : Math.floor((Number(count) * UNITS[unit]) / rowBytes);
}

/** Which rows are for what, without a number for each training row. */
export interface DrawnParts {
  readonly parts: PartRows;
  /** Rows that are learned from lie before this one. */
  readonly rows: number;
  /** Rows of the source for validation, and after them those for the test, each in rising order. */
  readonly held: Uint32Array;
  readonly isTrain: RowStream['isTrain'];
}

/** What rows there are to draw from. */
export interface DrawnFrom {
  readonly rows: number;
  readonly seed: number;
  readonly where: string;
  /** Rows that belong to no part, and how many; default: none. */
  readonly without?: { readonly rows: Bits; readonly count: number };
  /** Rows at the end that files of their own say are for validation and, after them, for the test. */
  readonly own?: { readonly validation: number; readonly test: number };
}

/** How rows lie in memory. */
export interface StreamedSplit extends DrawnParts {
  readonly block: number;
  readonly perWindow: number;
  readonly lanes?: LaneWindow;
  readonly trainRowsOf: RowStream['trainRowsOf'];
  /** Rows that lie in memory at a time: the windows', and the held ones after them. */
  readonly resident: number;
  split(): Split;
}

type GivenSplit = Spec & {
  validation?: number;
  test?: number;
  train?: number;
  stratify?: boolean;
  seed?: number;
};

/**
 * Looks at what can be told without rows.
 * @param own whether there are files of their own for parts
 * @throws UserError for texts that are no sizes, and for a split that cannot be streamed
 */
export function checkStream({ block, window }: StreamSpec, split: Spec, own = false): void {
  if (block !== undefined) amount('block', block, 1);
  if (window !== undefined) amount('window', window, 1);
  if (split.name !== 'random' && !(own && split.name === 'files')) {
    throw new UserError(
      `data.split: expected "random" for data that are streamed${own ? ', or "files"' : ''}, got "${split.name}"`,
    );
  }
  const { train, stratify } = split as GivenSplit;
  if (train !== undefined || stratify) {
    throw new UserError(
      'data.split: streamed data take validation, test and seed alone: all other rows are for training',
    );
  }
}

/** @throws UserError for a split that cannot be streamed, or that leaves nothing to learn from */
export function drawParts(
  split: Spec,
  { rows: all, seed, where, without, own = { validation: 0, test: 0 } }: DrawnFrom,
): DrawnParts {
  const given = split as GivenSplit;
  const isFiles = split.name === 'files';
  // Of files of their own all rows are for one part; with `random` all rows are pooled.
  const rows = isFiles ? all - own.validation - own.test : all;
  const there = rows - (without?.count ?? 0);
  const drawnFor = isFiles ? 0 : 0.1;
  if (isFiles && own.validation > 0 && (given.validation ?? 0) > 0) {
    throw new UserError('data.split.validation: validation has a file of its own; leave it out');
  }
  const validation = rowsOf(given.validation ?? drawnFor, there);
  const test = isFiles ? 0 : rowsOf(given.test ?? drawnFor, there);
  const count = validation + test;
  if (count >= there) {
    throw new UserError(`data.split: expected rows to be left for training of the ${there} of ${where}`);
  }
  const drawn = draw(count, rows, given.seed ?? seed, without);
  const parts = isFiles
    ? { train: there - count, validation: validation + own.validation, test: own.test }
    : { train: there - count, validation, test };
  const held = new Uint32Array(parts.validation + parts.test);
  held.set(drawn.slice(0, validation).sort());
  held.set(drawn.slice(validation).sort(), validation);
  for (let k = count; k < held.length; k++) held[k] = rows + k - count;
  const isHeld = new Bits(rows);
  for (let k = 0; k < count; k++) isHeld.add(held[k]);
  return { parts, rows, held, isTrain: (row) => !isHeld.has(row) && !without?.rows.has(row) };
}

/**
 * @param rowBytes of a row in memory
 * @param minibatches as `DataContext` has them
 * @throws UserError for sizes that make no window
 */
export function windowsOf(
  { block: blockText = '4096 rows', window: windowText = '1 GiB' }: StreamSpec,
  drawn: DrawnParts,
  rowBytes: number,
  minibatches?: Minibatches,
): StreamedSplit {
  const { rows, parts, held, isTrain } = drawn;
  const block = Math.min(rows, amount('block', blockText, rowBytes));
  const most = amount('window', windowText, rowBytes);
  const sizes = minibatches
    ? laneWindow(minibatches, parts.train, block, most)
    : blockWindow(Math.ceil(rows / block), block, most);
  if (block < 1 || sizes.least > most) {
    throw new UserError(
      `data.stream.window: expected room for ${sizes.what} at least, that is ${sizes.least * rowBytes} bytes, ` +
        `got "${windowText}"`,
    );
  }
  const perBlock = new Uint32Array(Math.ceil(rows / block));
  for (let row = 0; row < rows; row++) if (isTrain(row)) perBlock[Math.floor(row / block)]++;
  const { places: windows, perWindow = 0, lanes } = sizes;
  const places = (from: number, count: number) =>
    Uint32Array.from({ length: count }, (_, k) => windows + from + k);
  return {
    ...drawn,
    block,
    perWindow,
    ...(lanes && { lanes }),
    trainRowsOf: (number) => perBlock[number],
    resident: windows + held.length,
    split: () => ({
      train: new Uint32Array(0),
      validation: places(0, parts.validation),
      test: places(parts.validation, parts.test),
    }),
  };
}

/** What windows are, and the places that they take together; fewer rows than `least` have no room for one. */
interface WindowPlan {
  readonly least: number;
  readonly what: string;
  readonly places: number;
  readonly perWindow?: number;
  readonly lanes?: LaneWindow;
}

function blockWindow(blocks: number, block: number, most: number): WindowPlan {
  const perWindow = Math.min(blocks, Math.floor(most / (RESIDENT * block)));
  const what = `${RESIDENT} blocks of ${block} rows`;
  return { least: RESIDENT * block, what, perWindow, places: RESIDENT * block * perWindow };
}

/** `most` counts the rows of all hosts: what is in a window must not follow from how many these are. */
function laneWindow(
  { rows, hosts }: Minibatches,
  trainRows: number,
  block: number,
  most: number,
): WindowPlan {
  const least = RESIDENT_LANES * rows + block;
  const steps = Math.min(Math.ceil(trainRows / rows), Math.floor((most - block) / (RESIDENT_LANES * rows)));
  // Of a minibatch that is not full a host has no more either, however its rows are cut.
  const own = steps * Math.ceil(rows / hosts);
  // Once in a while a minibatch is looked at whole.
  const spare = Math.max(RESIDENT_LANES * own, rows);
  const what = `${RESIDENT_LANES} minibatches of ${rows} rows and a block of ${block}`;
  return { least, what, places: spare + block, lanes: { steps, rows: own, spare } };
}

/**
 * @param rows of the whole source @param rowBytes of one in memory
 * @throws UserError for a split that cannot be streamed, and for sizes that make no window
 */
export function streamedSplit(
  stream: StreamSpec,
  split: Spec,
  { rowBytes, minibatches, ...from }: DrawnFrom & { rowBytes: number; minibatches?: Minibatches | undefined },
): StreamedSplit {
  checkStream(stream, split);
  return windowsOf(stream, drawParts(split, from), rowBytes, minibatches);
}

/** So many different rows, keyed by the seed. */
function draw(count: number, rows: number, seed: number, without?: DrawnFrom['without']): Uint32Array {
  const random = keyed(seed, 'split');
  const there = rows - (without?.count ?? 0);
  const found = new Bits(rows);
  // Where many are wanted, most draws would be of rows that were drawn before: then those that are not wanted are drawn.
  const few = count <= there / 2;
  const drawn = new Uint32Array(few ? count : there - count);
  for (let at = 0; at < drawn.length; ) {
    const row = random.below(rows);
    if (found.has(row) || without?.rows.has(row)) continue;
    found.add(row);
    drawn[at++] = row;
  }
  if (few) return drawn;
  const rest = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < rows; row++) if (!found.has(row) && !without?.rows.has(row)) rest[at++] = row;
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

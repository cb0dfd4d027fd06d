/** What is to be predicted of rows of numbers without names: classes that labels name, or values. */
import { quoted, UserError } from '../../errors.js';
import type { FittedTarget } from '../../preprocess/fitted.js';
import { unscaled } from '../../preprocess/fitted.js';
import { classTargets, type DataContext, MOST_CLASSES, type Targets } from '../source.js';
import { byCodePoint } from '../table/fit.js';

/** Targets of all rows, in memory: labels or values. */
export interface Given {
  /** A row's values lie next to each other; texts are labels. */
  readonly values: ArrayLike<number> | readonly string[];
  readonly rows: number;
  /** Values a row. */
  readonly width: number;
  /** How values to predict lie in memory. */
  readonly as: 'float32' | 'float64';
  /** Where a value stands, for messages. @param at its number */
  place(at: number): string;
}

export interface TargetOptions {
  readonly type?: 'class' | 'value';
  /** How many classes there are, numbered from 0; or what they are called, in this order. */
  readonly classes?: number | readonly string[];
}

/** Targets, once it is known what they are. */
export interface PlannedTarget {
  readonly outputs: number;
  readonly targets: Targets;
  readonly fitted: FittedTarget;
  /** Each row's class; undefined where there is none. */
  readonly classes: ArrayLike<number> | undefined;
  /** Writes those of all rows. */
  fill(into: { [at: number]: number }): void;
}

/**
 * @param takes what the loss takes targets for, which decides where `type` does not
 * @throws UserError for what is neither, with its place
 */
export function planTarget(
  given: Given,
  options: TargetOptions,
  takes: DataContext['targets'],
): PlannedTarget {
  const type = options.type ?? (takes === 'values' ? 'value' : 'class');
  if (type === 'value') {
    if (options.classes !== undefined) {
      throw new UserError(
        'data.target.classes: is for classes, and the target is of values; leave it out, or set type: class',
      );
    }
    return values(given);
  }
  if (takes === 'binary') return binary(given, options);
  if (given.width > 1) {
    throw new UserError(
      `data.target: expected a label a row, got ${given.width} values; set data.target.type: value, or use a loss for several labels a row`,
    );
  }
  const { names, numeric, codes } = classed(given, 0, options);
  return {
    outputs: names.length,
    targets: classTargets(names.length),
    fitted: { kind: 'class', column: 'class', classes: names, numeric },
    classes: codes,
    fill: (into) => copy(codes, into),
  };
}

function values({ values, rows, width, as, place }: Given): PlannedTarget {
  for (let at = 0; at < rows * width; at++) {
    if (Number.isFinite(values[at])) continue;
    const got = typeof values[at] === 'string' ? quoted(String(values[at])) : String(values[at]);
    throw new UserError(`${place(at)}: expected a finite number to predict, got ${got}`);
  }
  const columns = Array.from({ length: width }, (_, k) => ({ name: `output${k + 1}`, scale: unscaled }));
  return {
    outputs: width,
    targets: { kind: 'values', outputs: width, type: as },
    fitted: { kind: 'values', columns },
    classes: undefined,
    fill: (into) => copy(values as ArrayLike<number>, into),
  };
}

function binary(given: Given, options: TargetOptions): PlannedTarget {
  const { rows, width } = given;
  const each = Array.from({ length: width }, (_, k) => classed(given, k, options));
  const many = each.findIndex(({ names }) => names.length > 2);
  if (many >= 0) {
    throw new UserError(
      `data.target: expected two classes${width > 1 ? ' a column' : ''}, which the loss is for, got ${each[many].names.length}` +
        `${width > 1 ? ` in column ${many + 1}` : ''}; use cross-entropy with a softmax of as many units`,
    );
  }
  return {
    outputs: width,
    targets: { kind: 'values', outputs: width, type: 'float64' },
    fitted: {
      kind: 'binary',
      columns: each.map(({ names, numeric }, k) => ({
        name: width === 1 ? 'class' : `output${k + 1}`,
        classes: [names[0], names[1]],
        numeric,
      })),
    },
    classes: width === 1 ? each[0].codes : undefined,
    fill(into) {
      for (const [k, { codes }] of each.entries())
        for (let r = 0; r < rows; r++) into[r * width + k] = codes[r];
    },
  };
}

interface Classed {
  readonly names: string[];
  readonly numeric: boolean;
  readonly codes: Uint16Array;
}

/** The classes of one column of labels: numbers by size, texts by code point, or as the options have them. */
function classed({ values, rows, width, place }: Given, column: number, { classes }: TargetOptions): Classed {
  const found = new Set<number | string>();
  for (let r = 0; r < rows; r++) {
    const at = r * width + column;
    const label = values[at];
    if (typeof label === 'number' && !Number.isSafeInteger(label)) {
      throw new UserError(
        `${place(at)}: expected a label, a whole number, got ${label}; for values to predict set data.target.type: value`,
      );
    }
    found.add(label);
    if (found.size > MOST_CLASSES) {
      throw new UserError(
        `data.target: expected at most ${MOST_CLASSES} classes, got more; for values set data.target.type: value`,
      );
    }
  }
  const numeric = [...found].every((label) => typeof label === 'number');
  if (!numeric && [...found].some((label) => typeof label === 'number')) {
    throw new UserError('data.target: expected labels that are all numbers or all texts, got both');
  }
  const sorted = [...found].sort((a, b) =>
    numeric ? Number(a) - Number(b) : byCodePoint(String(a), String(b)),
  );
  const order = orderOf(sorted, numeric, classes);
  if (order.length < 2) {
    throw new UserError(
      `data.target: every label is ${JSON.stringify(sorted[0])}; there is nothing to tell apart`,
    );
  }
  const places = new Map(order.map((label, code) => [label, code]));
  const codes = new Uint16Array(rows);
  for (let r = 0; r < rows; r++) {
    const at = r * width + column;
    const code = places.get(values[at]);
    if (code === undefined) {
      const expected =
        typeof classes === 'number' ? `a label from 0 to ${classes - 1}` : 'one of data.target.classes';
      throw new UserError(`${place(at)}: expected ${expected}, got ${JSON.stringify(values[at])}`);
    }
    codes[r] = code;
  }
  // Numbered labels may have names of their own.
  const names = numeric && typeof classes === 'object' ? [...classes] : order.map(String);
  return { names, numeric: numeric && typeof classes !== 'object', codes };
}

/** The labels in the order of their classes. */
function orderOf(
  sorted: readonly (number | string)[],
  numeric: boolean,
  classes: TargetOptions['classes'],
): (number | string)[] {
  if (classes === undefined) return [...sorted];
  if (!numeric && typeof classes === 'number') {
    throw new UserError(
      'data.target.classes: expected the names of the classes in their order, got a number, and labels are texts',
    );
  }
  const count = typeof classes === 'number' ? classes : classes.length;
  return numeric ? Array.from({ length: count }, (_, k) => k) : [...(classes as readonly string[])];
}

function copy(from: ArrayLike<number>, into: { [at: number]: number }): void {
  for (let at = 0; at < from.length; at++) into[at] = from[at];
}

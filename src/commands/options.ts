/** The options that commands share, and how their values are read. */
import { given, UserError } from '../errors.js';
import { maxThreads } from '../machine/cores.js';

/** Every value arrives as text, twice where an option is given twice: here alone it becomes what it stands for. */
export type Text = string | string[] | undefined;

/** One option of a command. */
export interface Option<T> {
  readonly describe: string;
  /** A flag, which takes no value. */
  readonly flag?: true;
  /** May be given several times. */
  readonly repeats?: true;
  /** What is asked of the command where the option is not there. @param name as on the command line, without dashes */
  readonly read: (value: unknown, name: string) => T;
}

export type Options = Readonly<Record<string, Option<unknown>>>;

/** What a command gets of its options. */
export type Values<O extends Options> = { readonly [Key in keyof O]: ReturnType<O[Key]['read']> };

/** As everywhere, the last of several wins, so that a script's options can be overridden after them. */
export function last(value: Text): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value;
}

export const text = (describe: string): Option<string | undefined> => ({
  describe,
  read: (value) => last(value as Text),
});

export const flag = (describe: string): Option<boolean> => ({
  describe,
  flag: true,
  read: (value) => value === true,
});

/** A whole number in digits, from `min` to `max`. */
export const whole = (describe: string, min: number, max: number): Option<number | undefined> => ({
  describe,
  read: (value, name) => {
    const digits = last(value as Text);
    if (digits === undefined) return undefined;
    const number = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new UserError(`--${name}: expected a whole number from ${min} to ${max}, got ${given(digits)}`);
  },
});

/** One of some words. */
export const word = (describe: string, words: readonly string[]): Option<string | undefined> => ({
  describe,
  read: (value, name) => {
    const found = last(value as Text);
    if (found === undefined || words.includes(found)) return found;
    throw new UserError(`--${name}: expected ${words.join(' or ')}, got ${given(found)}`);
  },
});

/** Names with commas between them; may be given several times. */
export const list = (describe: string): Option<string[] | undefined> => ({
  describe,
  repeats: true,
  read: (value) =>
    (value as string[] | undefined)?.flatMap((names) => names.split(',').map((name) => name.trim())),
});

export const threads: Option<number | 'auto'> = {
  describe: `Worker threads, 1 to ${maxThreads}, or auto (default): as many as pay`,
  read: (value, name) => {
    const asked = last(value as Text) ?? 'auto';
    if (asked === 'auto') return asked;
    const number = /^\d+$/.test(asked) ? Number(asked) : Number.NaN;
    if (number >= 1 && number <= maxThreads) return number;
    throw new UserError(
      `--${name}: expected auto or a whole number from 1 to ${maxThreads}, got ${given(asked)}`,
    );
  },
};

/** Of every command that has a configuration. */
const set: Option<string[] | undefined> = {
  describe: 'path=value, e.g. train.batchSize=32; may be repeated',
  repeats: true,
  read: (value) => value as string[] | undefined,
};
export const setOption = { set };

/** Of every command that begins with a configuration: what stands in place of parts of it. */
export const configOptions = {
  ...setOption,
  seed: whole("In place of the file's seed", 0, Number.MAX_SAFE_INTEGER),
  engine: text("What computes, in place of the file's engine; auto chooses"),
};

/** Of commands that several hosts can carry out together. */
export const nodes = whole('Hosts that train together, started by mpirun: 1, 2, 4, …', 1, 4096);

/** Of every command that computes. */
export const runOptions = {
  threads,
  quiet: flag('Show the result only'),
  'no-cache': flag('Neither keep tables that were read nor use kept ones'),
};

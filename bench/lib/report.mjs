/** The figures of the trainers' benchmark as Markdown, and as files to keep. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { markdown, perSecond, root } from './tools.mjs';

const none = '–';
const thousands = (value) => Math.round(value).toLocaleString('en-US');
const micro = (value) => (value < 100 ? value.toFixed(1) : thousands(value));

/** What was measured, and each case with its tables. */
export function report({ machine, date, cores, settings, cases }) {
  const { reps, seconds, averaging, by } = settings;
  return [
    '# Trainers',
    `${machine}; ${date}`,
    `Real MNIST, plain gradient descent on cross-entropy, ReLU layers. ${reps === 1 ? 'One repetition' : `Medians of ${reps} repetitions in turns`}, ` +
      `${seconds} s measured in each after a warm-up. gradpool's averaging: ${averaging}.${
        by === 'cpu'
          ? ' Ratios are of examples a second of processor time, in the table of all cases too.'
          : ''
      }`,
    ...(cases.length > 1 ? [markdown(cases.map((one) => summaryRow(one, by)))] : []),
    ...cases.flatMap((one) => caseReport(one, cores)),
  ].join('\n\n');
}

/** What results are compared by. */
export const figureOf = (result, by) =>
  by === 'cpu' ? (result.examplesPerCpuSecond ?? 0) : result.examplesPerSecond;

/** A case in one line: gradpool as a default install has it (native), with the kernels alone, the best peer, and the limit. */
function summaryRow({ name, batch, results }, by) {
  const figure = (found) => figureOf(found, by);
  const best = (wanted) =>
    results.filter((result) => !result.notHere && wanted(result)).sort((a, b) => figure(b) - figure(a))[0];
  const peer = best(({ kind }) => kind === 'peer');
  const limit = best(({ kind }) => kind === 'limit');
  const to = (found, other) => (found && other ? `${(figure(found) / figure(other)).toFixed(2)} ×` : none);
  const speed = (found) => (found ? perSecond(figure(found)) : none);
  const called = (found) => (found ? `${found.name} ${found.version}, ${speed(found)}` : none);
  const [native, wasm] = ['native', 'wasm'].map((engine) =>
    best((result) => result.name === `gradpool ${engine}`),
  );
  return {
    'case (batch)': `${name} (${batch})`,
    'default install (native)': speed(native),
    'to the best peer': to(native, peer),
    'to C': to(native, limit),
    'kernels alone (wasm)': speed(wasm),
    'theirs to the best peer': to(wasm, peer),
    'best peer': called(peer),
    'best C': called(limit),
  };
}

const times = (value) => `${value.toFixed(value < 0.1 ? 3 : 2)} ×`;

function caseReport({ name, widths, batch, peak, best, results, runs, unreal }, cores) {
  const ours = results.filter(({ kind, notHere }) => kind === 'gradpool' && !notHere);
  const speed = peak.notHere
    ? `Peak: not here: ${peak.notHere}.`
    : `Peak: ${peak.library}, cblas_sgemm 1024³, ${peak.gflopsOfOneCore.toFixed(1)} GFLOP/s on one core × ${cores}.`;
  return [
    `## ${name}: ${widths.join('–')}, ${batch === 1 ? 'one example' : `${batch} examples`} a step`,
    `${speed} The best peer: ${best ?? 'none was measured'}.${
      unreal > 0 ? ` Before ${unreal} of ${runs} runs the cores were not all real.` : ''
    }`,
    markdown(results.map(row)),
    ...(ours.length > 0 ? [markdown(ours.map(stepRow))] : []),
  ];
}

function row({
  name,
  version,
  threads,
  examplesPerSecond,
  examplesPerCpuSecond,
  ratio,
  toLimit,
  gflops,
  ofPeak,
  notHere,
  remarks,
}) {
  const known = (value, text) => (value === undefined || value === null ? none : text(value));
  return {
    trainer: [name, version].filter(Boolean).join(', '),
    threads: known(threads, String),
    'examples/s': known(examplesPerSecond, perSecond),
    'a CPU second': known(examplesPerCpuSecond, perSecond),
    'to the best peer': known(ratio, times),
    'to C': known(toLimit, times),
    'GFLOP/s': known(gflops, (value) => value.toFixed(1)),
    'of peak': known(ofPeak, (value) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`),
    '': (notHere ? [`not here: ${notHere}`, ...remarks] : remarks).join('; '),
  };
}

function stepRow({ name, threads, step, peakMemoryBytes }) {
  return {
    'a step, µs': name,
    threads: String(threads),
    step: micro(step.microseconds),
    compute: micro(step.compute),
    wait: micro(step.wait),
    'average + update': micro(step.update),
    other: micro(step.other),
    'peak memory, MB': peakMemoryBytes ? thousands(peakMemoryBytes / 1e6) : none,
  };
}

/** Writes both forms to bench/results/, beside what is there already. @returns the two files' paths */
export function save(found) {
  const folder = join(root, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const processor = (cpus()[0]?.model ?? 'unknown')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const base = join(folder, `${processor}-${found.date}`);
  let name = base;
  for (let k = 2; existsSync(`${name}.json`) || existsSync(`${name}.md`); k++) name = `${base}-${k}`;
  writeFileSync(`${name}.json`, `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(`${name}.md`, `${report(found)}\n`);
  return [`${name}.json`, `${name}.md`];
}

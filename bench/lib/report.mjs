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
  const { reps, seconds, averaging } = settings;
  return [
    '# Trainers',
    `${machine}; ${date}`,
    `Real MNIST, plain gradient descent on cross-entropy, ReLU layers. ${reps === 1 ? 'One repetition' : `Medians of ${reps} repetitions in turns`}, ` +
      `${seconds} s measured in each after a warm-up. gradpool's averaging: ${averaging}.`,
    ...(cases.length > 1 ? [markdown(cases.map(summaryRow))] : []),
    ...cases.flatMap((one) => caseReport(one, cores)),
  ].join('\n\n');
}

/** A case in one line: gradpool as a default install has it (native), with the kernels alone, and the best of the peers. */
function summaryRow({ name, batch, results }) {
  const best = (wanted) =>
    results
      .filter((result) => !result.notHere && wanted(result))
      .sort((a, b) => b.examplesPerSecond - a.examplesPerSecond)[0];
  const peer = best(({ kind }) => kind === 'peer');
  const ours = (engine) => best((result) => result.name === `gradpool ${engine}`);
  const cells = (found) => [
    found ? perSecond(found.examplesPerSecond) : none,
    found && peer ? `${(found.examplesPerSecond / peer.examplesPerSecond).toFixed(2)} ×` : none,
  ];
  const [native, nativeRatio] = cells(ours('native'));
  const [wasm, wasmRatio] = cells(ours('wasm'));
  return {
    'case (batch)': `${name} (${batch})`,
    'default install (native)': native,
    'to the best peer': nativeRatio,
    'kernels alone (wasm)': wasm,
    'their ratio': wasmRatio,
    'best peer': peer ? `${peer.name} ${peer.version}, ${perSecond(peer.examplesPerSecond)}` : none,
    'best PyTorch': cells(best((result) => result.name.startsWith('PyTorch')))[0],
  };
}

function caseReport({ name, widths, batch, peak, best, results, runs, unreal }, cores) {
  const ours = results.filter(({ kind, notHere }) => kind === 'gradpool' && !notHere);
  const speed = peak.notHere
    ? `Peak: not here: ${peak.notHere}.`
    : `Peak: ${peak.library}, cblas_sgemm 1024³, ${peak.gflopsOfOneCore.toFixed(1)} GFLOP/s on one core × ${cores}.`;
  return [
    `## ${name}: ${widths.join('–')}, ${batch === 1 ? 'one example' : `${batch} examples`} a step`,
    `${speed} Ratios are to ${best ?? 'the best peer, of which none was measured'}.${
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
    ratio: known(ratio, (value) => `${value.toFixed(value < 0.1 ? 3 : 2)} ×`),
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

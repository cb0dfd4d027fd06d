/**
 * gradpool beside the trainers that somebody might use instead, on the cases of peers/cases.json, run in turns:
 * `npm run bench`. How each is run stands in lib/.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cases, operations } from './lib/cases.mjs';
import { CommandFailed, jsonLines } from './lib/children.mjs';
import { realCores } from './lib/cores.mjs';
import { gradpoolContenders } from './lib/ours.mjs';
import { peerContenders, peerNames } from './lib/peers.mjs';
import { figureOf, report, save } from './lib/report.mjs';
import {
  count,
  fail,
  machine,
  median,
  namesFrom,
  optionsOf,
  perSecond,
  positive,
  root,
} from './lib/tools.mjs';

const caseNames = Object.keys(cases);
const cores = availableParallelism();

const help = `npm run bench [-- options]
  --case a,b        of ${caseNames.join(', ')} (default: all)
  --engine a,b      gradpool's engines (default native,wasm); one that it refuses is told in the table
  --threads 1,2     gradpool gets a row for each, a peer one for its best (default: 1 and the cores)
  --peer a,b        of ${peerNames.join(', ')}, or none (default: all)
  --skip a,b        contenders in whose name and version one of these stands, e.g. compiled,float64,1.13
  --averaging A     train.averaging for gradpool: slices, shards, or default for the configuration's (default slices)
  --reps N          repetitions, run in turns (default 5)
  --seconds S       seconds measured in each (default 2)
  --by cpu          ratios and the best by examples a second of processor time, for a busy machine and --threads 1
                    (default time: by examples a second)
  --patience S      seconds to wait before each run for cores that are real and idle (default 30)
  --json            the figures as one JSON object
  --save            keep both forms in bench/results/
Everything takes about two hours: 5 × 6 × some 45 runs of 3 s. More Pythons to look into for peers:
GRADPOOL_PYTHONS=a/bin/python:b/bin/python`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    case: { type: 'string', default: caseNames.join(',') },
    engine: { type: 'string', default: 'native,wasm' },
    threads: { type: 'string', default: cores > 1 ? `1,${cores}` : '1' },
    peer: { type: 'string', default: peerNames.join(',') },
    skip: { type: 'string', default: '' },
    averaging: { type: 'string', default: 'slices' },
    reps: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    by: { type: 'string', default: 'time' },
    patience: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const chosen = namesFrom('case', options.case, caseNames);
  const threads = options.threads.split(',').map((text) => count('threads', text));
  const peers = options.peer === 'none' ? [] : namesFrom('peer', options.peer, peerNames);
  const [averaging] = namesFrom('averaging', options.averaging, ['slices', 'shards', 'default']);
  const reps = count('reps', options.reps);
  const seconds = positive('seconds', options.seconds);
  const patience = positive('patience', options.patience);
  const [by] = namesFrom('by', options.by, ['time', 'cpu']);
  const engines = options.engine.split(',');
  if (engines.includes('')) fail(`bench: --engine: expected names between commas, got "${options.engine}"`);

  const skipped = options.skip.split(',').filter(Boolean);
  const contenders = [
    ...gradpoolContenders(engines, threads, averaging === 'default' ? null : averaging),
    ...peerContenders(peers, threads),
  ].filter(({ name, version }) => !skipped.some((text) => `${name} ${version}`.includes(text)));
  const found = {
    machine: machine(),
    cores,
    date: new Date().toISOString().slice(0, 10),
    settings: { reps, seconds, averaging, by },
    cases: [],
  };
  const settings = { reps, seconds, patience, by };
  for (const name of chosen) found.cases.push(await measureCase(name, contenders, settings));
  if (options.save) for (const file of save(found)) process.stderr.write(`wrote ${file}\n`);
  console.log(options.json ? JSON.stringify(found) : report(found));
}

/** All contenders on one case: A B C A B C …, the peak first in each repetition. */
async function measureCase(name, contenders, { reps, seconds, patience, by }) {
  const entries = contenders.flatMap((contender) =>
    (contender.threads ?? [undefined]).map((threads) => ({
      contender,
      threads,
      runs: [],
      notHere: contender.notHere,
    })),
  );
  const peaks = [];
  const shares = [];
  let noPeak;
  for (let rep = 1; rep <= reps; rep++) {
    const say = (text) => process.stderr.write(`${name} ${rep}/${reps} ${text}\n`);
    noPeak = await unlessFailed(async () => peaks.push(await measurePeak()));
    for (const entry of entries) {
      // What has failed once is not waited for again.
      if (entry.notHere) continue;
      const { contender, threads } = entry;
      const label = `${contender.name}${contender.version ? ` ${contender.version}` : ''}, threads ${threads}`;
      // For every trainer alike: with one core in place of two nothing is learned about any of them.
      shares.push(await realCores(cores, patience));
      entry.notHere = await unlessFailed(async () => {
        const run = await contender.measure(name, threads, seconds);
        entry.runs.push(run);
        say(`${label}: ${perSecond(run.speed)} examples/s`);
      });
      if (entry.notHere) say(`${label}: not here: ${entry.notHere}`);
    }
  }
  const peak = noPeak
    ? { notHere: noPeak }
    : {
        library: peaks[0].library,
        gflopsOfOneCore: median(peaks.map(({ gflops }) => gflops)),
        repetitions: peaks.map(({ gflops }) => gflops),
      };
  const unreal = shares.filter((share) => share < 0.9).length;
  return { ...summary(name, contenders, entries, peak, by), runs: shares.length, unreal };
}

async function measurePeak() {
  const [line] = await jsonLines(process.execPath, [join(root, 'bench', 'lib', 'peak.mjs')], { limit: 30 });
  return line;
}

/** The reason for which a command failed; undefined when it did not. */
async function unlessFailed(command) {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return error.reason;
  }
}

/** Medians, the best number of threads of each contender, and what the figures are to each other. */
function summary(name, contenders, entries, peak, by) {
  const flops = operations(cases[name]);
  const results = contenders.map((contender) => {
    const tried = entries
      .filter((entry) => entry.contender === contender)
      .map((entry) => ({ ...entry, speed: entry.notHere ? 0 : median(entry.runs.map(({ speed }) => speed)) }))
      .sort((a, b) => b.speed - a.speed);
    const [best, ...others] = tried;
    return resultOf(contender, best, others, flops, peak);
  });
  const bestOf = (wanted) =>
    results
      .filter(({ kind, notHere }) => kind === wanted && !notHere)
      .sort((a, b) => figureOf(b, by) - figureOf(a, by))[0];
  const [best, limit] = [bestOf('peer'), bestOf('limit')];
  for (const result of results.filter(({ notHere }) => !notHere)) {
    if (best) result.ratio = figureOf(result, by) / figureOf(best, by);
    if (limit) result.toLimit = figureOf(result, by) / figureOf(limit, by);
  }
  const nameOfBest = best && `${best.name} ${best.version}`;
  return { name, ...cases[name], operationsPerExample: flops, peak, best: nameOfBest ?? null, results };
}

function resultOf(contender, { threads, runs, notHere, speed }, others, flops, peak) {
  const { name, kind, version } = contender;
  const remarks = others
    .filter((other) => other.notHere && other.notHere !== notHere)
    .map((other) => `threads ${other.threads}: not here: ${other.notHere}`);
  if (notHere) return { name, kind, version, threads, notHere, remarks };
  const medianOf = (pick) => median(runs.map(pick));
  const gflops = (speed * flops) / 1e9;
  const [first] = runs;
  return {
    name,
    kind,
    version: first.version ?? version,
    threads,
    examplesPerSecond: speed,
    repetitions: runs.map((run) => run.speed),
    examplesPerCpuSecond: first.perCpuSecond ? medianOf((run) => run.perCpuSecond) : null,
    gflops,
    ofPeak: peak.notHere ? null : gflops / (peak.gflopsOfOneCore * cores),
    ...(first.step && {
      step: Object.fromEntries(
        Object.keys(first.step).map((part) => [part, medianOf((run) => run.step[part])]),
      ),
      peakMemoryBytes: first.peakMemoryBytes && medianOf((run) => run.peakMemoryBytes),
    }),
    off: first.off ?? null,
    remarks: [...(first.remark ? [first.remark] : []), ...remarks],
    otherThreads: others.map((other) => ({
      threads: other.threads,
      ...(other.notHere
        ? { notHere: other.notHere }
        : { examplesPerSecond: other.speed, repetitions: other.runs.map((run) => run.speed) }),
    })),
  };
}

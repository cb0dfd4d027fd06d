/**
 * This checkout beside another one, an older version or another branch, in interleaved pairs of runs of the same work:
 * `npm run bench -- before --against <folder>`.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { cases } from './lib/cases.mjs';
import { measured, trained } from './lib/ours.mjs';
import {
  count,
  fail,
  machine,
  markdown,
  median,
  medianInterval,
  namesFrom,
  optionsOf,
  perSecond,
  positive,
} from './lib/tools.mjs';

const known = Object.keys(cases);
/** What may be lost: a ratio at or above this is no loss. */
const NO_LOSS = 0.98;

const help = `npm run bench -- before --against FOLDER [options]
  --against FOLDER  another checkout, built, with its node_modules
  --case a,b        of ${known.join(', ')} (default: online,small,usual,wide)
  --engine a,b      native, wasm (default: both)
  --threads N       threads of each run (default: the cores)
  --pairs N         pairs of runs for each case and engine (default 15; fewer than 6 have no interval)
  --seconds S       seconds measured in each run (default 1)
  --json            the figures as one JSON object
Everything takes about ten minutes. A ratio is this checkout's examples/s by the other's: above 1, this one is faster.`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    against: { type: 'string' },
    case: { type: 'string', default: 'online,small,usual,wide' },
    engine: { type: 'string', default: 'native,wasm' },
    threads: { type: 'string', default: String(availableParallelism()) },
    pairs: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  if (!options.against) fail('bench: --against: expected the folder of another checkout, got nothing');
  const against = resolve(options.against);
  if (!existsSync(join(against, 'dist', 'src', 'cli.js')))
    fail(`bench: --against: expected a checkout that is built, but ${against} has no dist/src/cli.js`);
  const chosen = namesFrom('case', options.case, known);
  const engines = namesFrom('engine', options.engine, ['native', 'wasm']);
  const pairs = count('pairs', options.pairs);
  const settings = {
    threads: count('threads', options.threads),
    seconds: positive('seconds', options.seconds),
  };
  const results = [];
  for (const name of chosen) {
    for (const engine of engines) {
      const found = await compare(name, pairs, { ...settings, engine, against });
      results.push({ name, engine, ...found });
    }
  }
  const all = { machine: machine(), pairs, ...settings, results };
  console.log(options.json ? JSON.stringify(all) : report(all));
}

/** Pairs of runs of one plan, the order changing from pair to pair, so that a machine that slows down favours nobody. */
async function compare(name, pairs, { against, ...settings }) {
  const say = (text) => process.stderr.write(`${name} ${settings.engine} ${text}\n`);
  // The plan comes from this checkout's speed; the run that shows it is not counted.
  const { plan } = await measured(cases[name], undefined, settings);
  const sides = { now: settings, before: { ...settings, home: against } };
  const runs = [];
  for (let pair = 1; pair <= pairs; pair++) {
    const found = {};
    for (const side of pair % 2 ? ['before', 'now'] : ['now', 'before'])
      found[side] = await trained(cases[name], plan, sides[side]);
    const { now, before } = found;
    runs.push({ now: now.speed, before: before.speed, ratio: now.speed / before.speed });
    runs.at(-1).sameWeights = now.weightsHash === before.weightsHash;
    say(
      `${pair}/${pairs}: ${perSecond(now.speed)} / ${perSecond(before.speed)} = ${runs.at(-1).ratio.toFixed(3)}`,
    );
  }
  const ratios = runs.map(({ ratio }) => ratio);
  return {
    ratio: median(ratios),
    interval: medianInterval(ratios),
    now: median(runs.map((one) => one.now)),
    before: median(runs.map((one) => one.before)),
    sameWeights: runs.every((one) => one.sameWeights),
    runs,
  };
}

function verdict({ interval }) {
  if (!interval) return 'too few pairs';
  const [low, high] = interval;
  if (high < NO_LOSS) return 'slower';
  return low >= NO_LOSS ? (low > 1 ? 'faster' : 'no loss') : 'undecided';
}

function report({ machine, pairs, threads, seconds, results }) {
  return [
    `${pairs} pairs, ${seconds} s in each run, ${threads} threads; ratio: this checkout's examples/s by the other's\n${machine}`,
    markdown(
      results.map((result) => ({
        case: `${result.name}, ${result.engine}`,
        'before, examples/s': perSecond(result.before),
        now: perSecond(result.now),
        'median ratio': result.ratio.toFixed(3),
        '95 % interval': result.interval?.map((ratio) => ratio.toFixed(3)).join(' – ') ?? '–',
        '': verdict(result),
        'same weights': result.sameWeights ? 'yes' : 'no',
      })),
    ),
    `No loss: the whole interval is at or above ${NO_LOSS}. The interval is that of the sign test: the median of such ratios\n` +
      'lies within it with at least 95 %, whatever their distribution.',
    results
      .map(
        ({ name, engine, runs }) =>
          `${name}, ${engine}: ${runs.map(({ ratio }) => ratio.toFixed(3)).join(' ')}`,
      )
      .join('\n'),
  ].join('\n\n');
}

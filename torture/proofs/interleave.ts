/**
 * The promises of barrier, steps and evaluation in many interleavings of their threads: the same bits as alone,
 * nobody ahead, nobody left asleep.
 */
import type { Random } from '../../src/random.js';
import { Verdict } from '../interleave.js';
import type { Case, Report } from '../interleave-cases.js';
import { Supervisor } from '../interleave-crew.js';
import { EVALUATION, type Fixture, fixtures, MOST_STEPS, MOST_WORKERS } from '../interleave-fixtures.js';
import { fewOrMany, type Interleaving, interleavingOf } from '../interleave-plan.js';
import { demand, type Figures, type Given, type Proof, randomOf } from '../proof.js';

/** Steps or rounds of a case. */
const FEWEST_STEPS = 3;

export const interleaving: Proof = {
  name: 'interleave',
  what: 'barrier and step protocol under a seeded interleaver that delays any thread anywhere',
  short: 500,
  long: 20_000,
  run,
};

async function run(given: Given): Promise<Figures> {
  const open = await fixtures();
  const setups = open.map(({ setup }) => setup);
  const supervisor = await Supervisor.start(MOST_WORKERS + 1, setups, given.sabotage);
  const seen = new Set<string>();
  let operations = 0;
  let switches = 0;
  try {
    for (let index = 0; index < given.count; index++) {
      const random = randomOf(given, 'interleaving', index);
      const [what, interleaving] = caseOf(random);
      const fixture = open[what.setup];
      fixture.reset(random, what.from);
      const broken = await supervisor
        .play(what, interleaving)
        .then((reports) => judge(what, reports, fixture, supervisor.interleaver.figures.verdict))
        .catch((error: unknown) => String(error));
      const { work, disturbance, threads } = what;
      demand(broken === '', given, index, `${work}, ${disturbance}, ${threads} threads: ${broken}`);
      const { figures } = supervisor.interleaver;
      seen.add(`${what.work} ${what.disturbance} ${figures.hash}`);
      operations += figures.operations;
      switches += figures.switches;
      given.progress?.(index + 1);
    }
  } finally {
    await supervisor.end();
  }
  return {
    interleavings: seen.size,
    operations,
    switches,
    'operations a seed': Math.round(operations / given.count),
  };
}

/** The case that a random stream gives, and how its threads are held back. */
function caseOf(random: Random): [Case, Interleaving] {
  const [work, disturbance] = (
    [
      ['rounds', 'none'],
      ['rounds', 'none'],
      ['rounds', 'abort'],
      ['rounds', 'abort'],
      ['train', 'none'],
      ['train', 'none'],
      ['train', 'stop'],
      ['train', 'stop'],
      ['train', 'abort'],
      ['train', 'abort'],
      ['train', 'copy'],
      ['train', 'copy'],
      ['evaluate', 'none'],
    ] as const
  )[random.below(13)];
  const threads = 2 + random.below(MOST_WORKERS - 1);
  const from = random.below(3);
  const most = MOST_STEPS - 2 - FEWEST_STEPS;
  const what: Case = {
    work,
    disturbance,
    setup: work === 'evaluate' ? EVALUATION : random.below(EVALUATION),
    threads,
    spins: random.below(4),
    from,
    to: from + FEWEST_STEPS + random.below(most + 1),
    fine: random.below(2) === 0,
    times: disturbance === 'copy' ? 1 + random.below(20) : 1 + random.below(threads),
    // A stop that is asked for and one because a copy was not fetched cannot be told apart.
    copyEvery: disturbance === 'stop' ? Number.POSITIVE_INFINITY : 1 + random.below(2 * most),
  };
  if (disturbance === 'none') return [what, interleavingOf(random, threads, false)];
  const interleaving = interleavingOf(random, threads + 1, true);
  if (disturbance !== 'abort' || random.below(4) === 0) return [what, interleaving];
  return [what, { ...interleaving, vanish: { thread: random.below(threads), nth: fewOrMany(random) } }];
}

/** @returns what promise did not hold, or an empty string */
function judge(what: Case, reports: readonly Report[], fixture: Fixture, verdict: number): string {
  const { work, disturbance, from, to, threads, copyEvery } = what;
  const list = reports.map(({ outcome, where }, k) => `thread ${k} ${outcome} ${where}`).join('; ');
  if (verdict === Verdict.deadlock) return `deadlock: ${list}`;
  if (verdict === Verdict.endless) return `no end: ${list}`;
  const fault = reports.find((report) => report.fault !== '');
  if (fault) return fault.fault;

  const workers = reports.slice(0, threads);
  const allDone = workers.every(({ outcome }) => outcome === 'done');
  const { step } = fixture;
  const got = fixture.trained();
  if (work === 'train') {
    const copies = [...reports.flatMap((report) => report.copies), ...fixture.copied(allDone)];
    const torn = copies.find((copy) => copy.bits !== fixture.trainedAlone(from, copy.step));
    if (torn !== undefined) return `other bits in the copy after ${torn.step} steps`;
  }
  if (disturbance !== 'abort' && !allDone) return list;
  // With an abort, Aborted is as good, but a torn result is nobody's.
  if (!allDone) return '';
  if (new Set(workers.map(({ meetings }) => meetings)).size > 1)
    return `came to ${workers.map(({ meetings }) => meetings).join(', ')} meetings`;
  if (work === 'rounds') return '';
  if (work === 'evaluate') return fixture.evaluated(threads) === fixture.evaluatedAlone() ? '' : 'other sums';

  // Without anybody to fetch the first copy that is due, the second ends the stretch.
  const due = (Math.floor(from / copyEvery) + 2) * copyEvery;
  const expected = Math.min(to, due);
  if (disturbance === 'copy' && step !== to && step % copyEvery !== 0)
    return `${step} steps instead of ${to}`;
  if (disturbance === 'none' && step !== expected) return `${step} steps instead of ${expected}`;
  if (disturbance === 'stop') {
    // The step under way is the last, or where worker 0 had already decided that it is not, the one after.
    const asked = reports[threads].stopAfter;
    const first = Math.min(to, Math.max(asked, from + 1));
    const last = Math.min(to, asked + 1);
    if (step < first || step > last) return `stop asked after ${asked} steps, came after ${step}`;
  }
  return got === fixture.trainedAlone(from, step) ? '' : `other bits after ${step} steps`;
}

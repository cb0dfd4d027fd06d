/** SIGKILL at any moment, again and again: the run, gone on with, ends with the weights of an undisturbed one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { configFile, goOn, hashOf, shortRun, start } from '../cli.js';
import { demand, type Given, type Proof, randomOf } from '../proof.js';
import { inFolder } from '../small.js';

const RUN = 'run';
/** Cases side by side: a core each. */
const AT_ONCE = 2;

export const kill: Proof = {
  name: 'kill',
  what: 'SIGKILL of the whole process at random moments, then --resume: the weights of an undisturbed run',
  short: 4,
  long: 500,
  async run(given) {
    const { hash, ms } = await undisturbed(given);
    let kills = 0;
    let next = 0;
    let done = 0;
    const work = async () => {
      while (next < given.count) {
        kills += await trial(given, next++, hash, ms);
        given.progress?.(++done);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return { kills };
  },
};

async function undisturbed(given: Given): Promise<{ hash: string; ms: number }> {
  return inFolder(async (folder) => {
    configFile(folder, shortRun);
    const begun = performance.now();
    const ended = await start(goOn(folder, RUN, '--threads', '1'), folder).ended;
    const hash = hashOf(ended);
    demand(hash !== undefined, given, -1, `an undisturbed run failed: ${ended.stderr}`);
    return { hash, ms: performance.now() - begun };
  });
}

async function trial(given: Given, index: number, hash: string, ms: number): Promise<number> {
  const random = randomOf(given, 'kill', index);
  let kills = 0;
  await inFolder(async (folder) => {
    configFile(folder, shortRun);
    let saved = 0;
    for (let attempt = 0; ; attempt++) {
      const threads = String(1 + random.below(3));
      const run = start(goOn(folder, RUN, '--threads', threads), folder);
      const last = attempt === 2;
      const timer = last
        ? undefined
        : sleep(random.uniform() * 0.8 * ms).then(() => run.child.kill('SIGKILL'));
      const ended = await run.ended;
      await timer;
      const told = `attempt ${attempt}, ${threads} threads`;
      for (const event of ended.events) {
        if (event.event === 'checkpoint') saved = Math.max(saved, event.step);
        if (event.event !== 'resume') continue;
        demand(event.step >= saved, given, index, `${told}: resumed at ${event.step}, saved was ${saved}`);
        demand(event.damaged.length === 0, given, index, `${told}: ${event.damaged[0]?.why}`);
      }
      if (ended.signal === 'SIGKILL') {
        kills++;
        continue;
      }
      demand(ended.code === 0, given, index, `${told}: exit code ${ended.code}: ${ended.stderr}`);
      demand(hashOf(ended) === hash, given, index, `${told}: other weights, ${hashOf(ended)}`);
      return;
    }
  });
  return kills;
}

/** How many trials run at the same time, and with how many threads each, by the model of a step's time. */

export interface Share {
  readonly parallel: number;
  readonly threads: number;
  /** In a few words. */
  readonly reason: string;
}

/** So much more must trials at the same time get done, in the model, to be worth their memory. */
const WORTHWHILE = 1.03;

/**
 * @param seconds of a step with 1, 2, … threads, up to the cores that there are
 * @param trials that there are to run
 * @param asked what a user wants; undefined: the model decides
 */
export function shareOut(
  seconds: readonly number[],
  trials: number,
  asked: { parallel?: number | undefined; threads?: number | undefined } = {},
): Share {
  const cores = seconds.length;
  /** The threads, up to so many, with which a step is fastest. */
  const fastest = (most: number) => {
    let best = 1;
    for (let threads = 2; threads <= most; threads++) {
      if (seconds[threads - 1] * WORTHWHILE < seconds[best - 1]) best = threads;
    }
    return best;
  };
  const shared = (parallel: number) => fastest(Math.max(1, Math.floor(cores / parallel)));
  if (asked.parallel !== undefined || asked.threads !== undefined) {
    const wanted = asked.parallel ?? Math.max(1, Math.floor(cores / (asked.threads ?? 1)));
    const parallel = Math.max(1, Math.min(wanted, trials));
    return { parallel, threads: asked.threads ?? shared(parallel), reason: 'as asked for' };
  }
  const rate = (parallel: number) => parallel / seconds[shared(parallel) - 1];
  let best = 1;
  for (let parallel = 2; parallel <= Math.min(cores, trials); parallel++) {
    if (rate(parallel) > WORTHWHILE * rate(best)) best = parallel;
  }
  return { parallel: best, threads: shared(best), reason: reasonOf(best) };

  function reasonOf(parallel: number): string {
    if (cores === 1) return 'one core';
    if (trials === 1) return 'one trial';
    const alone = shared(1);
    const gain = (rate(parallel) / rate(1)).toFixed(1);
    return parallel === 1
      ? `a step is ${(seconds[0] / seconds[alone - 1]).toFixed(1)} times as fast with ${alone} threads: as good as trials at the same time`
      : `${gain} times as many steps a second as one after another`;
  }
}

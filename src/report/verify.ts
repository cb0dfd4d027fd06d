/** What a person sees of a repeated run. Computes nothing. */

import type { DoneEvent, TrainEvent } from '../protocol.js';
import type { VerifyResult } from '../results.js';
import { count } from './format.js';
import type { Terminal } from './terminal.js';
import { trainReport } from './train.js';

/** What is told of a repetition: the run's own events but its result, in whose place the comparison stands. */
export type VerifyEvent = Exclude<TrainEvent, DoneEvent> | ({ event: 'done' } & VerifyResult);

/** A function to hand the events to, in their order. With `quiet` it shows the result alone. */
export function verifyReport(terminal: Terminal, quiet: boolean): (event: VerifyEvent) => void {
  const repetition = trainReport(terminal, quiet);
  return (event) => {
    if (event.event === 'done') showVerdict(terminal, event);
    else if (!quiet) repetition(event);
  };
}

export function showVerdict(
  terminal: Terminal,
  { same, recorded, repeated, recordedBest, repeatedBest, steps, from, exchange }: VerifyResult,
): void {
  terminal.clear();
  const what = `${count(steps - from)} steps repeated${from > 0 ? ` from step ${count(from)} on` : ''}`;
  if (same) {
    terminal.line(terminal.paint('green', `the same bits (${what})`));
    terminal.line(recorded);
    return;
  }
  terminal.line(terminal.paint('red', `other bits (${what})`));
  terminal.line(`recorded ${recorded}`);
  terminal.line(`repeated ${repeated}`);
  if (exchange !== undefined) {
    terminal.line(`(train.exchange is ${exchange}: if several hosts trained, one cannot repeat their bits)`);
  }
  if (recordedBest === repeatedBest) return;
  terminal.line('of the best weights, which the run left:');
  terminal.line(`recorded ${recordedBest}`);
  terminal.line(`repeated ${repeatedBest}`);
}

/** What a person sees of a repeated run. Computes nothing. */
import type { VerifyResult } from '../api/verify.js';
import { count } from './format.js';
import type { Terminal } from './terminal.js';

export function showVerdict(
  terminal: Terminal,
  { same, recorded, repeated, recordedBest, repeatedBest, steps, from }: VerifyResult,
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
  if (recordedBest === repeatedBest) return;
  terminal.line('of the best weights, which the run left:');
  terminal.line(`recorded ${recordedBest}`);
  terminal.line(`repeated ${repeatedBest}`);
}

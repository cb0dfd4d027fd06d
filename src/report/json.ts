/** Events as JSON, one object a line, for scripts. NaN and infinities become null: JSON has no others. */
import type { Offer } from './report.js';

/** The fewest seconds between two progress events. */
const progressInterval = 1;

/** Writes each event as a line; with `quiet` the last one (`done`) only. */
export function jsonReport<E extends { event: string }>(
  write: (text: string) => void,
  quiet: boolean,
  seconds = () => performance.now() / 1000,
): (event: E) => void {
  let nextProgress = seconds() + progressInterval;
  return (event) => {
    if (quiet && event.event !== 'done') return;
    if (event.event === 'progress') {
      if (seconds() < nextProgress) return;
      nextProgress = seconds() + progressInterval;
    }
    write(`${JSON.stringify(event)}\n`);
  };
}

export const json: Offer = { describe: 'Write one JSON object a line, for scripts', make: jsonReport };

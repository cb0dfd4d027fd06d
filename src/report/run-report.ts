/** What a person sees of a report that was written. Computes nothing. */
import type { Terminal } from './terminal.js';

export interface RunReportEvent {
  readonly event: 'done';
  readonly file: string;
  readonly state: string;
  readonly bytes: number;
  /** What it lacks, and why. */
  readonly lacks?: string;
  /** What of its events is damaged. */
  readonly damage?: string;
  /** Whether a browser was asked to show it; undefined: nobody wanted that. */
  readonly opened?: boolean;
}

const words: Readonly<Record<string, string>> = {
  running: 'of a run under way',
  stopped: 'of a run that was stopped',
  killed: 'of a run that was killed',
};

export function runReport(terminal: Terminal, quiet: boolean): (event: RunReportEvent) => void {
  return ({ file, state, bytes, lacks, damage, opened }) => {
    const about = words[state] === undefined ? '' : `, ${words[state]}`;
    terminal.line(quiet ? file : `${file} (${Math.ceil(bytes / 1000)} kB${about})`);
    if (damage !== undefined && !quiet) terminal.line(`note: ${damage}`);
    if (lacks !== undefined && !quiet) terminal.line(`without ${lacks}`);
    if (opened === false && !quiet) terminal.line('no browser was found here: open that file in one');
  };
}

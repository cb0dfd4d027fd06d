/** What a person sees of a configuration that was drafted: what was found, and what to do next. */
import { shortened } from '../errors.js';
import { count, wrap } from './format.js';
import type { Terminal } from './terminal.js';

/** What is told of a draft. */
export interface InitEvent {
  event: 'done';
  /** The configuration's file. */
  output: string;
  data: string;
  rows: number;
  columns: number;
  target: string;
  /** Why this target. */
  why: string;
  task: 'classes' | 'binary' | 'values';
  ignored: readonly string[];
  missing: readonly string[];
  /** What somebody should know of the data, a line each. */
  notes: readonly string[];
}

const tasks = { classes: 'a class of several', binary: 'one of two classes', values: 'a number' };

export function initReport(terminal: Terminal, quiet: boolean): (event: InitEvent) => void {
  return ({ output, data, rows, columns, target, why, task, ignored, missing, notes }) => {
    if (quiet) {
      terminal.line(output);
      return;
    }
    const facts = [
      ['wrote', output],
      ['data', `${data}: ${count(rows)} rows, ${count(columns)} columns`],
      ['target', `${target} (${why}): ${tasks[task]}`],
      ...(ignored.length > 0 ? [['ignored', ignored.join(', ')]] : []),
      ...(missing.length > 0 ? [['missing', `values written as ${missing.join(', ')}`]] : []),
      ...notes.map((note) => ['note', note]),
    ];
    for (const [name, fact] of facts) {
      const [first, ...rest] = wrap(shortened(fact, 2000), terminal.width - 10);
      terminal.line(`${terminal.paint('dim', name.padEnd(10))}${first}`);
      for (const line of rest) terminal.line(`${' '.repeat(10)}${line}`);
    }
    terminal.line();
    terminal.line(`next: look through ${output}, then`);
    terminal.line(`  gradpool data show ${word(output)}`);
    terminal.line(`  gradpool train ${word(output)}`);
  };
}

/** A path as a shell takes it for one word. */
const word = (path: string) => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

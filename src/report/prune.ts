/** What a person sees of a network that units were taken out of. Computes nothing. */
import type { PruneResult } from '../pruning.js';
import { pathWord } from '../runs/resume-command.js';
import { count, plural } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

export type PruneEvent = { event: 'done' } & PruneResult;

export function pruneReport(terminal: Terminal, quiet: boolean): (event: PruneEvent) => void {
  return ({ layers, rows, checked, parametersBefore, parameters, path, hash }) => {
    if (quiet) {
      terminal.line(`${path}: ${count(parametersBefore)} → ${plural(parameters, 'parameter')}, ${hash}`);
      return;
    }
    for (const { layer, before, after, needs } of layers) {
      const what =
        needs !== null
          ? `${count(before)}, all needed by ${needs}`
          : after === before
            ? `${count(before)}, all of which answer`
            : `${count(before)} → ${count(after)}`;
      showFact(terminal, layer, what);
    }
    showFact(terminal, 'dead', `those that are 0 in all ${plural(rows, 'training row')}`);
    for (const [k, { part, rows: seen, difference }] of checked.entries()) {
      const said = `predictions of ${plural(seen, `${part === 'train' ? 'training' : part} row`)}: ${apart(difference)}`;
      showFact(terminal, k === 0 ? 'checked' : '', said);
    }
    showFact(terminal, 'size', `${count(parametersBefore)} → ${plural(parameters, 'parameter')}`);
    showFact(terminal, 'saved', `${path}: to predict with, evaluate and export`);
    const changed = layers.filter(({ before, after }) => after !== before);
    // Never cut, as it is there to be copied.
    terminal.line(
      `gradpool train <config> --init-from ${pathWord(path)}${changed.map(({ key, after }) => ` --set ${key}=${after}`).join('')}`,
    );
    terminal.line(terminal.paint('dim', 'weights'.padEnd(9)) + hash);
  };
}

const apart = (difference: number): string =>
  difference === 0 ? 'the same bits' : `the same but for ${difference.toExponential(1)} at most`;

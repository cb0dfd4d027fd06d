/** What a person sees of a finished run. Computes nothing. */

import { isTable } from '../model/metrics/index.js';
import type { DoneEvent } from '../protocol.js';
import type { DeadUnits } from '../pruning.js';
import { resumeCommand } from '../runs/resume-command.js';
import { deadUnitsLine } from './dead-units.js';
import { axesOf, figuresOf, linesOf } from './figures.js';
import { count, duration, percent, row, wrap } from './format.js';
import type { Terminal } from './terminal.js';

/** With labels no wider than this, 80 columns hold a hash after one. */
const labelWidth = 9;

/** `name     fact`, with the fact's further lines below its first. */
export function showFact(terminal: Terminal, name: string, fact: string): void {
  for (const [i, line] of wrap(fact, terminal.width - labelWidth).entries()) {
    terminal.line(terminal.paint('dim', (i === 0 ? name : '').padEnd(labelWidth)) + line);
  }
}

/** The result in one line. */
export function quietSummary(terminal: Terminal, done: DoneEvent): void {
  const scaled = done.scaledTargets !== undefined;
  const figures =
    done.testLoss !== null
      ? `test ${figuresOf(done.testLoss, done.testMetrics, scaled)}${ofWhich(done)}, `
      : done.validLoss !== null
        ? `validation ${figuresOf(done.validLoss, done.validMetrics, scaled)}${ofWhich(done)}, `
        : '';
  terminal.line(`${done.stopped ? 'stopped, ' : ''}${figures}${hashes(done)}`);
  if (done.stopped && done.checkpoint !== null && done.runDir !== null)
    terminal.line(resumeCommand(done.runDir));
}

/** The hash of the weights that are left, which the figures are of; and that of the last step where it is another. */
function hashes({ bestHash, weightsHash }: DoneEvent): string {
  return bestHash === weightsHash ? weightsHash : `${bestHash} (last step: ${weightsHash})`;
}

/** Which weights the figures are of, where they are not those after the last step. */
function ofWhich({ bestStep, steps, bestValue, monitor }: DoneEvent): string {
  if (bestStep === steps || bestValue === null) return '';
  return ` (of step ${count(bestStep)}, the best by validation ${monitor})`;
}

/** The result, and where the time went. @param dead units that say nothing; undefined: nobody has looked */
export function showSummary(terminal: Terminal, done: DoneEvent, dead?: DeadUnits): void {
  const { time } = done;
  terminal.line();
  if (done.stopped) {
    terminal.line(
      terminal.paint('yellow', `stopped after ${count(done.steps)} steps; what was learned is kept`),
    );
    // never cut, as it is there to be copied
    if (done.checkpoint !== null && done.runDir !== null) terminal.line(resumeCommand(done.runDir));
    terminal.line();
  }
  if (done.learnedEnough) {
    terminal.line(
      `ended after step ${count(done.steps)}: ` +
        (done.converged
          ? 'no part of the gradient is larger than optimizer.tolerance, or no step lowers the loss'
          : `${done.monitor} has not become better (train.stop)`),
    );
    terminal.line();
  }
  if (done.outputs) showOutputs(terminal, done.outputs);
  const [label, meanLoss, metrics] =
    done.testLoss !== null
      ? (['test', done.testLoss, done.testMetrics] as const)
      : (['valid', done.validLoss, done.validMetrics] as const);
  if (meanLoss !== null) {
    showFact(terminal, label, figuresOf(meanLoss, metrics, done.scaledTargets !== undefined) + ofWhich(done));
    for (const [name, why] of Object.entries(done.reasons ?? {})) {
      showFact(terminal, '', `${name} is undefined: ${why}`);
    }
    for (const [name, value] of Object.entries(metrics)) {
      if (isTable(name) && Array.isArray(value))
        showTable(terminal, `${label} ${name}${axesOf(name)}`, linesOf(name, value, terminal.width));
    }
  }
  showFact(
    terminal,
    'trained',
    `${count(done.examples)} examples in ${duration(done.trainSeconds)}, ${count(done.examplesPerSecond)} examples/s`,
  );
  showFact(
    terminal,
    'time',
    `compute ${percent(time.compute, 1)}, waiting ${percent(time.wait, 1)}, ` +
      `averaging + update ${percent(time.update, 1)}, ${ofHosts(time)}other ${percent(time.other, 1)}`,
  );
  if (done.rowsRead !== undefined)
    showFact(terminal, 'read', `${count(done.rowsRead)} rows of the data, by this process`);
  if (done.faults > 0) showFact(terminal, 'faults', `${count(done.faults)} of workers, survived`);
  const silent = dead && deadUnitsLine(dead);
  if (silent !== undefined) showFact(terminal, 'dead', silent);
  if (done.runDir !== null) showFact(terminal, 'saved', done.runDir);
  // Without it hashes of two machines say nothing.
  if (done.bits !== null) showFact(terminal, 'bits', `${done.bits}, whatever engine and machine made them`);
  if (done.bestHash === done.weightsHash) showHash(terminal, 'weights', done.weightsHash);
  else {
    showHash(terminal, 'best', done.bestHash);
    const where = done.runDir === null ? '' : ', which weights.safetensors holds';
    showFact(terminal, '', `the weights of step ${count(done.bestStep)}${where}`);
    showHash(terminal, 'last', done.weightsHash);
  }
}

/** What is told where several hosts trained together. */
function ofHosts({ hosts, hidden }: DoneEvent['time']): string {
  if (hosts === undefined || hidden === undefined) return '';
  return `for other hosts ${percent(hosts, 1)} (${percent(hidden, 0)} of the exchange hidden behind computing), `;
}

/** Never cut, as it is there to be copied. */
function showHash(terminal: Terminal, name: string, hash: string): void {
  terminal.line(terminal.paint('dim', name.padEnd(labelWidth)) + hash);
}

/** A table's lines below its name. */
function showTable(terminal: Terminal, name: string, lines: readonly string[]): void {
  terminal.line();
  terminal.line(terminal.paint('dim', name));
  for (const line of lines) terminal.line(line);
  terminal.line();
}

function showOutputs(terminal: Terminal, outputs: NonNullable<DoneEvent['outputs']>): void {
  const values = (some: number[]) =>
    some.map((value) => (Math.abs(value) < 1e4 ? value.toFixed(4) : String(value))).join(' ');
  const inputs = (some: number[]) => some.map((value) => Number(value.toPrecision(4))).join(' ');
  const cells = outputs.map(({ input, output, target }) => [inputs(input), values(output), inputs(target)]);
  const heads = ['input', 'output', 'target'];
  const columns = heads.map((head, i) => ({
    head,
    width: Math.max(head.length, ...cells.map((cell) => cell[i].length)),
  }));
  terminal.line(terminal.paint('dim', row(columns, heads)));
  for (const cell of cells) terminal.line(row(columns, cell));
  terminal.line();
}

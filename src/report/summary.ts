/** What a person sees of a finished run. Computes nothing. */
import type { DoneEvent } from '../protocol.js';
import { resumeCommand } from '../runs/resume-command.js';
import { count, duration, loss, percent, row, wrap } from './format.js';
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
  const figures =
    done.testLoss !== null
      ? `test ${figuresOf(done.testLoss, done.testAccuracy)}, `
      : done.validLoss !== null
        ? `validation ${figuresOf(done.validLoss, done.validAccuracy)}, `
        : '';
  terminal.line(`${done.stopped ? 'stopped early, ' : ''}${figures}${done.weightsHash}`);
  if (done.stopped && done.checkpoint !== null && done.runDir !== null)
    terminal.line(resumeCommand(done.runDir));
}

function figuresOf(meanLoss: number | null, accuracy: number | null): string {
  return `loss ${loss(meanLoss)}${accuracy === null ? '' : `, accuracy ${percent(accuracy)}`}`;
}

/** The result, and where the time went. */
export function showSummary(terminal: Terminal, done: DoneEvent): void {
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
  if (done.outputs) showOutputs(terminal, done.outputs);
  if (done.testLoss !== null) showFact(terminal, 'test', figuresOf(done.testLoss, done.testAccuracy));
  else if (done.validLoss !== null) {
    showFact(terminal, 'valid', figuresOf(done.validLoss, done.validAccuracy));
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
      `averaging + update ${percent(time.update, 1)}, other ${percent(time.other, 1)}`,
  );
  if (done.faults > 0) showFact(terminal, 'faults', `${count(done.faults)} of workers, survived`);
  if (done.runDir !== null) showFact(terminal, 'saved', done.runDir);
  // never cut, as it is there to be copied
  terminal.line(terminal.paint('dim', 'weights'.padEnd(labelWidth)) + done.weightsHash);
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

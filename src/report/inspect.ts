/** What a person sees of a file of weights. Computes nothing. */
import { shortened } from '../errors.js';
import { size } from '../machine/memory.js';
import type { InspectedLayer, Inspection } from '../results.js';
import { deadUnitsLine } from './dead-units.js';
import { figuresOf } from './figures.js';
import { count, plural, row } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

export type InspectEvent = { event: 'done' } & Inspection;

/** Columns of a table that have a line. */
const MOST_COLUMNS = 40;

export function inspectReport(terminal: Terminal): (event: InspectEvent) => void {
  return (event) => {
    const { name, kind, gradpool, task, loss, precision, inputs, outputs, target } = event;
    terminal.line(terminal.paint('bold', name));
    showFact(terminal, 'file', `${event.file} (${kind}${gradpool === null ? '' : `, gradpool ${gradpool}`})`);
    showFact(terminal, 'task', [task, loss, precision].filter((each) => each !== null).join(', '));
    if (target !== null) showFact(terminal, 'target', target);
    terminal.line();
    showLayers(terminal, event);
    showColumns(terminal, event);
    terminal.line();
    showFact(terminal, 'inputs', `${count(inputs)}, outputs ${count(outputs)}`);
    showFact(
      terminal,
      'memory',
      `${plural(event.parameters, 'parameter')}${event.buffers > 0 ? ` and ${count(event.buffers)} statistics` : ''}, ${size(event.bytes)}`,
    );
    if (event.best) {
      const { step, monitor } = event.best;
      showFact(terminal, 'best', `validation ${figuresOf(event.best.loss, event.best.metrics)}`);
      showFact(terminal, '', `after step ${count(step)}, by ${monitor}`);
    }
    for (const [fact, value] of Object.entries(event.trained)) showFact(terminal, fact, value);
    const dead = event.dead && deadUnitsLine(event.dead);
    if (dead) showFact(terminal, 'dead', dead);
    if (event.hash !== null) {
      terminal.line(terminal.paint('dim', 'weights'.padEnd(9)) + event.hash);
    }
  };
}

function showLayers(terminal: Terminal, { layers }: Inspection): void {
  const name = Math.max(5, ...layers.map((layer) => layer.name.length));
  const type = Math.max(4, ...layers.map((layer) => layer.type.length));
  const columns = ['inputs', 'outputs', 'parameters'].map((head) => ({ head, width: 10 }));
  const line = (first: string, second: string, cells?: string[]) =>
    `${first.padEnd(name)}  ${second.padEnd(type)}  ${row(columns, cells)}`;
  terminal.line(terminal.paint('dim', line('layer', 'kind')));
  for (const layer of layers) {
    const parameters = layer.parameters === 0 ? '' : count(layer.parameters);
    const cells = [count(layer.inputs), count(layer.outputs), parameters];
    const text = line(layer.name, layer.type, cells).trimEnd();
    const note = trainingOf(layer);
    const isLong = note !== '' && text.length + 2 + note.length > terminal.width;
    terminal.line(isLong || note === '' ? text : `${text}  ${note}`);
    if (isLong) terminal.line(`  ${note}`);
  }
}

/** How a layer was trained other than the others, in words. */
function trainingOf({ training: { frozen, rateFactor, decayFactor } = {} }: InspectedLayer): string {
  return [
    ...(frozen ? ['frozen'] : []),
    ...(rateFactor !== undefined ? [`rate × ${rateFactor}`] : []),
    ...(decayFactor !== undefined ? [`decay × ${decayFactor}`] : []),
  ].join(', ');
}

function showColumns(terminal: Terminal, { columns }: Inspection): void {
  if (columns === null) return;
  const name = Math.max(6, ...columns.map((column) => shortened(column.name, 24).length));
  terminal.line();
  terminal.line(terminal.paint('dim', `${'column'.padEnd(name)}  type      inputs  becomes`));
  for (const column of columns.slice(0, MOST_COLUMNS)) {
    const text = `${shortened(column.name, 24).padEnd(name)}  ${column.type.padEnd(8)}  ${count(column.inputs).padStart(6)}  ${column.becomes}`;
    terminal.line(shortened(text, terminal.width));
  }
  if (columns.length > MOST_COLUMNS)
    terminal.line(`and ${plural(columns.length - MOST_COLUMNS, 'more column')}`);
}

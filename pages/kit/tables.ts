/** Tables, for reading and as the other form of a chart. */
import { type Child, element } from './dom.js';
import { figure } from './numbers.js';

export type Cell = Node | string | number | null | undefined;

export interface Table {
  /** What it is about, for those who do not see where it stands. */
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Whether each row begins with its name. */
  readonly named?: boolean;
}

/** Numbers stand to the right. Scrolls by itself where it is wider than the page. */
export function table({ title, columns, rows, named = false }: Table): HTMLElement {
  const cell = (value: Cell, index: number) => {
    const isNumber = typeof value === 'number' || value === null;
    const text: Child = isNumber ? figure(value) : value;
    return named && index === 0
      ? element('th', { scope: 'row' }, text)
      : element('td', isNumber ? { class: 'number' } : {}, text);
  };
  const first = rows[0] ?? [];
  const head = columns.map((name, index) => {
    const right = typeof first[index] === 'number' && !(named && index === 0);
    return element('th', { scope: 'col', class: right ? 'number' : undefined }, name);
  });
  return element(
    'div',
    // Who has no mouse scrolls by the arrow keys.
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
    ),
  );
}

/** Names and what they stand for. Those without a value are left out. */
export function facts(all: Readonly<Record<string, Cell>>): HTMLElement {
  const pairs = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return element(
    'dl',
    { class: 'facts' },
    ...pairs.map(([name, value]) =>
      element('div', {}, element('dt', {}, ...breakable(name)), element('dd', {}, value)),
    ),
  );
}

/** A key's path, which goes on in the next line after a dot rather than in the middle of a word. */
function breakable(name: string): (string | HTMLElement)[] {
  return name
    .split(/(?<=[a-z\d]\.)(?=[a-z\d])/i)
    .flatMap((part, k) => (k === 0 ? [part] : [element('wbr'), part]));
}

/** A chart's numbers as a table, which is made when somebody opens it. */
export function numbers(of: () => Table, label = 'Numbers'): HTMLElement {
  const details = element('details', { class: 'numbers' }, element('summary', {}, label));
  let shown: HTMLElement | undefined;
  details.addEventListener('toggle', () => {
    shown?.remove();
    shown = details.open ? table(of()) : undefined;
    if (shown !== undefined) details.append(shown);
  });
  return details;
}

/** The runs of the folder: a list whose entries stay where they are while their figures change. */
import { element, figure, percent } from '../kit.js';
import { addressOf } from './stream.js';
import type { Row, State } from './types.js';

export const words: Readonly<Record<State, string>> = {
  running: 'running',
  done: 'done',
  stopped: 'stopped',
  killed: 'killed',
  broken: 'broken',
};

export const classes: Readonly<Record<State, string>> = {
  running: 'badge good',
  done: 'badge',
  stopped: 'badge soft',
  killed: 'badge bad',
  broken: 'badge bad',
};

interface Entry {
  readonly node: HTMLLIElement;
  readonly link: HTMLAnchorElement;
  readonly badge: HTMLElement;
  readonly figures: HTMLElement;
}

export interface List {
  readonly node: HTMLElement;
  update(rows: readonly Row[], selected: string): void;
}

/** @param choose is told of the run that somebody wants to see */
export function list(choose: (run: string) => void): List {
  const entries = new Map<string, Entry>();
  const items = element('ul', { class: 'runs' });
  const none = element('p', { class: 'soft' }, 'There is no run in this folder yet.');
  const entryOf = (name: string): Entry => {
    const link = element('a', { href: addressOf('/', name) }, name);
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      choose(name);
    });
    const badge = element('span', {});
    const figures = element('span', { class: 'soft' });
    return { node: element('li', {}, link, badge, figures), link, badge, figures };
  };
  return {
    node: element('nav', { 'aria-label': 'Runs' }, element('h2', {}, 'Runs'), none, items),
    update(rows, selected) {
      none.hidden = rows.length > 0;
      for (const [index, row] of rows.entries()) {
        const entry = entries.get(row.name) ?? entryOf(row.name);
        entries.set(row.name, entry);
        entry.badge.className = classes[row.state];
        set(entry.badge, words[row.state]);
        set(entry.figures, figuresOf(row));
        if (row.name === selected) entry.link.setAttribute('aria-current', 'true');
        else entry.link.removeAttribute('aria-current');
        if (items.children[index] !== entry.node)
          items.insertBefore(entry.node, items.children[index] ?? null);
      }
      const names = new Set(rows.map(({ name }) => name));
      for (const [name, { node }] of entries) {
        if (names.has(name)) continue;
        node.remove();
        entries.delete(name);
      }
    },
  };
}

function figuresOf({
  state,
  problem,
  step,
  totalSteps,
  monitor,
  bestValue,
  validLoss,
  trainLoss,
}: Row): string {
  if (state === 'broken') return problem ?? '';
  const isRunning = state === 'running' || bestValue === null;
  if (!isRunning) return `best ${monitor ?? 'figure'} ${figure(bestValue)}`;
  const share = step !== null && totalSteps ? `${percent(Math.min(1, step / totalSteps))}, ` : '';
  return `${share}loss ${figure(validLoss ?? trainLoss)}`;
}

/** Changes a text where it is another: nobody is told of what stays. */
export function set(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

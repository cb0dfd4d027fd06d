import type { MissingRule } from './missing.js';

/** What most training rows have; of several, the smallest number or the first by code point. */
export const mode: MissingRule = {
  description: 'What most training rows have.',
  types: ['number', 'category', 'date'],
  number(values) {
    const sorted = values.slice().sort();
    let best = sorted[0];
    let most = 0;
    for (let from = 0; from < sorted.length; ) {
      let to = from + 1;
      while (to < sorted.length && sorted[to] === sorted[from]) to++;
      if (to - from > most) [best, most] = [sorted[from], to - from];
      from = to;
    }
    return best;
  },
  category(counts) {
    const most = Math.max(...counts.values());
    return [...counts].flatMap(([text, count]) => (count === most ? [text] : [])).sort(byCodePoint)[0];
  },
};

const byCodePoint = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Every combination of the lists' values, once. */
import type { Search } from './search.js';

export const grid: Search = {
  description: 'Every combination of the values, the last parameter changing fastest.',
  learns: false,
  trials: (parameters) => parameters.reduce((count, { list }) => count * (list?.length ?? 1), 1),
  refuse(parameters) {
    const range = parameters.find(({ list }) => list === undefined);
    return range && `a grid is made of lists, and "${range.path}" is a range; write its values out`;
  },
  point(_, parameters, number) {
    let rest = number - 1;
    const values: unknown[] = [];
    for (const { list = [] } of [...parameters].reverse()) {
      values.unshift(list[rest % list.length]);
      rest = Math.floor(rest / list.length);
    }
    return values;
  },
};

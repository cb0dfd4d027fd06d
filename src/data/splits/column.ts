/** A column says of each row what it is for. */
import { shortened, UserError } from '../../errors.js';
import type { Options } from '../../options.js';
import type { SplitFamily } from './split.js';

const words = (part: string) =>
  ({ type: 'texts', default: [part], description: `What the column says of rows for ${part}.` }) as const;

const options = {
  column: { type: 'text', description: 'The column; it is no input.' },
  train: words('train'),
  validation: words('validation'),
  test: words('test'),
} as const satisfies Options;

/** Rows stay in the order of the table; those of which the column says something else go unused. */
export const column: SplitFamily<typeof options> = {
  description: 'A column says of each row whether it is for training, for validation or for the test.',
  options,
  ignoresSeed: () => true,
  decides: ({ column }) => [column],
  plan({ first, test: second, where, rows: known }, { column: name, ...said }) {
    if (known === undefined)
      throw new UserError(`data.split: "column" needs columns with names, and ${where} has none`);
    const { values, names } = known.column(name);
    const parts = { train: [] as number[], validation: [] as number[], test: [] as number[] };
    const entries = Object.entries(parts) as [keyof typeof parts, number[]][];
    const other = new Set<string>();
    for (let row = 0; row < first + second; row++) {
      const text = names ? (names[values[row]] ?? '') : String(values[row]);
      const part = entries.find(([key]) => said[key].includes(text));
      if (part) part[1].push(row);
      else other.add(text);
    }
    const [train, validation, test] = entries.map(([, rows]) => Uint32Array.from(rows));
    if (train.length === 0) {
      const found = [...other].slice(0, 5).map((text) => `"${shortened(text, 20)}"`);
      throw new UserError(
        `data.split.train: expected rows of which "${name}" says ${said.train.map((text) => `"${text}"`).join(' or ')}, ` +
          `got none${found.length > 0 ? `; it says ${found.join(', ')}` : ''}`,
      );
    }
    const rows = { train: train.length, validation: validation.length, test: test.length };
    const unused = first + second - rows.train - rows.validation - rows.test;
    return { parts: rows, split: () => ({ train, validation, test, unused }) };
  },
};

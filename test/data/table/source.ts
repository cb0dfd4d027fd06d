/** A table as a source: what is told of cells and rows that do not go together, and of many columns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { csvReader } from '../../../src/data/table/csv-reader.js';
import { type TableGiven, tableSource } from '../../../src/data/table/source.js';
import { contentOf, plainTable } from '../../helpers/sources.js';

const root = t.testdir();
const split = { name: 'random', validation: 0, test: 0 };

async function open(lines: readonly string[], options: object = {}) {
  const path = join(root, 'table.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const given: TableGiven = { reader: await csvReader(path, {}), missing: [] };
  return tableSource(given, { ...plainTable, target: 'y', split, ...options } as never, {
    seed: 0,
    targets: 'values',
  });
}

t.test('a text among numbers is named, not the numbers that are categories because of it', async (t) => {
  const lines = ['x,y', ...Array.from({ length: 40 }, (_, k) => `${k === 4 ? 'abc' : k + 0.5},${k}`)];
  const half = { split: { name: 'random', validation: 0.25, test: 0.25 } };
  await t.rejects(open(lines, half).then(contentOf), {
    message: /table\.csv:6: column "x": "abc" is no number although the column's other values are/,
  });
});

t.test('rules that leave no row', async (t) => {
  const drop = { number: { missing: { name: 'drop' } } };
  await t.rejects(open(['a,b,y', '1,,1', ',2,2'], drop), {
    message: /table\.csv: no row is left, each has a missing value/,
  });
});

t.test('a weight that is a text, and a target without values', async (t) => {
  await t.rejects(open(['x,w,y', '1,2,1', '2,heavy,2'], { weight: 'w' }), {
    message:
      /table\.csv:3: column "w": expected a plain number, such as 12 or -0\.5, got "heavy"; correct it, or leave/,
  });
  await t.rejects(open(['x,y', '1,', '2,']), {
    message:
      /^data\.target: column "y" has no value in any row of .*table\.csv; there is nothing to predict$/,
  });
});

t.test('one group cannot be cut', async (t) => {
  const group = { split: { name: 'group', column: 'g', validation: 0, test: 0.5 } };
  await t.rejects(open(['g,x,y', 'a,1,1', 'a,2,2'], group), {
    message: /"g" has one group, which leaves no row for training/,
  });
});

t.test('what becomes of a column with a mean below 0', async (t) => {
  const { columns } = await open(['x,y', '-1,1', '-3,2']);
  t.equal(columns?.[0].becomes, '(x + 2) / 1');
});

t.test('columns by the ten thousand take a time that grows with their number', async (t) => {
  const names = Array.from({ length: 40_000 }, (_, k) => `c${k}`);
  const row = names.map(() => '1').join(',');
  const started = performance.now();
  const { features } = await open([`${names.join(',')},y`, `${row},1`, `${row},2`]);
  t.equal(features, 40_000);
  t.ok(performance.now() - started < 8000, 'not with its square');
});

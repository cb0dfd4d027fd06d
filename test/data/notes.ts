/** What is told of data before a run: classes that no training row has, columns that say nothing, texts among numbers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { memory } from '../../src/data/memory.js';
import { csvReader } from '../../src/data/table/csv-reader.js';
import { tableSource } from '../../src/data/table/source.js';
import { plainTable } from '../helpers/sources.js';

const root = t.testdir();

async function notesOf(lines: readonly string[], options: object, targets: 'classes' | 'binary' | 'values') {
  const path = join(root, 'table.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const given = { reader: await csvReader(path, {}), missing: [] };
  const asked = { ...plainTable, target: 'y', split: { name: 'column', column: 'part' }, ...options };
  return (await tableSource(given, asked as never, { seed: 0, targets })).notes;
}

const parts = ['train', 'train', 'train', 'validation', 'test', 'test'];
const rows = (cells: (k: number) => string) => ['x,y,part', ...parts.map((part, k) => `${cells(k)},${part}`)];

t.test('classes that no training row has', async (t) => {
  const lines = rows((k) => `${k},${['a', 'b', 'a', 'c', 'c', 'd'][k]}`);
  t.strictSame(await notesOf(lines, {}, 'classes'), [
    'no training row has the classes "c" (1 validation row, 1 test row), "d" (1 test row) of column "y", so that nothing is ' +
      'learned of them; stratify the split, or leave such rows out',
  ]);
  const yes = rows((k) => `${k},${k > 3 ? 'yes' : 'no'}`);
  t.match(await notesOf(yes, {}, 'binary'), [/^no training row has the class "yes" \(2 test rows\)/]);
  const named = { target: { column: 'y', classes: ['a', 'b', 'z'] } };
  t.match(
    await notesOf(
      rows((k) => `${k},${'ab'[k % 2]}`),
      named,
      'classes',
    ),
    [/the class "z" \(nor has any other row\)/],
  );
  t.equal(
    await notesOf(
      rows((k) => `${k},${'ab'[k % 2]}`),
      {},
      'classes',
    ),
    undefined,
  );
});

t.test('rows without named columns, too', async (t) => {
  const split = { name: 'random', validation: 0.25, test: 0.25 };
  const open = (target: number[]) =>
    memory.open({ features: target.map((y) => [y]), target, split, missing: [] } as never, {
      seed: 0,
      targets: 'classes',
    });
  t.match((await open([5, 6, 7, 8])).notes, [
    /^no training row has the classes "\d" \(1 (validation|test) row\), "\d" \(1 (validation|test) row\) of the target/,
  ]);
  t.equal((await open([5, 5, 5, 5, 6, 6, 6, 6])).notes, undefined);
});

t.test('columns that are the same in every training row', async (t) => {
  const lines = [
    'x,c,gaps,y,part',
    ...parts.map((part, k) => `${k < 3 ? 7 : k},${k < 4 ? 'p' : 'q'},${k % 2 ? '' : 'g'},${k},${part}`),
  ];
  const options = { category: { unseen: 'ignore', missing: { name: 'category' } } };
  t.match(await notesOf(lines, options, 'values'), [
    /^the columns "x", "c" are the same in every training row, so that nothing is learned from them/,
  ]);
  t.equal(
    await notesOf(
      rows((k) => `${k},${k}`),
      {},
      'values',
    ),
    undefined,
  );
});

t.test('a text among numbers; not where somebody said that the column is one of categories', async (t) => {
  const lines = rows((k) => `${k === 4 ? 'abc' : k / 2},${k}`);
  const options = { category: { unseen: 'ignore' } };
  t.match(await notesOf(lines, options, 'values'), [
    /table\.csv:6: column "x": "abc" is no number and the column's other values are/,
  ]);
  const said = { ...options, columns: { x: { type: 'category' } } };
  t.equal(await notesOf(lines, said, 'values'), undefined);
});

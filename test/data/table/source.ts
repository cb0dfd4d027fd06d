/** A table as a source: what is told of cells and rows that do not go together, and of many columns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { DataContext } from '../../../src/data/source.js';
import { csvReader } from '../../../src/data/table/csv-reader.js';
import { type TableGiven, tableSource } from '../../../src/data/table/source.js';
import { contentOf, plainTable } from '../../helpers/sources.js';

const root = t.testdir();
const split = { name: 'random', validation: 0, test: 0 };

async function open(
  lines: readonly string[],
  options: object = {},
  targets: DataContext['targets'] = 'values',
) {
  const path = join(root, 'table.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const given: TableGiven = { reader: await csvReader(path, {}), missing: [] };
  return tableSource(given, { ...plainTable, target: 'y', split, ...options } as never, {
    seed: 0,
    targets,
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

t.test('shares in place of classes: several columns of numbers, or numbers from 0 to 1', async (t) => {
  const three = { target: ['a', 'b', 'c'] };
  const lines = ['x,a,b,c', '1,0.5,0.25,0.25', '2,0,1,0', '3,1,0,0'];
  const soft = await open(lines, three, 'classes');
  t.strictSame(soft.targets, { kind: 'values', outputs: 3, type: 'float64' });
  t.strictSame((await contentOf(soft)).targets, [0.5, 0.25, 0.25, 0, 1, 0, 1, 0, 0]);
  t.match(soft.preprocessing?.target, {
    kind: 'values',
    columns: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
  });
  await t.rejects(open([...lines, '4,yes,0,0'], three, 'classes'), {
    message:
      /^data\.target: this loss takes one column of classes, or several of numbers, the shares of classes; use/,
  });
  await t.rejects(
    open(lines, { target: { columns: ['a', 'b', 'c'], scale: { name: 'standard' } } }, 'classes'),
    {
      message: /^data\.target\.scale: is for values/,
    },
  );
  const yes = async (...cells: string[]) => {
    const source = await open(['x,y', ...cells.map((cell, k) => `${k},${cell}`)], {}, 'binary');
    return source.preprocessing?.target.kind;
  };
  t.equal(await yes('0.25', '1', '0', '0.5'), 'values');
  t.equal(await yes('0', '1', '0', '1'), 'binary', 'labels, as ever');
  await t.rejects(yes('0.5', '1', '2'), { message: /has 3 classes .* and this loss takes two a column/ });
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

t.test('what there is to say of the training rows of each column', async (t) => {
  const lines = [
    'x,c,d,y',
    '1e9,a,2024-01-01,1',
    ',b,2024-01-03,2',
    '1000000002,,,3',
    '1000000004,a,2024-01-02,4',
  ];
  const missing = { missing: { name: 'mode' } };
  const { columns } = await open(lines, { number: missing, category: missing, date: missing });
  const [x, c, d, y] = (columns ?? []).map(({ training }) => training);
  t.same(x, {
    missing: 1,
    mean: 1_000_000_002,
    deviation: Math.sqrt(8 / 3),
    least: 1e9,
    largest: 1_000_000_004,
  });
  t.same(c, { missing: 1, categories: 2 });
  const day = 86_400_000;
  const first = Date.UTC(2024, 0, 1);
  t.same(d, {
    missing: 1,
    mean: first + day,
    deviation: Math.sqrt((2 / 3) * day ** 2),
    least: first,
    largest: first + 2 * day,
  });
  t.match(y, { missing: 0, mean: 2.5, least: 1, largest: 4 });
  const ignored = await open(lines, { number: missing, date: missing, ignore: ['c'] });
  t.equal(ignored.columns?.find(({ name }) => name === 'c')?.training, undefined);
  const parts = await open(['x,y', ...Array.from({ length: 40 }, (_, k) => `${k},${k}`)], {
    split: { name: 'random', validation: 10, test: 10 },
  });
  const train = [...parts.split(0).train];
  t.match(parts.columns?.[0].training, { least: Math.min(...train), largest: Math.max(...train) });
});

t.test('columns by the ten thousand take a time that grows with their number', async (t) => {
  const names = Array.from({ length: 40_000 }, (_, k) => `c${k}`);
  const row = names.map(() => '1').join(',');
  const started = performance.now();
  const { features } = await open([`${names.join(',')},y`, `${row},1`, `${row},2`]);
  t.equal(features, 40_000);
  t.ok(performance.now() - started < 8000, 'not with its square');
});

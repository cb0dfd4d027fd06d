/** Parquet files: what becomes of which type, group by group; what is refused. Files are written by hyparquet-writer. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { parquet } from '../../src/data/parquet.js';
import { decimalText } from '../../src/formats/parquet-types.js';
import { contentOf, plainTable } from '../helpers/sources.js';

const folder = t.testdir();
function file(name: string, content: Uint8Array | ArrayBuffer): string {
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(content));
  return path;
}
type Given = Parameters<typeof parquetWriteBuffer>[0];
const written = (columnData: Given['columnData'], more: Partial<Given> = {}) =>
  Buffer.from(parquetWriteBuffer({ columnData, ...more }));
const split = { name: 'random', validation: 0, test: 0 };
const asked = { ...plainTable, target: 'y', split };
const y: Given['columnData'][0] = { name: 'y', data: [1, 2, 3, 4], type: 'DOUBLE' };

t.test('types: numbers, 64-bit integers, texts, truth values, dates, what is missing', async (t) => {
  const day = Date.UTC(2024, 1, 29);
  const columnData: Given['columnData'] = [
    y,
    { name: 'int', data: [1, -2, 3, 4], type: 'INT32' },
    { name: 'float', data: [0.5, Number.NaN, 1, null], type: 'FLOAT' },
    { name: 'long', data: [1n, 2n ** 53n - 1n, -3n, null], type: 'INT64', nullable: true },
    { name: 'id', data: [2n ** 53n, 2n ** 53n + 1n, 5n, 7n], type: 'INT64' },
    { name: 'text', data: ['b', 'a', '12', null], type: 'STRING' },
    { name: 'ok', data: [true, false, true, true], type: 'BOOLEAN' },
    { name: 'day', data: [0, 1, 2, 3].map((k) => new Date(day + k * 864e5)), type: 'TIMESTAMP' },
  ];
  const options = {
    ...asked,
    number: { missing: { name: 'mean' }, scale: { name: 'none' } },
    category: { missing: { name: 'category' } },
    date: { parts: ['weekday'] },
  };
  for (const [name, more] of [
    ['one group', {}],
    ['groups of two rows, packed', { rowGroupSize: 2, codec: 'SNAPPY' }],
    ['as it is', { codec: 'UNCOMPRESSED', rowGroupSize: [1, 3] }],
  ] as const) {
    const source = await parquet.open({
      ...options,
      path: file('a.parquet', written(columnData, more as Partial<Given>)),
    });
    t.strictSame(
      source.columns?.map((column) => [column.name, column.type, column.missing]),
      [
        ['y', 'number', 0],
        ['int', 'number', 0],
        ['float', 'number', 2],
        ['long', 'number', 1],
        ['id', 'category', 0],
        ['text', 'category', 1],
        ['ok', 'category', 0],
        ['day', 'date', 0],
      ],
      name,
    );
    const columns = source.preprocessing?.columns ?? [];
    const categories = (at: number) => (columns[at] as { categories?: unknown }).categories;
    t.strictSame(categories(3), ['5', '7', '9007199254740992', '9007199254740993'], 'never rounded');
    t.strictSame(categories(4), ['12', 'a', 'b']);
    t.strictSame(categories(5), ['false', 'true']);
    const { features, targets } = await contentOf(source);
    t.strictSame(targets, [1, 2, 3, 4]);
    t.strictSame(
      features.filter((_, at) => at % 7 === 0),
      [1, -2, 3, 4],
    );
    t.strictSame(
      features.filter((_, at) => at % 7 === 1),
      [0.5, 0.75, 1, 0.75],
    );
    t.strictSame(features.filter((_, at) => at % 7 === 2).slice(0, 3), [1, 2 ** 53 - 1, -3]);
  }
});

t.test('decimals keep all their digits', async (t) => {
  t.equal(decimalText(12345n, 2), '123.45');
  t.equal(decimalText(-5n, 3), '-0.005');
  t.equal(decimalText(1200, 2), '12');
  t.equal(decimalText(Uint8Array.of(0xff, 0x38), 1), '-20');
  t.equal(decimalText(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 1), 0), '18446744073709551617');
});

t.test('columns that are not wanted are not read; nested ones are refused by name', async (t) => {
  const columnData: Given['columnData'] = [
    y,
    { name: 'a', data: [1, 2, 3, 4] },
    { name: 'list', data: [[1], [2], [3], [4]] },
  ];
  const schema: Given['schema'] = [
    { name: 'root', num_children: 3 },
    { name: 'y', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    { name: 'a', type: 'INT32', repetition_type: 'REQUIRED' },
    { name: 'list', converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'INT32', repetition_type: 'OPTIONAL' },
  ];
  const path = file(
    'nested.parquet',
    written(
      columnData.map(({ name, data }) => ({ name, data })),
      { schema },
    ),
  );
  await t.rejects(parquet.open({ ...asked, path }), {
    name: 'UserError',
    message:
      /column "list": expected single values, it is a list; leave the column out \(data\.ignore: \["list"\]\)/,
  });
  const source = await parquet.open({ ...asked, ignore: ['list'], path });
  t.strictSame((await contentOf(source)).targets, [1, 2, 3, 4]);
  const damaged = Buffer.from(
    written([y, { name: 'a', data: [1, 2, 3, 4], type: 'INT32' }], { codec: 'UNCOMPRESSED' }),
  );
  damaged.fill(0xff, 4, 12);
  await t.rejects(parquet.open({ ...asked, target: 'a', path: file('d.parquet', damaged) }), {
    name: 'UserError',
  });
});

t.test('says what is wrong', async (t) => {
  const sound = written([y, { name: 'a', data: [1, 2, 3, 4], type: 'INT32' }]);
  const infinite = written([y, { name: 'a', data: [1, 2, Number.POSITIVE_INFINITY, 4], type: 'DOUBLE' }]);
  const missing = written([y, { name: 'a', data: [1, 2, null, 4], type: 'DOUBLE' }]);
  const footer = Buffer.from(sound);
  footer.writeUInt32LE(0x7fff_ffff, footer.length - 8);
  const cases: [name: string, content: Uint8Array, message: RegExp][] = [
    ['empty', Buffer.alloc(0), /is empty; expected a Parquet file/],
    ['text', Buffer.from('a,b\n1,2\n'), /begins with PAR1, got something else/],
    ['encrypted', Buffer.from('PARE....PARE'), /is encrypted Parquet/],
    ['cut', sound.subarray(0, -9), /truncated: a Parquet file ends with PAR1/],
    ['footer', footer, /damaged Parquet: /],
    ['infinite', infinite, /row 3: column "a": expected a finite number, got Infinity/],
    ['missing', missing, /row 3: column "a": a value is missing/],
  ];
  for (const [name, content, message] of cases) {
    const reading = parquet.open({ ...asked, path: file(`${name}.parquet`, content) }).then(contentOf);
    await t.rejects(reading, { name: 'UserError', message }, name);
  }
  await t.rejects(parquet.open({ ...asked, path: join(folder, 'none') }), { message: /none: no such file/ });
  // Twenty rows without a value and twenty with one, as two runs, of which the first then says 2^27 times.
  const halves = {
    name: 'a',
    data: Array.from({ length: 40 }, (_, k) => (k < 20 ? null : k)),
    type: 'DOUBLE',
  } as const;
  const long = written([halves], { codec: 'UNCOMPRESSED' });
  long.set([0xfe, 0xff, 0xff, 0x7f], long.indexOf(Buffer.of(0x28, 0, 0x28, 1)));
  await t.rejects(parquet.open({ ...asked, target: 'a', path: file('long.parquet', long) }), {
    name: 'UserError',
    message: /a run of 134217727 values in a page of 40/,
  });
  // Every byte in turn: read, or refused in a line, never another error.
  let refused = 0;
  for (let at = 0; at < sound.length; at += 3) {
    const changed = Buffer.from(sound);
    changed[at] ^= 0x55;
    await parquet.open({ ...asked, path: file('x.parquet', changed) }).catch((error: Error) => {
      refused++;
      if (error.name !== 'UserError') t.fail(`byte ${at}: ${error.stack}`);
    });
  }
  t.ok(refused > sound.length / 12, `${refused} refused`);
});

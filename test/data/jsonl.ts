/** Tables of JSON objects: what becomes of which value, and what is refused, with its line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { jsonl } from '../../src/data/jsonl.js';
import { contentOf, plainTable } from '../helpers/sources.js';

const folder = t.testdir();
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const split = { name: 'random', validation: 0, test: 0 };
const asked = { ...plainTable, target: 'y', split };

const lines = [
  '{"n": 1.5, "id": 12345678901234567890, "zip": "01234", "digits": "12", "ok": true, "day": "2024-02-29", "y": 1}',
  '{"y": 2, "n": null, "id": 12345678901234567891, "zip": "NA", "digits": "7", "ok": false, "day": "2024-03-01", "x": "a\\"1234567890123456789"}',
  '{"n": -2e3, "id": 7, "zip": "90210", "digits": "12", "ok": true, "day": "2024-03-01T06:00:00Z", "y": 3, "x": "b"}',
];

t.test('numbers, texts, dates, truth values, what is missing, and what would be rounded', async (t) => {
  const given = { ...asked, missing: ['NA'], number: { missing: 'mean' }, category: { missing: 'category' } };
  const options = {
    ...given,
    number: { missing: { name: 'mean' } },
    category: { missing: { name: 'category' } },
    date: { parts: ['days'] },
  };
  const plain = await jsonl.open({ ...options, path: file('a.jsonl', `${lines.join('\n')}\n\n`) });
  t.strictSame(
    plain.columns?.map(({ name, type, missing }) => [name, type, missing]),
    [
      ['n', 'number', 1],
      ['id', 'category', 0],
      ['zip', 'category', 1],
      ['digits', 'category', 0],
      ['ok', 'category', 0],
      ['day', 'date', 0],
      ['y', 'number', 0],
      ['x', 'category', 1],
    ],
  );
  const columns = new Map(plain.preprocessing?.columns?.map((column) => [column.name, column]));
  const categories = (name: string) => (columns.get(name) as { categories?: unknown })?.categories;
  t.strictSame(categories('id'), ['12345678901234567890', '12345678901234567891', '7'], 'not rounded');
  t.strictSame(categories('zip'), ['01234', '90210']);
  t.strictSame(categories('digits'), ['12', '7']);
  t.strictSame(categories('ok'), ['false', 'true']);
  t.strictSame(categories('x'), ['a"1234567890123456789', 'b']);
  const packed = await jsonl.open({ ...options, path: file('a.jsonl.gz', gzipSync(lines.join('\r\n'))) });
  t.strictSame(await contentOf(packed), await contentOf(plain));
});

t.test('a file for each part', async (t) => {
  const path = {
    train: file('train.jsonl', '{"a":1,"y":1}\n{"a":3,"y":2}\n'),
    validation: file('validation.jsonl', '{"y":3,"a":5}\n'),
    test: file('test.jsonl', '{"a":7,"y":4}\n{"a":9,"y":5}\n'),
  };
  const source = await jsonl.open({ ...plainTable, target: 'y', path });
  t.strictSame(source.parts, { train: 2, validation: 1, test: 2 });
  t.strictSame((await contentOf(source)).features, [-1, 1, 3, 5, 7], 'scaled by the training rows');
});

t.test('says what is wrong, and in which line', async (t) => {
  const cases: [content: string, message: RegExp, more?: object][] = [
    ['', /is empty; expected a JSON object a line/],
    [
      '[\n{"a":1}]',
      /:1: expected a JSON object, got no valid JSON .*; of a list write each element on a line/,
    ],
    ['[{"a":1}]', /a\.jsonl:1: expected a JSON object a line, .* got a list; write each element/],
    ['{"a":1,"y":1}\n{"a":1,"y":1,"\\u0061" : 2}', /:2: expected keys that differ, got "\\u0061" twice/],
    ['{"a":1,"y":1}\n17\n', /:2: expected a JSON object a line, .* got 17/],
    ['{"a":1,"y":1}\n{"a":\n', /:2: expected a JSON object, got no valid JSON \(Unexpected end/],
    ['{"a":1,"y":1}\n{\n"a":1}\n', /:2: .*; a JSON object must be whole in its line/],
    ['{"a":1,"y":1}\n\n{"a":1,"y":1}', /:2: expected a JSON object, got an empty line/],
    [
      '{"a":1,"y":1}\n{"a":[2],"y":1}',
      /:2: column "a": expected a number, .* got a list; leave the column out \(data\.ignore: \["a"\]\)/,
    ],
    ['{"a":{"b":1},"y":1}', /:1: column "a": .* got a mapping/],
    ['{"a":1,"y":1}\n{"y":2}', /:2: column "a": a value is missing, and no rule says/],
    [
      '{"a":1,"y":1}\n{"a":"x","y":2}',
      /:2: column "a": expected a plain number, .* got "x"/,
      { columns: { a: { type: 'number' } } },
    ],
    [
      '{"a":1,"y":1}\n{"a":1e999,"y":2}',
      /:2: column "a": expected a plain number, .* got "1e999"/,
      { columns: { a: { type: 'number' } } },
    ],
  ];
  for (const [content, message, more] of cases) {
    const reading = jsonl.open({ ...asked, path: file('a.jsonl', content), ...more }).then(contentOf);
    await t.rejects(reading, { name: 'UserError', message }, content);
  }
  const alike = '{"t":"\\"a\\": 1","m":{"a":1,"y":2},"l":[{"a":1}],"a":1,"y":1}\n{"a":2,"y":2,"t":"x"}';
  t.ok(
    await jsonl.open({ ...asked, ignore: ['m', 'l', 't'], path: file('a.jsonl', alike) }),
    'a key within a text, or an object within one',
  );
  const bytes = Buffer.concat([
    Buffer.from('{"a":1,"y":1}\n{"a":"'),
    Buffer.of(0xff),
    Buffer.from('","y":1}'),
  ]);
  await t.rejects(jsonl.open({ ...asked, path: file('a.jsonl', bytes) }), {
    message: /:2: expected UTF-8, got other bytes; JSON is UTF-8: write it anew/,
  });
  t.ok(
    await jsonl.open({
      ...asked,
      ignore: ['a'],
      path: file('b.jsonl', '{"a":[1],"b":1,"y":1}\n{"b":2,"y":3}'),
    }),
  );
});

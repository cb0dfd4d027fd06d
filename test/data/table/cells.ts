/** Texts as numbers, to the last bit as JavaScript reads them, and as dates; and what is neither. */
import t from 'tap';
import { dateOf, numberOf } from '../../../src/preprocess/cells.js';
import { keyed } from '../../../src/random.js';

/** What is a plain decimal, said once more and slowly: by its letters, and then by `Number`. */
function expected(text: string): number {
  if (!/^[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d*)?(e[+-]?\d{1,3})?$/i.test(text)) return Number.NaN;
  const value = Number(text);
  const [digits] = text.split(/e/i);
  const significant = digits.replace(/[^\d]/g, '').replace(/^0+/, '').length;
  const isWhole = /^[+-]?\d+$/.test(text);
  if (!Number.isFinite(value) || significant > 17) return Number.NaN;
  return isWhole && !Number.isSafeInteger(value) ? Number.NaN : value;
}

t.test('300,000 random decimals have the bits that Number gives them', async (t) => {
  const random = keyed('cells', 1);
  const digits = (most: number) => String(random.below(10 ** Math.min(9, 1 + random.below(most))));
  const makes: (() => string)[] = [
    () => digits(9),
    () => `${digits(9)}.${digits(9)}`,
    () => `${digits(7)}.${'0'.repeat(random.below(5))}${digits(9)}`,
    () => `.${digits(9)}`,
    () => `${digits(9)}.`,
    () => String(random.uniform()),
    () => String(random.normal() * 10 ** (random.below(40) - 20)),
    () => (random.uniform() * 1e6).toFixed(random.below(12)),
    () => `${digits(9)}${digits(9)}`,
    () => `${digits(9)}e${random.below(2) ? '-' : ''}${digits(3)}`,
    () => `0.${'0'.repeat(random.below(30))}${digits(9)}${digits(9)}`,
  ];
  const wrong: string[] = [];
  let numbers = 0;
  for (let k = 0; k < 300_000; k++) {
    const text = `${['', '', '-', '+'][random.below(4)]}${makes[k % makes.length]()}`;
    const value = numberOf(text);
    if (!Object.is(value, expected(text))) wrong.push(text);
    if (k % 8 === 0 && !Object.is(value, numberOf(text.replace('.', ','), ',')))
      wrong.push(`${text} with a comma`);
    if (!Number.isNaN(value)) numbers++;
  }
  t.strictSame(wrong.slice(0, 10), []);
  t.ok(numbers > 240_000, `${numbers} of them were numbers`);
});

t.test('random letters are a number exactly where they look like one', async (t) => {
  const random = keyed('cells', 2);
  const letters = '00123456789..--+eE, x';
  const wrong: string[] = [];
  for (let k = 0; k < 100_000; k++) {
    const text = Array.from(
      { length: 1 + random.below(6) },
      () => letters[random.below(letters.length)],
    ).join('');
    if (!Object.is(numberOf(text), expected(text))) wrong.push(text);
  }
  t.strictSame(wrong.slice(0, 10), []);
});

t.test('what would be rounded, and what is a name, is no number', async (t) => {
  const names = [
    '007',
    '00',
    '-01',
    '1234567890123456789',
    '9007199254740993',
    '0.12345678901234567890',
    '1e999',
  ];
  const words = [
    '',
    '-',
    '.',
    '+.',
    '1 2',
    ' 1',
    '1 ',
    '1,5',
    '1_000',
    '0x10',
    'NaN',
    'Infinity',
    '１',
    '1e',
    'e5',
    '1.2.3',
  ];
  for (const text of [...names, ...words]) t.ok(Number.isNaN(numberOf(text)), JSON.stringify(text));
  t.equal(numberOf('9007199254740991'), Number.MAX_SAFE_INTEGER);
  t.ok(Object.is(numberOf('-0'), -0));
  t.equal(numberOf('0.1'), 0.1);
  t.equal(numberOf('1,5', ','), 1.5);
  t.ok(Number.isNaN(numberOf('1.5', ',')), 'not where a comma is the point');
  t.ok(Number.isNaN(numberOf('1.000,5', ',')));
  t.ok(Number.isNaN(numberOf('9'.repeat(400))));
});

t.test('dates of ISO 8601', async (t) => {
  const dates: [text: string, iso: string][] = [
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['1969-12-31', '1969-12-31T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['2024-02-29 12:30', '2024-02-29T12:30:00.000Z'],
    ['2024-02-29T12:30:05', '2024-02-29T12:30:05.000Z'],
    ['2024-02-29T12:30:05.1239', '2024-02-29T12:30:05.123Z'],
    ['2024-02-29T12:30:05Z', '2024-02-29T12:30:05.000Z'],
    ['2024-02-29T00:30:00+01:00', '2024-02-28T23:30:00.000Z'],
    ['2024-02-28T23:30:00-0130', '2024-02-29T01:00:00.000Z'],
  ];
  for (const [text, iso] of dates) t.equal(new Date(dateOf(text)).toISOString(), iso, text);
  const others = [
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '2024-1-1',
    '24-01-01',
    '2024-01-01T24:00',
    '2024-01-01T12:60',
  ];
  for (const text of [
    ...others,
    '2024-01-01T',
    '2024-01-01 1:00',
    '01/02/2024',
    '2024',
    '',
    '2024-01-01x',
    '1234-56-7890',
  ]) {
    t.ok(Number.isNaN(dateOf(text)), JSON.stringify(text));
  }
});

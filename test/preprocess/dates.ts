/** Parts of dates, in UTC. */
import '../helpers/bare.js';
import t from 'tap';
import {
  CellProblem,
  type DatePart,
  datePart,
  dateParts,
  encodeDate,
  type FittedDate,
} from '../../src/preprocess/fitted.js';
import { keyed } from '../../src/random.js';

const partsOf = (text: string) =>
  Object.fromEntries(dateParts.map((part) => [part, datePart(Date.parse(text), part)]));

t.test('every part of some instants', async (t) => {
  t.same(partsOf('1970-01-01T00:00:00Z'), {
    ...{ year: 1970, month: 1, day: 1, weekday: 3, yearday: 1, hour: 0, minute: 0, second: 0, days: 0 },
  });
  t.same(partsOf('2024-12-31T18:30:15.250Z'), {
    ...{ year: 2024, month: 12, day: 31, weekday: 1, yearday: 366, hour: 18, minute: 30, second: 15.25 },
    days: 20088 + (18 * 3600 + 30 * 60 + 15.25) / 86400,
  });
  t.same(partsOf('1969-12-28T23:59:59Z'), {
    ...{ year: 1969, month: 12, day: 28, weekday: 6, yearday: 362, hour: 23, minute: 59, second: 59 },
    days: -3 - 1 / 86400,
  });
  for (const year of ['0000', '0004', '0099', '0100', '-000001', '-000004']) {
    const days = 31 + 29 + Number(year.at(-1) === '1' || year === '0099' || year === '0100' ? 0 : 1);
    t.equal(datePart(Date.parse(`${year}-03-01T05:00Z`), 'yearday'), days, `the 1 March of ${year}`);
  }
  t.equal(datePart(Date.parse('2023-03-01'), 'yearday'), 60);
  t.equal(datePart(Date.parse('2024-03-01'), 'yearday'), 61, 'after a leap day');
});

t.test('weekdays from Monday on', async (t) => {
  const days = Array.from({ length: 8 }, (_, k) => datePart(Date.UTC(2024, 0, 1 + k), 'weekday'));
  t.same(days, [0, 1, 2, 3, 4, 5, 6, 0]);
});

t.test('a column: each part scaled, a missing date filled first', async (t) => {
  const scale = (center: number, spread: number) => ({ log: false, center, spread });
  const parts: [DatePart, number, number][] = [
    ['month', 6, 3],
    ['hour', 12, 6],
  ];
  const column: FittedDate = {
    name: 'when',
    type: 'date',
    parts: parts.map(([part, center, spread]) => ({ part, scale: scale(center, spread) })),
    fill: Date.UTC(2020, 11, 1, 18),
  };
  const into = new Float64Array(5);
  encodeDate(column, Date.UTC(2021, 2, 9, 3), into, 0);
  encodeDate(column, Number.NaN, into, 3);
  t.same([...into], [-1, -1.5, 0, 2, 1]);
  t.throws(() => encodeDate({ ...column, fill: null }, Number.NaN, into, 0), new CellProblem('is missing'));
});

t.test('every part is the one that Date has, from the year 100 to 10,000, leap days and all', async (t) => {
  const random = keyed('dates');
  const [first, last] = [Date.UTC(100, 0, 1), Date.UTC(10_000, 0, 1)];
  const instants = Array.from(
    { length: 20_000 },
    () => first + Math.floor(random.uniform() * (last - first)),
  );
  for (const year of [100, 1600, 1900, 1970, 2000, 2023, 2024, 2100, 2400]) {
    for (let day = 0; day < 366; day++) instants.push(Date.UTC(year, 0, 1) + day * 86_400_000 - 1);
  }
  for (const ms of instants) {
    const date = new Date(ms);
    const expected: [DatePart, number][] = [
      ['year', date.getUTCFullYear()],
      ['month', date.getUTCMonth() + 1],
      ['day', date.getUTCDate()],
      ['weekday', (date.getUTCDay() + 6) % 7],
      ['yearday', Math.floor((ms - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1],
      ['hour', date.getUTCHours()],
      ['minute', date.getUTCMinutes()],
      ['second', (date.getUTCSeconds() * 1000 + date.getUTCMilliseconds()) / 1000],
    ];
    const wrong = expected.filter(
      ([part, value]) => date.getUTCFullYear() >= 100 && datePart(ms, part) !== value,
    );
    if (wrong.length > 0) t.same(wrong, [], date.toISOString());
  }
  t.ok(instants.length > 23_000);
});

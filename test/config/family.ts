/** A schema from what members say: of families that are made up here, so that no real member is taken for granted. */
import t from 'tap';
import { z } from 'zod';
import { familySchema } from '../../src/config/family.js';
import type { InputOf, Member, SpecOf } from '../../src/config/spec.js';

const shapes = {
  plain: { description: 'No options.' },
  round: {
    description: 'With options of each kind.',
    options: {
      radius: { type: 'number', above: 0, below: 10, description: 'R.' },
      corners: { type: 'integer', min: 0, max: 9, default: 4, description: 'C.' },
      filled: { type: 'boolean', default: false, description: 'F.' },
      tone: { type: 'choice', of: ['dark', 'light'], default: 'dark', description: 'T.' },
      every: { type: 'interval', units: 'steps', optional: true, description: 'E.' },
      width: { type: 'integer', min: 1, max: 9, auto: true, description: 'W.' },
      rows: { type: 'rows', default: 0.5, description: 'R.' },
      label: { type: 'text', optional: true, description: 'L.' },
      inner: { type: 'member', family: 'init', default: 'none', description: 'I.' },
    },
    problem: (values: Readonly<Record<string, unknown>>) =>
      values.corners === 3 ? { key: 'corners', message: 'expected any but 3, got 3' } : undefined,
  },
} as const satisfies Record<string, Member>;
const families = {
  init: {
    none: { description: 'None.' },
    some: {
      description: 'Some.',
      options: { level: { type: 'integer', min: 1, max: 3, default: 2, description: 'L.' } },
    },
  },
} as const;
const schema = familySchema(shapes, families, 'plain');

const round = { name: 'round', radius: 1, width: 'auto' } as const;
const whole = {
  ...round,
  corners: 4,
  filled: false,
  tone: 'dark',
  rows: 0.5,
  inner: { name: 'none' },
} as const;

t.test('names, mappings and defaults', async (t) => {
  t.strictSame(schema.parse('plain'), { name: 'plain' });
  t.strictSame(schema.parse({}), { name: 'plain' }, 'a mapping without a name is the default');
  t.strictSame(schema.parse(round), whole);
  t.strictSame(schema.parse(whole), whole, 'and is read again as it was');
  t.strictSame(schema.parse({ ...round, inner: 'some' }), { ...whole, inner: { name: 'some', level: 2 } });
  t.strictSame(schema.parse({ ...round, inner: { level: 3, name: 'some' } }), {
    ...whole,
    inner: { name: 'some', level: 3 },
  });
  t.strictSame(schema.parse({ ...round, inner: {} }), whole, 'there too');
  t.strictSame(familySchema({ only: { description: 'One.' } }, {}).parse('only'), { name: 'only' });
});

t.test('what is refused, and where', async (t) => {
  for (const [value, path] of [
    ['round', ''],
    [5, ''],
    [{ name: 'square' }, 'name'],
    [{ name: 'plain', radius: 1 }, ''],
    [{ ...round, radius: 0 }, 'radius'],
    [{ ...round, radius: 10 }, 'radius'],
    [{ ...round, corners: 1.5 }, 'corners'],
    [{ ...round, corners: 3 }, 'corners'],
    [{ ...round, filled: 1 }, 'filled'],
    [{ ...round, tone: 'grey' }, 'tone'],
    [{ ...round, every: '30 s' }, 'every'],
    [{ ...round, width: 0 }, 'width'],
    [{ ...round, rows: 1.5 }, 'rows'],
    [{ ...round, label: '' }, 'label'],
    [{ ...round, inner: { name: 'some', level: 4 } }, 'inner.level'],
  ] as const) {
    const { error } = schema.safeParse(value);
    const flat = (issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[]): string[] =>
      issues.flatMap((issue) => {
        const here = [...above, ...issue.path];
        const inner = issue.code === 'invalid_union' ? (issue.errors.at(-1) ?? []) : [];
        return [here.join('.'), ...flat(inner, here)];
      });
    t.ok(
      error && flat(error.issues, []).includes(path),
      `${JSON.stringify(value)}: ${JSON.stringify(error?.issues)}`,
    );
  }
});

t.test('each option is in the JSON Schema, with its description and bounds', async (t) => {
  const json = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) as unknown as {
    anyOf: [{ enum: string[] }, { oneOf: { properties: Record<string, object>; required?: string[] }[] }];
  };
  t.same(json.anyOf[0].enum, ['plain'], 'round needs a radius');
  const [plain, member] = json.anyOf[1].oneOf;
  t.notOk(plain.required?.includes('name'));
  t.same(Object.keys(member.properties), ['name', ...Object.keys(shapes.round.options)]);
  t.same(member.required, ['name', 'radius', 'width']);
  t.match(member.properties.radius, { exclusiveMinimum: 0, exclusiveMaximum: 10, description: 'R.' });
  t.match(member.properties.inner, { default: 'none', description: 'I.' });
});

t.test('types are those of the descriptions', async (t) => {
  type Input = InputOf<typeof shapes, typeof families, 'plain'>;
  type Spec = SpecOf<typeof shapes, typeof families>;
  const inputs: readonly Input[] = [
    'plain',
    {},
    round,
    { ...round, inner: 'some' },
    { ...round, inner: { name: 'some' } },
  ];
  // @ts-expect-error: it needs options
  const bare: Input = 'round';
  // @ts-expect-error: a word that is not among its choices
  const grey: Input = { ...round, tone: 'grey' };
  const spec: Spec = whole;
  const corners: number = spec.name === 'round' ? spec.corners : 0;
  t.equal(corners, 4);
  t.equal(inputs.filter((input) => schema.safeParse(input).success).length, inputs.length);
  t.notOk([bare, grey].some((input) => schema.safeParse(input).success));
});

/**
 * YAML from strangers: whatever the text, an answer comes at once. There is no clock here: what this guards
 * against takes minutes, or the whole process, so the run's own time limit shows it.
 */
import t from 'tap';
import { parseYaml } from '../../src/config/yaml.js';
import { isUserError } from '../../src/errors.js';
import { keyed } from '../../src/random.js';

/** What comes of a text: its value, or the mistake. */
function parse(text: string): { value?: unknown; mistake?: string } {
  try {
    return { value: parseYaml(text, (position) => position).value };
  } catch (error) {
    if (isUserError(error)) return { mistake: error.message };
    throw error;
  }
}

t.test('mappings, lists and plain values', async (t) => {
  t.same(parse("a: [1, -2.5, 1e-3, 0x10, true, ~]\nb:\n- c: 'd'\n  e: |\n    [[[\nf: it's # [\n"), {
    value: { a: [1, -2.5, 0.001, 16, true, null], b: [{ c: 'd', e: '[[[\n' }], f: "it's" },
  });
  t.same(parse('32: 1_000'), { value: { 32: '1_000' } });
});

t.test('positions and sources', async (t) => {
  const yaml = parseYaml('a:\n  - b: 2e400\n    c: "x"\n', (position) => position);
  t.equal(yaml.position(['a', 0, 'b']), '2:8');
  t.equal(yaml.keyPosition(['a', 0, 'b']), '2:5');
  t.equal(yaml.keyPosition(['a', 0]), '2:5');
  t.equal(yaml.position(['a', 0, 'missing', 'more']), '2:5', 'the nearest that is there');
  t.equal(yaml.source(['a', 0, 'b']), '2e400');
  t.equal(yaml.source(['a', 0, 'c']), undefined);
});

t.test('what a configuration does not need', async (t) => {
  const cases: [text: string, mistake: string | RegExp][] = [
    ['a: 1\nb: &x 2', /^2:4: anchors/],
    ['a: *x', /^1:4: aliases/],
    ['a: !!js/function x', /^1:4: tags/],
    ['%YAML 1.2\n---\na: 1', /^1:1: directives/],
    ['? a\n: b', /^1:1: keys in the form/],
    ['{? a : b}', /^1:2: keys in the form/],
    ['a: 1\n---\nb: 2', '2:1: expected one YAML document, got a second one'],
    ['[a]: 1', '1:1: expected a key, such as "name"'],
    ['{a: 1}: 1', '1:1: expected a key, such as "name"'],
    ['a: {: 1}', '1:5: expected a key, such as "name"'],
    ['a: 1\nb: 2\na: 3', '3:1: duplicate key "a"'],
    ['1: a\n"1": b', '2:1: duplicate key "1"'],
    ['a: {__proto__: {b: 1}}', '1:5: the key "__proto__" is not allowed'],
    ['"\\u005f_proto__": 1', '1:1: the key "__proto__" is not allowed'],
    ['constructor: 1', '1:1: the key "constructor" is not allowed'],
    ['prototype: 1', '1:1: the key "prototype" is not allowed'],
    ['a: b\0', '1:5: expected plain text, got the character U+0000'],
    ['a: \x02\x18\x1f', '1:4: expected plain text, got the character U+0002'],
    ['a: \ud800', '1:4: expected plain text, got the character U+D800'],
    ['a: [1', /^1:6: not valid YAML: Flow sequence in block collection must .* end with a \]$/],
    ['a: b: c', /^1:4: not valid YAML: Nested mappings are not allowed/],
    ['a: "\\q"', /^1:5: not valid YAML: Invalid escape sequence/],
  ];
  for (const [text, mistake] of cases) t.match(parse(text), { mistake }, JSON.stringify(text));
  t.equal(({} as { b?: unknown }).b, undefined);
});

t.test('depth', async (t) => {
  const blocks = (depth: number) => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
  for (const nested of [
    (depth: number) => '['.repeat(depth) + ']'.repeat(depth),
    (depth: number) => '{a: '.repeat(depth) + '}'.repeat(depth),
    (depth: number) => `${'- '.repeat(depth)}x`,
    (depth: number) => `${'- '.repeat(depth - 1)}a: x`,
    blocks,
  ]) {
    t.notOk(parse(nested(32)).mistake);
    t.match(parse(nested(33)), { mistake: /nested more than 32 levels deep$/ });
  }
  // No mappings that YAML allows, but its parser nests them before it says so, and calls itself for each at the comma.
  t.match(parse(`{ ${'a: '.repeat(3000)}b, c: 1 }`), { mistake: /^1:\d+: nested more than 32 levels deep$/ });
});

t.test('texts that keep a parser busy', async (t) => {
  const units = [
    '[',
    '{',
    '[[',
    '{{',
    '{[',
    '- ',
    ': ',
    'a: ',
    '{a: ',
    '[a: ',
    '[[]: ',
    '{}: ',
    '- [',
    ']',
    'b: ]\n',
  ];
  const more = [
    '? ',
    '{? ',
    '[? ',
    '- ? ',
    '? - ',
    '"',
    "'",
    '"\\u',
    '\n',
    ' \n',
    'a\n\n',
    '#\n',
    '|\n',
    '&a ',
    'a:\n ',
  ];
  for (const unit of [...units, ...more]) {
    const text = unit.repeat(Math.ceil(65_536 / unit.length)).slice(0, 65_536);
    const { value, mistake } = parse(text);
    t.ok(mistake ?? typeof value === 'string', JSON.stringify(unit));
    parse(`x: ${text.slice(0, 2000)}\ny: [1]\n`);
  }
  t.match(parse('x: [1, 2]\n'.repeat(6000)), {
    mistake: /expected at most 10000 words and signs, got more$/,
  });
  t.match(parse(`a: ${'9'.repeat(60_000)}`), { value: { a: Number.POSITIVE_INFINITY } });
});

t.test('random texts', async (t) => {
  const random = keyed('yaml');
  const parts = [
    ...'[]{}?-:,\n\t "\'|>&*!%@`#a1',
    '- ',
    ': ',
    'a: ',
    '\n  ',
    '\n    ',
    '\r\n',
    '---\n',
    '...\n',
    '\\u00',
  ];
  const odd: string[] = [];
  for (let i = 0; i < 1000; i++) {
    const length = 1 + random.below(40);
    const text = Array.from({ length }, () => parts[random.below(parts.length)]).join('');
    const { mistake } = parse(text);
    if (mistake !== undefined && !/^\d+:\d+: [^\n]+$/.test(mistake)) odd.push(`${mistake} for ${text}`);
  }
  t.same(odd, []);
});

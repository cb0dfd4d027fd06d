/** Configurations to fuzz with: sound ones, and changes of several kinds. Knows the keys, not how they are read. */
import type { Random } from '../../src/random.js';
import type { Input } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';
import { override } from '../targets/config.js';

export const small = `name: small
data: { name: xor }
model:
  init: { name: uniform, range: 0.1 }
  layers:
    - { units: 8, activation: relu }
    - units: 1
      activation: sigmoid # a probability
loss: binary-cross-entropy
train:
  batchSize: 4
optimizer: { name: sgd, learningRate: 1e-2 }
`;

/** Every key, with so many layers. */
export const large = (layers: number) => `name: "large"
seed: 0x10
engine: { name: reference }
data:
  name: mnist
  path: >-
    some folder/
    with files
  split: { train: 50000, validation: 0.1 }
model:
  precision: float64
  layers:
${'    - { units: 100, activation: tanh, init: { name: he-normal } }\n'.repeat(layers - 1)}\
    - { "units": 10, "activation": softmax }
loss: cross-entropy
optimizer: sgd
train: { shards: 4, averaging: shards, epochs: 3, validate: { every: 3 epochs } }
`;

const layout = [
  '\n',
  '\n  ',
  '\n    - ',
  '\r\n',
  '\r',
  '\t',
  '- ',
  ': ',
  '? ',
  ', ',
  '# ',
  '---\n',
  '%YAML 1.2\n',
];
const quoting = [
  '|\n',
  '>-\n ',
  '|9\n',
  '"',
  "'",
  '\\',
  '\\u0000',
  '\\U0010ffff',
  '[',
  ']',
  '{',
  '}',
  '[]',
  '{}',
];
const reaching = '&a;*a;! ;!!js/function ;<<: ;__proto__: ;constructor: ;toString: ;length: ;x: 1\n'.split(
  ';',
);
const numbers =
  '2e400 -.inf .nan -0 1e-400 0o17 0xffffffffffffffff 9007199254740993 1_000 2001-12-14 -1'.split(' ');
const words =
  'null true no ~ mnist xor init uniform range he-normal softmax engine native reference float32'.split(' ');
const characters = ['\0', '\x1b[31m', '\ufeff', '\u2028', '\x85', '\u{1f600}', '\u202e'];
const overrides = ['', 'train.epochs=', 'model.layers.0.units=', 'engine.name='].map(
  (path) => override + path,
);
const tokens = [...layout, ...quoting, ...reaching, ...numbers, ...words, ...characters, ...overrides];

const grammar: Grammar = {
  text: true,
  tokens: [...tokens, Uint8Array.of(0xc0, 0x80), Uint8Array.of(0xed, 0xa0, 0x80), Uint8Array.of(0xff, 0xfe)],
  pairs: ['[ ]', '{ }', '{a:_ }', '[a:_ ]', '-_ ', '" "', 'a:\n_ \n'].map((pair) => {
    const [open, close] = pair.split(' ');
    return [open.replace('_', ' '), close];
  }),
};

const texts = [small, small, large(3)];
const paths = [
  'train',
  'model',
  'model.layers',
  'model.layers.0',
  'model.init',
  'data',
  'engine',
  'seed',
  'name',
  '',
];
const values = ['1', '0.5', 'xor', '{ name: uniform, range: 1 }', '[{ units: 1, activation: relu }]'];

export const config = (text: string | Uint8Array): Input => ({
  target: 'config',
  bytes: Buffer.from(text as string),
});

/** A few of the text's words exchanged: most of it can still be read, and the schema has something to say. */
function exchanged(text: string, random: Random): string {
  const words = [...text.matchAll(/[^\s:{}[\],#=]+/g)];
  if (words.length === 0) return text;
  const { 0: word, index } = pick(words, random);
  const by = random.below(2) ? pick(tokens, random) : pick(words, random)[0];
  const result = text.slice(0, index) + by + text.slice(index + word.length);
  return random.below(2) ? result : exchanged(result, random);
}

/** Up to 64 KiB of a few tokens again and again, wherever a value can stand. */
function repeated(random: Random): string {
  const unit = Array.from({ length: 1 + random.below(4) }, () => pick(tokens, random)).join('');
  const text = unit.repeat(random.below(65_000 / Buffer.byteLength(unit)));
  return pick(
    [text, `${small}x: ${text}`, small.replace('small', () => text), `${small}${override}train=${text}`],
    random,
  );
}

/** A sound file as it is, garbage, or a sound file, with overrides or without, and changes of several kinds. */
export function changedConfig(random: Random): Input {
  const text = pick(texts, random);
  const kind = random.below(64);
  if (kind < 4) return config(text);
  if (kind < 6) return config(garbage(someLength(random), random, grammar));
  if (kind === 6) return config(repeated(random));
  if (kind < 24) return config(exchanged(text, random));
  if (kind >= 36)
    return config(mutated(Buffer.from(text), Buffer.from(pick(texts, random)), grammar, random));
  const set = Buffer.from(`${pick(paths, random)}=${pick(values, random)}`);
  const other = Buffer.from(
    kind < 30 ? exchanged(`${set}`, random) : mutated(set, Buffer.from(text), grammar, random),
  );
  return config(Buffer.concat([Buffer.from(text + override), other]));
}

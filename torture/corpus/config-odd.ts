/** What was thought out against the reader of configurations, each with what must come of it. Knows its promises. */
import { type Input, places } from '../fuzz.js';
import { override } from '../targets/config.js';
import { config, large, small } from './config.js';

const set = (...texts: string[]): Input => config([small, ...texts].join(override));
const changed = (part: string, by: string) => config(small.replace(part, () => by));
const kib64 = (unit: string) => unit.repeat(65_536 / Buffer.byteLength(unit));
const blocks = (depth: number) => Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}a:\n`).join('');

const accepted: readonly Input[] = [
  ...[small, large(3), large(64), `\ufeff${small}`, `---\n${small}`, small.replaceAll('\n', '\r\n')].map(
    config,
  ),
  config(small.padEnd(65_536, '#')),
  changed('1e-2', '1.5e-45'),
  changed('1e-2', '0.1'.padEnd(40_000, '0')),
  set('train.batchSize=16', 'model.layers.1.init={name: he-normal}'),
  set('engine=reference', 'engine.name=wasm', 'model.precision=float64'),
  set('data.name=mnist', 'data.path=[x', 'data.split.train=1'),
  set('name=007', ' seed = 5'),
  set(...Array<string>(1000).fill('train.epochs=3')),
];

/** Neither finite nor, in most places, in range. */
const numbers = ['9'.repeat(400), ...'2e400 -2e400 1e309 .inf -.Inf .nan -1 -0.5 0x1p3 1_0'.split(' ')];
/** Keys that reach into what every object has. */
const keys = '__proto__ constructor prototype toString hasOwnProperty __defineGetter__ length'.split(' ');
const brackets = ['[', '{', '{a: ', '"', "'", ',', ']'];
const indicators = ['- ', '? ', ': ', 'a: ', '#\n', '|\n', '&a ', '*a ', '!!x', '\n', '\r', '\t'];
const inQuotes = ['- ', ': ', '? ', '\\', 'x', '\\u0041', ' ', 'a\n ', '\x85', '\u{1f600}'];

const refused: readonly Input[] = [
  ...['', '\0', '\ufeff', '~', '[]', '-', 'x', '"', '{}', '--- |\n', '...', '? ', '#'].map(config),
  config(small.padEnd(65_537, '#')),
  config(kib64('x').repeat(16)),
  config(Buffer.from(small, 'utf16le')),
  config(Buffer.concat([Buffer.from('# '), Uint8Array.of(0xc0, 0x80), Buffer.from(`\n${small}`)])),
  ...places.filter((place) => place !== 'file').map((place): Input => ({ ...config(''), place })),
  { ...config(small), size: 65_536 },
  { ...config(small), size: 2 ** 36 },
  // 64 KiB of one token, by themselves, and where a value is wanted.
  ...[...brackets, ...indicators].flatMap((unit) => [
    config(kib64(unit)),
    changed('small', kib64(unit).slice(0, 60_000)),
  ]),
  ...inQuotes.map((unit) => changed('small', `"${kib64(unit).slice(0, 60_000)}"`)),
  ...[33, 500, 2000, 3000].flatMap((depth) => [
    changed('small', '['.repeat(depth) + ']'.repeat(depth)),
    changed('small', '{a: '.repeat(depth) + '}'.repeat(depth)),
    config(blocks(Math.min(depth, 300))),
    set(`train=${'['.repeat(depth)}`),
    set(`model.layers=${'[{a: '.repeat(depth)}`),
    set(`model.init={ ${'a: '.repeat(depth)}b, c: 1 }`),
  ]),
  ...['&a small', '*a', '!!str small', '! small', '&a', '|\n', '>9\n'].map((value) =>
    changed('small', value),
  ),
  ...['&a 1', '*a', '!!int 1', '{<<: *a}'].map((value) => set(`train.epochs=${value}`)),
  config(`a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n${small}`),
  ...['<<: { seed: 1 }\n', '%YAML 1.2\n---\n', `${small}---\n`, small].map((before) =>
    config(before + small),
  ),
  ...numbers.flatMap((number) => [
    ...['4', '8', '0.1', '1e-2'].map((old) => changed(old, number)),
    ...['seed', 'optimizer.learningRate', 'model.layers.0.units'].map((path) => set(`${path}=${number}`)),
    set(`model.init={name: uniform, range: ${number}}`),
  ]),
  ...keys.flatMap((key) => [
    ...[key, `"${key}"`].map((name) => config(`${small}${name}: { x: 1 }\n`)),
    changed('{ name: xor }', `{ name: xor, ${key}: { x: 1 } }`),
    ...['relu', 'xor', 'uniform', 'binary-cross-entropy'].map((name) => changed(name, key)),
    ...[
      `${key}=1`,
      `${key}.x=1`,
      `train={${key}: {x: 1}}`,
      `model.layers.${key}=1`,
      `model.init.name=${key}`,
    ].map((text) => set(text)),
  ]),
  // A value that came by --set must not be told with an unknown key.
  ...['a\x1b[31m', 'a\nb\n\n\n\n\n\n', 'x'.repeat(60_000)].map((text) =>
    config(`${small}foo: 1\n${override}name=${text}`),
  ),
  ...['', '=', '.', '=1', 'train', 'train.=1', '.train=1', 'model.layers.4294967296.units=1'].map((text) =>
    set(text),
  ),
  set(`${'.'.repeat(60_000)}=1`),
  set(`model.layers.0.${'x'.repeat(1e6)}=1`),
  set(`seed=${' '.repeat(70_000)}`),
  set(`model.layers=[${'{},'.repeat(3000)}]`),
  set(`model.layers=[${'{units: 1, activation: relu},'.repeat(65)}]`),
  // Thousands of unknown keys, all much like one that is missing; thousands of one key.
  config(Array.from({ length: 2400 }, (_, i) => `dat${i}:\n`).join('')),
  config('a: 1\n'.repeat(1400)),
];

/** Tried as they are, each once. */
export const oddConfig: readonly Input[] = [
  ...accepted.map((input): Input => ({ ...input, must: 'accepted' })),
  ...refused.map((input): Input => ({ ...input, must: 'refused' })),
];

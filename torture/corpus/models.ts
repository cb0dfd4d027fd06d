/** Model files to fuzz with: sound ones, and what was thought out against their reader. Knows the format alone. */
import { encodeSafetensors, type Tensors } from '../../src/formats/safetensors.js';
import { layOut } from '../../src/model/lay-out.js';
import { forwardLayers } from '../../src/model/layers/forward/index.js';
import { DESCRIPTION_FORMAT, DESCRIPTION_KEY } from '../../src/predict/description.js';
import type { Random } from '../../src/random.js';
import { type Input, places } from '../fuzz.js';
import { type Grammar, garbage, mutated, pick, someLength } from '../mutate.js';

const none = new Uint8Array(0);
const model = (bytes: Uint8Array): Input => ({ target: 'model', bytes });
const refused = (input: Input): Input => ({ ...input, must: 'refused' });

interface Said {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly { readonly name?: string; readonly [option: string]: unknown }[];
  readonly preprocessing: unknown;
  readonly [more: string]: unknown;
}

function tensorsOf({ inputs, outputs, layers }: Said): Tensors {
  const net = layOut(forwardLayers, inputs, layers, outputs);
  return Object.fromEntries(
    net.layers
      .flatMap(({ tensors, buffers }) => [...tensors, ...buffers])
      .map(({ name, shape, length }) => [
        name,
        { shape, data: Float64Array.from({ length }, (_, k) => ((k % 5) + 1) / 8) },
      ]),
  );
}

/** A file that says this of its model, and holds these tensors. */
function fileOf(said: unknown, tensors: Tensors): Uint8Array {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  const { head, data } = encodeSafetensors(tensors, { [DESCRIPTION_KEY]: text });
  return Buffer.concat([head, ...data]);
}

const plain = { log: false, center: 1, spread: 2 };
const category = {
  type: 'category',
  categories: ['red', 'green'],
  rare: ['blue'],
  codes: 4,
  missing: 3,
  unseen: 2,
};
const softmax = { name: 'softmax' };
const said = (changes: Partial<Said>): Said => ({
  format: DESCRIPTION_FORMAT,
  name: 'fuzzed',
  precision: 'float64',
  inputs: 2,
  outputs: 2,
  layers: [
    { units: 3, activation: { name: 'relu' } },
    { units: 'auto', activation: softmax },
  ],
  loss: { name: 'cross-entropy' },
  task: { kind: 'class', classes: 2 },
  preprocessing: {
    matrix: { features: 2, scales: [0.5], offsets: [0] },
    target: { kind: 'class', column: 'y', classes: ['a', 'b'], numeric: false },
  },
  best: { step: 1, monitor: 'loss', loss: 1, metrics: {} },
  ...changes,
});

const matrix = said({});
const table = said({
  inputs: 10,
  outputs: 2,
  layers: [
    { name: 'embedding', columns: { kind: { at: 9, codes: 4, size: 2 } } },
    { name: 'batch-norm', epsilon: 1e-5 },
    { units: 3, activation: { name: 'elu', alpha: 1 } },
    { name: 'layer-norm', epsilon: 1e-5 },
    { name: 'dropout', rate: 0.5 },
    { units: 'auto' },
  ],
  preprocessing: {
    columns: [
      { name: 'size', type: 'number', scale: plain, fill: 1, indicator: true },
      {
        name: 'when',
        type: 'date',
        parts: [
          { part: 'year', scale: plain },
          { part: 'hour', scale: plain },
        ],
        fill: 0,
      },
      { ...category, name: 'colour', encode: { name: 'one-hot' } },
      { ...category, name: 'order', encode: { name: 'ordinal', scale: plain } },
      { ...category, name: 'kind', encode: { name: 'embed', size: 2 } },
    ],
    texts: { missing: ['NA'], point: ',' },
    target: { kind: 'values', columns: ['u', 'v'].map((name) => ({ name, scale: { ...plain, log: true } })) },
  },
});
const yes = said({
  outputs: 1,
  layers: [{ units: 'auto', activation: { name: 'sigmoid' } }],
  preprocessing: {
    matrix: { features: 2, scales: [0.5, 1], offsets: [0, 1], shape: [1, 2] },
    target: { kind: 'binary', columns: [{ name: 'y', classes: ['0', '1'], numeric: true }] },
  },
});
const sound = [matrix, table, yes].map((each) => ({ said: each, tensors: tensorsOf(each) }));
const files = sound.map(({ said, tensors }) => fileOf(said, tensors));

/** Of a sound model, with something else in place of what its description says there. */
function saying(k: number, path: string, value: unknown): Input {
  const { said, tensors } = sound[k];
  return model(fileOf(withValue(said, path.split('.'), value), tensors));
}

function withValue(into: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(into) ? [...into] : { ...(into as object) }) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

const values: readonly unknown[] = [
  undefined,
  null,
  -1,
  0,
  0.5,
  2 ** 31,
  2 ** 53,
  1e300,
  '',
  'x\u009b',
  [],
  {},
  [null],
];
/** All places of a description. */
function pathsIn(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    pathsIn(each, at === '' ? key : `${at}.${key}`),
  );
  return at === '' ? inner : [at, ...inner];
}
const paths = sound.map((each) => pathsIn(each.said));
const wide = (inputs: number, layers: Said['layers'], preprocessing: unknown, tensors: Tensors = {}) =>
  refused(model(fileOf(said({ inputs, layers, preprocessing }), tensors)));
const target = { kind: 'class', column: 'y', classes: ['a', 'b'], numeric: false };
const one = { ...category, encode: { name: 'one-hot' } };

/** Tried as they are, each once. */
export const oddModels: readonly Input[] = [
  ...files.map((bytes): Input => ({ ...model(bytes), must: 'accepted' })),
  ...['', '{', 'null', '[]', '{}', '['.repeat(100_000), `{"format":"${DESCRIPTION_FORMAT}"}`].map((text) =>
    refused(model(fileOf(text, {}))),
  ),
  ...files.flatMap((bytes) =>
    [0, 1, 8, 9, 200, bytes.length - 1].map((end) => refused(model(bytes.subarray(0, end)))),
  ),
  ...sound.flatMap((_, k) =>
    ['layers', 'preprocessing', 'inputs', 'outputs', 'precision', 'format'].flatMap((path) =>
      values.map((value) => refused(saying(k, path, value))),
    ),
  ),
  // Columns that make as many inputs as the layers take, if one of them makes fewer than none.
  wide(2, [], { matrix: { features: 2, scales: [1], offsets: [0] }, target }),
  wide(2 ** 40, [], { matrix: { features: 2 ** 40, scales: [1], offsets: [0] }, target }),
  refused(
    saying(0, 'preprocessing', {
      columns: [
        { ...one, name: 'a', codes: 2 ** 50 },
        { ...one, name: 'b', codes: 2 - 2 ** 50 },
      ],
      target,
    }),
  ),
  ...[-1, 10, 2 ** 50].map((at) => refused(saying(1, 'layers.0.columns.kind.at', at))),
  refused(saying(1, 'layers.0.columns.kind.size', -(2 ** 40))),
  refused(
    saying(1, 'layers.0.columns', {
      kind: { at: 9, codes: 4, size: 2 },
      other: { at: 9, codes: 0, size: 0 },
    }),
  ),
  ...places
    .filter((place) => place !== 'file' && place !== 'pipe' && place !== 'device')
    .map((place) => ({ ...refused(model(none)), place })),
];

const grammar: Grammar = {
  header: 8,
  tokens: [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\\"',
    '"F64"',
    '"shape":[',
    '\\"units\\":4294967296',
    '\\"codes\\":-1,',
    '\\"size\\":1e9,',
    '\\"columns\\":{',
    '\\"name\\":\\"dense\\"',
    '\\"name\\":\\"embedding\\"',
    '\\"name\\":\\"batch-norm\\"',
    'null',
    '1e999',
    '-1',
    '\\\\u0000',
    Buffer.alloc(8, 0xff),
  ],
  pairs: [
    ['[', ']'],
    ['{\\"a\\":', '}'],
  ],
};

/** A sound file as it is, garbage, a sound file with changes, or one that says something else of its model. */
export function changedModel(random: Random): Input {
  const k = random.below(files.length);
  if (random.below(16) === 0) return model(files[k]);
  if (random.below(16) === 0) return model(garbage(someLength(random), random));
  if (random.below(2) === 0) return model(mutated(files[k], pick(files, random), grammar, random));
  const { said: before, tensors } = sound[k];
  let after: unknown = before;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const path = pick(paths[k], random).split('.');
    const other =
      random.below(3) === 0 ? valueAt(before, pick(paths[k], random).split('.')) : pick(values, random);
    if (valueAt(after, path) !== undefined) after = withValue(after, path, other);
  }
  return model(fileOf(after, tensors));
}

function valueAt(within: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | null | undefined)?.[key],
    within,
  );
}

/** Configurations drafted from data files: they load, they train, and nothing is overwritten. */
import '../helpers/bare.js';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetWriteBuffer } from 'hyparquet-writer';
import t from 'tap';
import { draftConfig } from '../../src/api/draft.js';
import { predict } from '../../src/api/predict.js';
import { train } from '../../src/api/train.js';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/index.js';

const penguins = join(dirname(fileURLToPath(import.meta.url)), '../../../config/data/penguins.csv');
const folder = mkdtempSync(join(tmpdir(), 'gradpool-draft-'));
t.teardown(() => rmSync(folder, { recursive: true }));
process.chdir(folder);

/** A number from 0 to 1 for each row, the same on every machine. */
const noise = (k: number, of: number) => ((k * 7919 + of * 104729) % 1009) / 1009;

/** Like UCI Adult: spaces, question marks, two classes, a category of many values; its names, or none. */
function adult(header: boolean): string {
  const rows = Array.from({ length: 400 }, (_, k) => {
    const age = 20 + Math.floor(40 * noise(k, 1));
    const work = k % 17 === 0 ? '?' : ['Private', 'State-gov', 'Self'][k % 3];
    return `${age}, ${work}, land ${Math.floor(60 * noise(k, 2) ** 2)}, ${k % 7}, ${age > 40 ? '>50K' : '<=50K'}`;
  });
  return `${header ? 'age, workclass, native-country, education-num, income\n' : ''}${rows.join('\n')}\n`;
}

/** Like the diamonds: quoted texts, a price. */
const diamonds = `"carat","cut","price","x","y","z"\n${Array.from({ length: 300 }, (_, k) => {
  const carat = 0.2 + noise(k, 1);
  const size = 4 * carat ** 0.3;
  return `${carat.toFixed(3)},"${['Fair', 'Good', 'Ideal'][k % 3]}",${Math.round(4000 * carat)},${size.toFixed(2)},${size.toFixed(2)},${size.toFixed(2)}`;
}).join('\n')}\n`;

/** Like the heart disease data: a byte-order mark, all numbers, a target of 0 and 1. */
const heart = `\ufeffage,chol,target\n${Array.from({ length: 200 }, (_, k) => `${30 + (k % 40)},${Math.floor(100 + 200 * noise(k, 3))},${noise(k, 3) > 0.5 ? 1 : 0}`).join('\n')}\n`;

/** Numbers with commas in Latin-1, a counter, dates with a gap, a target with gaps. */
const german = `Nr;Größe;Tag;Ort;Menge\n${Array.from({ length: 120 }, (_, k) => `${k + 1};${String((noise(k, 1) * 100).toFixed(2)).replace('.', ',')};${k % 11 ? `2024-01-${10 + (k % 20)}` : ''};${['Köln', 'Ulm'][k % 2]};${k % 13 ? `${k},5` : 'NA'}`).join('\n')}\n`;

async function drafted(name: string, content: string | Uint8Array, settings = {}) {
  writeFileSync(name, content);
  const draft = await draftConfig(name, settings);
  return { draft, config: await loadConfig(draft.output) };
}

const trained = async (config: string, epochs = 12) => {
  const { summary } = await train(config, { threads: 1, overrides: { epochs } });
  return summary;
};

const outputOf = ({ model, loss }: Config) => {
  const { units, activation } = model.layers.at(-1) as { units?: unknown; activation?: { name: string } };
  return [loss.name, units, activation?.name];
};

t.test('penguins: classes, medians, a target by its name', async (t) => {
  const draft = await draftConfig(penguins, { output: 'penguins.yaml' });
  t.match(draft, { target: 'species', task: 'classes', rows: 344, columns: 8, missing: ['NA'], ignored: [] });
  const config = await loadConfig('penguins.yaml');
  t.same(outputOf(config), ['cross-entropy', 'auto', 'softmax']);
  t.match(config, {
    name: 'penguins',
    optimizer: { name: 'adam' },
    data: {
      name: 'csv',
      path: penguins,
      missing: ['NA'],
      number: { missing: { name: 'median' } },
      category: { missing: { name: 'category' }, unseen: 'ignore' },
      split: { name: 'random', stratify: true },
    },
  });
  const { testMetrics } = await trained('penguins.yaml', 40);
  t.ok(Number(testMetrics.accuracy) > 0.9, `${testMetrics.accuracy}`);
});

t.test('adult: two classes, spaces, question marks, many categories; with names and without', async (t) => {
  const { config } = await drafted('adult.csv', adult(true));
  t.same(outputOf(config), ['binary-cross-entropy', 'auto', 'sigmoid']);
  t.match(config.data, {
    path: join(process.cwd(), 'adult.csv'),
    trim: true,
    missing: ['?'],
    target: 'income',
    columns: { 'native-country': { rare: 2 } },
  });
  t.match(config.data, { header: undefined });
  const first = await trained('adult.yaml');
  t.ok(Number(first.testMetrics.accuracy) > 0.75, `${first.testMetrics.accuracy}`);

  const { config: bare, draft } = await drafted('bare.csv', adult(false));
  t.match(
    draft.notes[0],
    /^the file has no line of names: its columns are called column1, .* \(data\.header\)$/,
  );
  t.match(bare.data, { header: ['column1', 'column2', 'column3', 'column4', 'column5'], target: 'column5' });
  t.equal((await trained('bare.yaml')).testMetrics.accuracy, first.testMetrics.accuracy);
});

t.test('diamonds: values, scaled while learning', async (t) => {
  const { config, draft } = await drafted('diamonds.csv', diamonds);
  t.same(outputOf(config), ['mean-squared-error', 'auto', 'linear']);
  t.match(draft, { target: 'price', task: 'values' });
  t.match(config.data, { target: { column: 'price', scale: { name: 'standard' } } });
  t.notOk((config.data as { split?: { stratify?: boolean } }).split?.stratify);
  const { testMetrics } = await trained('diamonds.yaml');
  t.ok(Number(testMetrics.r2) > 0.8, `${testMetrics.r2}`);
});

t.test('counts are numbers, or few enough to be classes: what to write for them stands there', async (t) => {
  const rows = (most: number) =>
    Array.from({ length: 600 }, (_, k) => `${noise(k, 1)},${Math.floor(most * noise(k, 1) ** 2)}`).join('\n');
  for (const [most, instead, more] of [
    [60, 'linear', 'a target without scale'],
    [8, 'softmax', 'a split without stratify'],
  ] as const) {
    const { draft } = await drafted('visits.csv', `x,visits\n${rows(most)}\n`, { force: true });
    const said =
      `\n# If "visits" counts something (whole numbers from 0 to ${most - 1}): loss: poisson, exponential in the place of ` +
      `${instead}, ${more}\n`;
    t.ok(draft.text.includes(said), draft.text);
    const done = draft.text
      .replace(/^loss: .*$/m, 'loss: poisson')
      .replace(`activation: ${instead}`, 'activation: exponential')
      .replace('{ column: visits, scale: standard }', 'visits')
      .replace(', stratify: true', '');
    writeFileSync('visits.yaml', done);
    const { testMetrics } = await trained('visits.yaml', 30);
    t.ok(Number(testMetrics.r2) > 0.8, `${testMetrics.r2}`);
  }
});

t.test('rare classes: what makes them count stands there', async (t) => {
  const rows = Array.from({ length: 200 }, (_, k) => `${noise(k, 1)},${k % 20 ? 'no' : 'yes'}`).join('\n');
  const { draft } = await drafted('rare.csv', `x,sick\n${rows}\n`);
  t.match(
    draft.text,
    /\n {2}# "no" comes 19 times as often as "yes"\. What makes rare classes count: classWeights: balanced, or sampling: balanced, or loss: binary-focal\n$/,
  );
  t.notMatch((await draftConfig(penguins, { dry: true })).text, 'rare classes');
});

t.test('heart disease: 0 and 1 are two classes', async (t) => {
  const { config } = await drafted('heart.csv', heart);
  t.same(outputOf(config), ['binary-cross-entropy', 'auto', 'sigmoid']);
  t.match(readFileSync('heart.yaml', 'utf8'), /# the probability of "1"\n/);
  t.ok(Number((await trained('heart.yaml')).testMetrics.accuracy) > 0.6);
});

t.test('Latin-1, commas in numbers, a counter, dates, gaps in the target', async (t) => {
  const { config, draft } = await drafted('Absatz 2024.csv', Buffer.from(german, 'latin1'));
  t.match(draft, { output: 'Absatz 2024.yaml', ignored: ['Nr'], task: 'values' });
  t.match(config, {
    name: 'Absatz-2024',
    data: {
      delimiter: ';',
      decimal: ',',
      encoding: 'latin1',
      missing: ['NA'],
      ignore: ['Nr'],
      target: { column: 'Menge' },
      columns: { Menge: { missing: { name: 'drop' } } },
      date: { missing: { name: 'median' } },
    },
  });
  t.equal((await trained('Absatz 2024.yaml')).epochs, 12);
});

t.test('very many categories are embedded', async (t) => {
  const rows = Array.from(
    { length: 600 },
    (_, k) => `u${Math.floor(150 * noise(k, 1))},${k % 2 ? 'a' : 'b'}`,
  );
  const { config } = await drafted('users.csv', `user,class\n${rows.join('\n')}\n`);
  t.match(config.data, { columns: { user: { encode: { name: 'embed' }, rare: 2 } } });
  t.equal((await trained('users.yaml')).epochs, 12);
});

t.test('names that YAML would take for something else', async (t) => {
  const head = '"yes","a: b","#c","- d","{e}","null","1e3","""q""","target"';
  const rows = Array.from(
    { length: 60 },
    (_, k) => `u,v${k % 2},w${k % 3},${k % 4},,${k % 5},x,p${k % 2},t${k % 2}`,
  );
  const { config } = await drafted('odd.csv', `${head}\n${rows.join('\n')}\n`);
  t.match(config.data, { ignore: ['yes', '{e}', '1e3'], target: 'target' });
  t.equal((await trained('odd.yaml')).epochs, 12);
});

t.test(
  'JSON Lines and Parquet: drafted, trained on, predicted; what no table can have is ignored',
  async (t) => {
    const table = Array.from({ length: 60 }, (_, k) => ({
      x: noise(k, 1),
      s: k % 2 ? 'p' : 'q',
      class: 'ab'[k % 2],
    }));
    const lines = table.map((row) => JSON.stringify({ ...row, tags: [1] })).join('\n');
    const columnData = (['x', 's', 'class'] as const).map((name) => ({
      name,
      data: table.map((row) => row[name]),
    }));
    for (const [name, content, ignored] of [
      ['typed.jsonl', lines, ['tags']],
      ['typed.parquet', Buffer.from(parquetWriteBuffer({ columnData })), []],
    ] as const) {
      const { draft, config } = await drafted(name, content, { force: true });
      t.match(draft, { output: 'typed.yaml', target: 'class', task: 'binary', rows: 60, ignored });
      t.match(config.data, { name: name.slice(6), path: join(process.cwd(), name), ignore: ignored });
      await train('typed.yaml', { threads: 1, runDir: `run-${name}`, overrides: { epochs: 2 } });
      const { rows } = await predict(`run-${name}`, { input: name, output: `${name}.csv` });
      t.equal(rows, 60);
    }
  },
);

t.test('a single column teaches nothing', async (t) => {
  await t.rejects(
    drafted('single.csv', `y\n${Array.from({ length: 30 }, (_, k) => noise(k, 1)).join('\n')}\n`),
    {
      name: 'UserError',
      message: /single\.csv: has no column beside the target "y"/,
    },
  );
  t.notOk(existsSync('single.yaml'));
});

t.test('the data are named as seen from the configuration', async (t) => {
  mkdirSync('configs');
  writeFileSync('heart.csv', heart);
  await draftConfig('heart.csv', { output: 'configs/heart.yaml' });
  t.match(readFileSync('configs/heart.yaml', 'utf8'), /\n {2}path: \.\.\/heart\.csv\n/);
  t.match((await loadConfig('configs/heart.yaml')).data, { path: join(process.cwd(), 'heart.csv') });
});

t.test('nothing is overwritten, unless it is said', async (t) => {
  writeFileSync('mine.yaml', 'mine');
  await t.rejects(draftConfig('heart.csv', { output: 'mine.yaml' }), {
    name: 'UserError',
    message: 'mine.yaml: is there already; name another file (--output), or overwrite it (--force)',
  });
  t.equal(readFileSync('mine.yaml', 'utf8'), 'mine');
  await draftConfig('heart.csv', { output: 'mine.yaml', force: true });
  t.match(readFileSync('mine.yaml', 'utf8'), /^# A first configuration/);
  const { text } = await draftConfig('heart.csv', { output: 'dry.yaml', dry: true });
  t.match(text, /\nname: heart\n/);
  t.notOk(existsSync('dry.yaml'));
});

t.test('what is to be predicted is asked for where nobody can tell', async (t) => {
  writeFileSync(
    'unclear.csv',
    `u,v,day\n${Array.from({ length: 30 }, (_, k) => `${k % 5},${k / 7},2024-01-${10 + (k % 9)}`).join('\n')}\n`,
  );
  await t.rejects(draftConfig('unclear.csv'), {
    name: 'UserError',
    message:
      'unclear.csv: expected to be told what is to be predicted; it could be u, v: set --target u, or another',
  });
  let asked: readonly string[] = [];
  const { target, task } = await draftConfig('unclear.csv', {
    choose: async (candidates) => {
      asked = candidates;
      return 'v';
    },
  });
  t.same([asked, target, task], [['u', 'v'], 'v', 'values']);
  await t.rejects(draftConfig('unclear.csv', { target: 'day', force: true }), {
    message: /"day" is a column of dates/,
  });
  await t.rejects(draftConfig('unclear.csv', { target: 'w', force: true }), {
    message: /^--target: unclear\.csv has no column "w"/,
  });
  await t.rejects(draftConfig('unclear.csv', { name: '../x', force: true }), {
    message: /^--name: expected 1 to 64/,
  });
  await t.rejects(draftConfig('-'), { message: /cannot be standard input/ });
});

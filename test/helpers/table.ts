/** A made-up table with columns of every kind, in files of their own for training and validation. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type ConfigInput, configSchema } from '../../src/config/schema.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { Pool } from '../../src/pool/pool.js';
import type { DoneEvent } from '../../src/protocol.js';
import { keyed } from '../../src/random.js';

export const header = [
  'size',
  'income',
  'age',
  'color',
  'grade',
  'city',
  'when',
  'kind',
  'sold',
  'member',
  'price',
];
export const targets = ['kind', 'sold', 'member', 'price'];

/** A row's fields as a file has them; every seventh has some missing. */
export function fields(row: number, set: string): string[] {
  const random = keyed('table', set, row);
  const pick = (...of: string[]) => of[random.below(of.length)];
  const isMissing = row % 7 === 3;
  const size = random.normal();
  const kind = size > 0.4 ? 'large, "x"' : size < -0.4 ? 'small' : 'größer';
  return [
    String(size),
    isMissing ? '?' : String(Math.floor(Math.exp(8 + random.normal()))),
    isMissing ? '' : String(20 + random.below(50)),
    isMissing ? '' : pick('red', 'green', 'blue'),
    pick('low', 'middle', 'high'),
    row % 10 === 0 ? 'Rare' : pick('Berlin', 'Paris'),
    isMissing ? '?' : `2024-0${1 + random.below(9)}-1${random.below(10)}T12:30:00Z`,
    kind,
    String(Number(size + 0.3 * random.normal() > 0)),
    pick('no', 'yes'),
    String(1000 * size + 250 + 10 * random.normal()),
  ];
}

const quotedField = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const csvLine = (cells: readonly string[]) => cells.map(quotedField).join(',');

/** A file's text. */
export function csvText(set: string, rows: number): string {
  return [header, ...Array.from({ length: rows }, (_, row) => fields(row, set))]
    .map((line) => `${csvLine(line)}\n`)
    .join('');
}

/** A row as a program has it. */
export function rowObject(cells: readonly string[]): Record<string, string> {
  return Object.fromEntries(header.flatMap((name, k) => (targets.includes(name) ? [] : [[name, cells[k]]])));
}

/**
 * What is said of its columns, so that every rule has its turn.
 * @param rare fewer rows than these make a city a rare one @param embed whether numbers are learned for cities
 */
export const rulesOf = (rare: number, embed: boolean) => ({
  missing: ['?'],
  number: { missing: 'median' },
  category: { unseen: 'ignore' },
  date: { missing: 'mean' },
  columns: {
    income: { scale: 'log-standard', missing: 'indicator' },
    color: { missing: 'category' },
    grade: { encode: { name: 'ordinal', order: ['low', 'middle', 'high'] } },
    city: { rare, unseen: 'rare', ...(embed && { encode: { name: 'embed', size: 2 } }) },
    when: { parts: ['month', 'weekday', 'hour', 'days'] },
  },
});

export const VALIDATION_ROWS = 30;

export type Changes = Partial<Pick<ConfigInput, 'data' | 'loss' | 'optimizer' | 'train'>> & {
  target: unknown;
  layers: readonly unknown[];
  precision?: 'float32' | 'float64';
  /** Whether numbers are learned for a column of categories. */
  embed?: boolean;
};

/** Trains on it. */
export function tables(teardown: (work: () => unknown) => unknown) {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-table-'));
  const pool = new Pool(2);
  let runs = 0;
  teardown(async () => {
    await pool.close();
    rmSync(folder, { recursive: true });
  });
  const path = (name: string) => join(folder, name);
  writeFileSync(path('train.csv'), csvText('train', 120));
  writeFileSync(path('validation.csv'), csvText('validation', VALIDATION_ROWS));

  const configOf = ({ target, layers, precision = 'float64', embed = false, ...rest }: Changes): Config =>
    configSchema.parse({
      name: 'table',
      seed: 5,
      engine: 'wasm',
      data: {
        name: 'csv',
        path: { train: path('train.csv'), validation: path('validation.csv') },
        target,
        ignore: targets.filter((name) => !JSON.stringify(target).includes(`"${name}"`)),
        ...rulesOf(20, embed),
      },
      model: { precision, init: 'glorot-uniform', layers },
      optimizer: { name: 'adam', learningRate: 0.01 },
      ...rest,
      train: { batchSize: 16, epochs: 2, ...rest.train },
    });

  return {
    folder,
    path,
    async train(changes: Changes): Promise<{ runDir: string; summary: DoneEvent }> {
      const runDir = path(`run${runs++}`);
      const options = { threads: 2, runDir, version: 'test' };
      const { summary } = await new Trainer().train(configOf(changes), options, () => {}, { pool });
      return { runDir, summary };
    },
  };
}

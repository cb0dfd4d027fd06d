/**
 * How quickly a CSV file becomes a table, beside csv-parse alone, which only splits it into texts: `npm run bench -- csv`.
 * Each runs as a process of its own, in turns.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { cachedTable } from '../dist/src/data/table/cache.js';
import { csvReader } from '../dist/src/data/table/csv-reader.js';
import { count, machine, markdown, median, optionsOf } from './lib/tools.mjs';

const help = `npm run bench -- csv [options]
  --mb N     size of the file that is made (default: 200)
  --quoted   its first category in quotes
  --reps N   repetitions, in turns (default: 3)
  --file F   another file in place of it
  --json     one JSON object with every repetition`;

/** What reads the file at a path; returns the number of records. The first four are csv-parse alone, in the ways to use it. */
const contenders = {
  'csv-parse, readable': (path) => {
    const parser = createReadStream(path, { highWaterMark: CHUNK }).pipe(parse());
    let records = 0;
    parser.on('readable', () => {
      while (parser.read() !== null) records++;
    });
    return ended(parser, () => records);
  },
  'csv-parse, data': (path) => {
    const parser = createReadStream(path, { highWaterMark: CHUNK }).pipe(parse());
    let records = 0;
    parser.on('data', () => records++);
    return ended(parser, () => records);
  },
  'csv-parse, on_record': (path) => {
    let records = 0;
    const onRecord = () => {
      records++;
      return null;
    };
    const parser = createReadStream(path, { highWaterMark: CHUNK }).pipe(parse({ on_record: onRecord }));
    parser.resume();
    return ended(parser, () => records);
  },
  'gradpool, a table': (path) => table(path),
  'gradpool, first time with the cache': (path, folder) => table(path, folder),
  'gradpool, from the cache': (path, folder) => table(path, folder),
};

const CHUNK = 1 << 18;

function ended(parser, records) {
  return new Promise((resolve, reject) => {
    parser.on('end', () => resolve(records()));
    parser.on('error', reject);
  });
}

async function table(path, folder) {
  const cells = { missing: new Set(['NA']), point: '.' };
  const wanted = { types: new Map(), ignore: new Set(), cells };
  const { rows } = await cachedTable(await csvReader(path, { delimiter: ',' }), wanted, folder && { folder });
  return rows + 1;
}

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    mb: { type: 'string', default: '200' },
    quoted: { type: 'boolean', default: false },
    reps: { type: 'string', default: '3' },
    file: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    // A child's own.
    contender: { type: 'string' },
    cache: { type: 'string' },
  });
  if (options.help) return console.log(help);
  if (options.contender) return measure(options);
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-csv-'));
  try {
    const path =
      options.file ?? (await made(join(folder, 'table.csv'), count('mb', options.mb), options.quoted));
    const found = Object.keys(contenders).map((name) => ({ name, runs: [] }));
    for (let rep = 0; rep < count('reps', options.reps); rep++) {
      const cache = join(folder, `cache${rep}`);
      for (const { name, runs } of found) runs.push(child(name, path, cache));
    }
    const mb = statSync(path).size / 1e6;
    if (options.json) return console.log(JSON.stringify({ machine: machine(), mb, found }));
    console.log(
      `${machine()}; ${mb.toFixed(0)} MB, ${found[0].runs[0].records.toLocaleString('en-US')} records\n`,
    );
    console.log(markdown(rowsOf(found, mb)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(found, mb) {
  const each = found.map(({ name, runs }) => ({
    name,
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpu: median(runs.map(({ cpu }) => cpu)),
    peak: median(runs.map(({ peak }) => peak)),
  }));
  const alone = each.filter(({ name }) => name.startsWith('csv-parse'));
  const best = (key) => Math.min(...alone.map((one) => one[key]));
  return each.map(({ name, seconds, cpu, peak }) => ({
    '': name,
    seconds: seconds.toFixed(2),
    'MB/s': (mb / seconds).toFixed(0),
    '× csv-parse alone': (best('seconds') / seconds).toFixed(2),
    'CPU seconds': cpu.toFixed(2),
    '× by CPU': (best('cpu') / cpu).toFixed(2),
    'peak MB': peak.toFixed(0),
  }));
}

/** Runs one contender in a process of its own. */
function child(name, path, cache) {
  const args = [
    join(import.meta.dirname, 'run.mjs'),
    'csv',
    '--contender',
    name,
    '--file',
    path,
    '--cache',
    cache,
  ];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout);
}

async function measure({ contender, file, cache }) {
  const before = process.cpuUsage();
  const begun = performance.now();
  const records = await contenders[contender](file, cache);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peak = process.resourceUsage().maxRSS / 1000;
  console.log(JSON.stringify({ records, seconds, cpu: (user + system) / 1e6, peak }));
}

/** A file of numbers of all lengths and three categories, the same each time. */
async function made(path, mb, quoted) {
  let state = 12345;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const sizes = ['small', 'medium', 'large', 'extra large'];
  const city = quoted ? (k) => `"city ${k}"` : (k) => `city ${k}`;
  const below = (n) => Math.floor(random() * n);
  const out = createWriteStream(path);
  out.write('id,city,size,count,price,ratio,temperature,share,distance,flag\n');
  let [bytes, id] = [0, 0];
  while (bytes < mb * 1e6) {
    let text = '';
    for (let k = 0; k < 2000; k++) {
      const numbers = [
        below(1000),
        (random() * 1e4).toFixed(2),
        random().toFixed(6),
        (random() * 60 - 20).toFixed(1),
      ];
      const more = [random(), (random() * 1e5).toFixed(3), random() < 0.5 ? 'yes' : 'no'];
      text += `${id++},${city(below(200))},${sizes[below(4)]},${[...numbers, ...more].join(',')}\n`;
    }
    bytes += text.length;
    if (!out.write(text)) await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
  return path;
}

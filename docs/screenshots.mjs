/**
 * Takes the pictures of docs/images/ from real runs, which it trains into a folder of its own: a report, by day, by night
 * and on a phone, the live page half-way through a run, and the page of a sweep.
 *
 *   npm run build && node docs/screenshots.mjs                     all of them
 *   node docs/screenshots.mjs live                                 those whose names begin so
 *
 * Needs Chromium (`apt-get install chromium`, or CHROME_PATH) and the MNIST files.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(import.meta.dirname, '..');
const images = join(import.meta.dirname, 'images');
const cli = join(root, 'dist/src/cli.js');
/** A picture is looked at over a slow line, too. */
const MOST_BYTES = 200_000;

const executablePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const wanted = process.argv[2] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'gradpool-pictures-'));
const browser = await chromium.launch({
  executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
mkdirSync(images, { recursive: true });

/** Has a command do its work in the folder. */
function made(args) {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args, '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

/** Trains a configuration of config/ into `<folder>/runs/<name>`. */
function trained(name, ...options) {
  made(['train', join(root, `config/${name}.yaml`), '--run-dir', join('runs', name), ...options]);
  return pathToFileURL(join(folder, 'runs', name, 'report.html')).href;
}

/** @param look what of the page: from the top, or an element @param settle what is done before */
async function take(name, url, { width, height, colorScheme = 'light', element, settle = () => {} }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('h1');
  await settle(page);
  await sleep(300);
  const path = join(images, `${name}.png`);
  await (element === undefined ? page : page.locator(element).first()).screenshot({ path });
  await context.close();
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${path}: ${size} bytes, expected at most ${MOST_BYTES}`);
  console.log(`${path} ${size} bytes`);
}

/** The live page while a run goes on. */
async function live() {
  const args = ['train', join(root, 'config/mnist.yaml'), '--run-dir', 'runs/mnist-live', '--epochs', '60'];
  const run = spawn(process.execPath, [cli, ...args, '--watch', '--no-open', '--quiet'], { cwd: folder });
  const ended = once(run, 'close');
  const said = [];
  try {
    for await (const line of createInterface({ input: run.stderr })) {
      said.push(line);
      const url = /http:\S+/.exec(line)?.[0];
      if (url === undefined) continue;
      await take('live', url, { width: 1200, height: 760, settle: () => sleep(7000) });
      return;
    }
    throw new Error(`the run told no address:\n${said.join('\n')}`);
  } finally {
    run.kill();
    await ended;
  }
}

/** The page of a sweep over the penguins, whose file comes with gradpool. */
async function sweep() {
  const base = {
    name: 'penguins',
    data: {
      name: 'csv',
      path: join(root, 'config/data/penguins.csv'),
      missing: ['NA'],
      target: 'species',
      number: { missing: 'median' },
      category: { missing: 'category' },
      split: { name: 'random', stratify: true, validation: 0.3, test: 0.2 },
    },
    model: {
      layers: [
        { units: 16, activation: 'relu' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { name: 'adam' },
    train: { batchSize: 32, epochs: 30 },
  };
  // Fewer trials than the example has: lines are dear in a picture.
  const text = readFileSync(join(root, 'examples/penguins-sweep.yaml'), 'utf8').replace(
    'trials: 40',
    'trials: 18',
  );
  writeFileSync(join(folder, 'penguins.yaml'), JSON.stringify(base));
  writeFileSync(join(folder, 'penguins-sweep.yaml'), text);
  made(['sweep', 'penguins-sweep.yaml']);
  const url = pathToFileURL(join(folder, 'sweeps/penguins-sweep/sweep.html')).href;
  await take('sweep', url, { width: 900, height: 940 });
}

/** Scrolls to a part of the report. */
const to = (heading) => (page) =>
  page
    .locator('h2', { hasText: heading })
    .first()
    .evaluate((node) => node.scrollIntoView());

const size = { width: 1200, height: 760 };
const pictures = {
  report: () => take('report', trained('mnist', '--epochs', '10'), size),
  'report-night': () =>
    take('report-night', pathToFileURL(join(folder, 'runs/mnist/report.html')).href, {
      ...size,
      colorScheme: 'dark',
      settle: to('Right and wrong'),
    }),
  'report-network': () =>
    take('report-network', pathToFileURL(join(folder, 'runs/mnist/report.html')).href, {
      ...size,
      settle: to('Worst examples'),
    }),
  'report-xor': () =>
    take('report-xor', trained('xor'), {
      width: 900,
      height: 900,
      element: 'figure:has(image)',
    }),
  live,
  sweep,
};

try {
  for (const [name, draw] of Object.entries(pictures)) if (name.startsWith(wanted)) await draw();
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

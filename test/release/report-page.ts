/** The report in a browser: what people see, by what they see it with. Skipped where there is no browser. */
import '../helpers/bare.js';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import t, { type Test } from 'tap';
import type { EpochEvent, TrainEvent } from '../../src/events.js';
import { type ConfigInput, report, train } from '../../src/index.js';
import type { InsightsEvent } from '../../src/insights.js';
import { fits, inBrowser, openedFile, violationsOn } from '../helpers/page.js';
import { xor } from '../helpers/xor.js';

/** Runs in the page. */
const openAll = "document.querySelectorAll('details').forEach((details) => { details.open = true; })";

await inBrowser(pages);

async function pages(browser: Browser) {
  const folder = mkdtempSync(join(tmpdir(), 'gradpool-browser-'));
  t.teardown(() => rmSync(folder, { recursive: true }));

  /** A run's events, and what its report is as a page; whatever the page complains of, or asks for, is a failure. */
  async function opened(t: Test, run: string, colorScheme: 'light' | 'dark' = 'light') {
    const { page, heard } = await openedFile(t, browser, join(folder, run, 'report.html'), colorScheme);
    const lines = readFileSync(join(folder, run, 'events.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const events = lines.map((line) => JSON.parse(line) as TrainEvent);
    return { page, heard, events };
  }

  /** Of what every page has to stand. */
  async function sound(t: Test, run: string) {
    for (const scheme of ['light', 'dark'] as const) {
      const { page, heard } = await opened(t, run, scheme);
      // Tables are open in the one, closed in the other.
      if (scheme === 'light') await page.evaluate(openAll);
      t.same(await violationsOn(page), [], `${scheme}: nothing for axe to find`);
      await fits(t, page, scheme);
      t.same(heard, [], `${scheme}: no complaint, no request`);
    }
  }

  const figureNamed = (page: Page, title: string) =>
    page.locator('figure', { has: page.locator('figcaption', { hasText: title }) }).first();

  /** What a chart draws, x first. */
  const shownBy = (page: Page, title: string) =>
    figureNamed(page, title).evaluate((node) =>
      (node as unknown as { shown: () => (number | null)[][] }).shown().map((values) => [...values]),
    );

  t.test('xor: curves have the points of the events, by pointer, keys and table', async (t) => {
    await train(xor({ train: { epochs: 300, validate: { every: '30 epochs' } } }), {
      runDir: join(folder, 'xor'),
    });
    await sound(t, 'xor');
    const { page, events } = await opened(t, 'xor');
    const epochs = events.filter((event): event is EpochEvent => event.event === 'epoch');
    const near = (value: number | null) => value && Number(value.toPrecision(7));
    const [x, training, validation] = await shownBy(page, 'Loss');
    t.same(
      x,
      epochs.map(({ epoch }) => epoch),
    );
    t.same(
      training,
      epochs.map(({ trainLoss }) => near(trainLoss)),
    );
    t.same(
      validation,
      epochs.map(({ validLoss }) => near(validLoss)),
    );
    const drawn = await page.evaluate<number>(
      `(canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        .filter((value, index) => index % 4 === 3 && value > 0).length)(document.querySelector('canvas'))`,
    );
    t.ok(drawn > 1000, `${drawn} pixels drawn`);

    const chart = figureNamed(page, 'Loss').getByRole('slider', { name: 'Loss: cursor' });
    await chart.focus();
    await page.keyboard.press('Home');
    const spoken = await chart.getAttribute('aria-valuetext');
    t.match(spoken, /^epoch 30, training 0\.\d+, validation 0\.\d+$/);
    const digits = String(Number(epochs[0].trainLoss.toPrecision(4)));
    t.match(spoken, `training ${digits},`);
    await page.keyboard.press('ArrowRight');
    t.match(await chart.getAttribute('aria-valuetext'), /^epoch 60,/);
    t.match(
      await figureNamed(page, 'Loss').locator('.legend').textContent(),
      String(Number(epochs[1].trainLoss.toPrecision(4))),
    );

    await figureNamed(page, 'Loss').getByLabel('log scale').check();
    await figureNamed(page, 'Loss').getByLabel('smoothing').fill('0.5');
    const smoothed = await shownBy(page, 'Loss');
    t.equal(smoothed.length, 5, 'each curve with its smoothed one');
    // 0.5 y₀ + 0.5 y₁ after the first is 0.25 and 0.5 of 0.75.
    const [, raw, mean] = smoothed;
    t.ok(Math.abs((mean[1] ?? 0) - ((raw[0] ?? 0) * 0.25 + (raw[1] ?? 0) * 0.5) / 0.75) < 1e-12);
    await figureNamed(page, 'Loss').getByRole('button', { name: 'validation' }).click();
    t.equal((await shownBy(page, 'Loss')).length, 3, 'one hidden');

    await figureNamed(page, 'Loss').getByText('Numbers').click();
    // It is filled in when the browser tells that it was opened.
    const lines = figureNamed(page, 'Loss').locator('tbody tr');
    await lines.nth(9).waitFor();
    t.equal(await lines.count(), 10);
    t.match(await page.locator('#page').textContent(), /weightsHash[^:]*: [a-z ]*sha256:[0-9a-f]{64}/);
    t.match(await page.title(), /xor/);
    const pdf = await page.pdf({ format: 'A4' });
    t.ok(pdf.length > 20_000, 'it prints');
  });

  const names = [
    '<b>width</b>',
    'a & "b"',
    '<img src=x onerror=alert(1)>',
    'price</script><script>alert(2)</script>',
  ];

  t.test('a table whose names are HTML: they are shown, and nothing of them is run', async (t) => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const rows = Array.from({ length: 120 }, (_, k) => [
      k % 7,
      (k * 37) % 11,
      k % 2 === 0 ? '<i>yes</i>' : 'no',
      (k % 7) * 2 + ((k * 37) % 11) + (k % 5) / 10,
    ]);
    const csv = join(folder, 'hostile.csv');
    writeFileSync(csv, `${[names.map(quoted), ...rows].join('\n')}\n`);
    const config: ConfigInput = {
      name: 'hostile',
      data: {
        name: 'csv',
        path: csv,
        target: { column: names[3], scale: 'standard' },
        category: { unseen: 'ignore' },
        split: { name: 'random', validation: 0.2, test: 0.3 },
      },
      loss: 'mean-squared-error',
      model: {
        layers: [
          { units: 6, activation: 'relu' },
          { units: 1, activation: 'linear' },
        ],
      },
      optimizer: { name: 'adam', learningRate: 0.01 },
      train: { batchSize: 16, epochs: 6 },
    };
    await train(config, { runDir: join(folder, 'hostile') });
    await sound(t, 'hostile');
    const { page, events } = await opened(t, 'hostile');
    const text = String(await page.locator('#page').textContent());
    for (const name of names) t.ok(text.includes(name), `${name} is shown`);
    t.equal(await page.locator('#page img, #page b, #page i, #page u, #page script').count(), 0);
    const insights = events.find((event): event is InsightsEvent => event.event === 'insights');
    const { points } = insights?.residuals?.[0] ?? { points: [] };
    t.equal(points.length, 36);
    t.equal(await figureNamed(page, 'predicted against true').locator('circle').count(), 36);
    t.equal(
      (await page.locator('section', { hasText: 'Worst examples' }).locator('tbody tr').count()) >= 12,
      true,
    );
  });

  t.test('the file as it is: its own policy lets its own script run, and no other', async (t) => {
    const file = join(folder, 'policy.html');
    const text = readFileSync(join(folder, 'hostile/report.html'), 'utf8');
    writeFileSync(file, text.replace('</body>', '<script>document.title = "other"</script></body>'));
    const page = await browser.newPage();
    t.teardown(() => page.close());
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('.tiles');
    t.not(await page.title(), 'other');
    t.equal(complaints.length, 1, complaints.join('\n'));
    t.match(complaints[0], /Content Security Policy/);
  });

  t.test('mnist: confusion, ROC, pictures and filters; below 400 kB', async (t) => {
    const config: ConfigInput = {
      name: 'mnist',
      data: { name: 'mnist', split: { name: 'random', train: 3000, validation: 500, test: 1000 } },
      loss: 'cross-entropy',
      model: {
        layers: [
          { units: 32, activation: 'relu' },
          { units: 10, activation: 'softmax' },
        ],
      },
      optimizer: { name: 'sgd', learningRate: 0.2 },
      train: { batchSize: 50, epochs: 2 },
    };
    await train(config, { runDir: join(folder, 'mnist') });
    const size = readFileSync(join(folder, 'mnist/report.html')).length;
    t.ok(size < 400_000, `${size} bytes`);
    await sound(t, 'mnist');
    const { page, events } = await opened(t, 'mnist');
    const insights = events.find((event): event is InsightsEvent => event.event === 'insights');
    const cells = await figureNamed(page, 'Confusion').locator('.matrix tbody td').allInnerTexts();
    t.same(
      cells.map((text) => Number(text.replace(',', ''))),
      insights?.confusion?.flat(),
    );
    t.equal(await figureNamed(page, 'ROC').locator('polyline').count(), 11);
    t.equal(await page.getByRole('img', { name: /^is \d, taken for \d/ }).count(), 12);
    t.equal(
      await page.getByRole('img', { name: /^weights of unit/ }).count(),
      insights?.filters?.units.length,
    );
  });

  t.test('two inputs and several targets: a drawing for each target, in its own units', async (t) => {
    const rows = Array.from({ length: 60 }, (_, k) => ({
      a: k % 7,
      b: k % 11,
      sum: 1000 * ((k % 7) + (k % 11)),
      difference: (k % 7) - (k % 11),
    }));
    const config: ConfigInput = {
      name: 'targets',
      data: {
        name: 'memory',
        rows,
        target: { columns: ['sum', 'difference'], scale: 'standard' },
        split: { name: 'random', validation: 20, test: 0 },
      },
      model: { precision: 'float64', layers: [{ units: 2 }] },
      loss: 'mean-squared-error',
      optimizer: { name: 'sgd', learningRate: 0.1 },
      train: { epochs: 40, batchSize: 8 },
    };
    await train(config, { runDir: join(folder, 'targets') });
    await sound(t, 'targets');
    const { page, events } = await opened(t, 'targets');
    const { surface } = events.find(({ event }) => event === 'insights') as InsightsEvent;
    t.same(surface?.targets, ['sum', 'difference']);
    const [, end] = surface?.x ?? [];
    const [, top] = surface?.y ?? [];
    const corners = surface?.outputs.map((grid) => grid.at(-1)?.at(-1) ?? 0) ?? [];
    t.ok(Math.abs(corners[0] - 1000 * (Number(end) + Number(top))) < 20, `${corners}`);
    t.ok(Math.abs(corners[1] - (Number(end) - Number(top))) < 0.02);
    for (const { x, y, values } of surface?.points ?? []) t.same(values, [1000 * (x + y), x - y]);
    const titles = await page.locator('figcaption').allTextContents();
    const drawn = titles.filter((title) => title.includes(' by a and b'));
    t.equal(drawn.length, 2);
    t.match(drawn, [
      /^sum by a and b: −\S+ orange, 17,\d+ blue$/,
      /^difference by a and b: −11\.\d+ orange, 7\.\d+ blue$/,
    ]);
    t.notOk(titles.some((title) => title.includes('class')));
    const text = String(await page.locator('#page').textContent());
    t.match(text, 'Rows are counted from 1 in the order of the data');
    const worst = events.find(({ event }) => event === 'insights') as InsightsEvent;
    const cells = page.getByRole('region', { name: 'Worst examples' }).locator('tbody tr').first();
    t.equal(await cells.locator('th, td').first().textContent(), String(worst.worst[0].row + 1));
  });

  t.test('a run that broke off says so, with what it had come to', async (t) => {
    const run = join(folder, 'killed');
    await train(xor({ train: { checkpoint: { every: '10 steps' } } }), { runDir: run });
    const path = join(run, 'events.jsonl');
    const told = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !/"event":"(done|insights)"/.test(line));
    writeFileSync(path, `${told.join('\n').trimEnd()}\n{"event":"epo`);
    await report(run);
    writeFileSync(path, told.join('\n'));
    await sound(t, 'killed');
    const { page } = await opened(t, 'killed');
    const text = String(await page.locator('#page').textContent());
    t.match(text, 'killed before its end');
    t.match(text, /best validation loss so far0\.\d+/);
    t.match(text, /1 line of \S+events\.jsonl is damaged and was passed over\./);
    t.match(text, /gradpool train --resume \S+\/killed/);
    t.match(text, /epochs so far20/);
    t.equal(await figureNamed(page, 'Confusion').count(), 1);
  });
}

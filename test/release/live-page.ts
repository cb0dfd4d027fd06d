/** The live page in a browser: what people see, by what they see it with. Skipped where there is no browser. */
import '../helpers/bare.js';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import t from 'tap';
import { train } from '../../src/index.js';
import { Watch } from '../../src/watch/watch.js';
import { chromium } from '../helpers/chromium.js';
import { xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-page-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const hostile = '<img src=x onerror="document.title=1">';

const start = (name: string) => ({
  event: 'start',
  at: '2026-01-01T00:00:00.000Z',
  name,
  seed: 0,
  engine: 'native',
  precision: 'float32',
  threads: 2,
  batchSize: 10,
  epochs: 4,
  stepsPerEpoch: 5,
  network: [2, 3, 2],
  parameters: 17,
  trainRows: 50,
  validationRows: 10,
  testRows: 10,
  monitor: 'loss',
  notes: [hostile],
});
const epoch = (epoch: number) => ({
  event: 'epoch',
  epoch,
  step: 5 * epoch,
  trainLoss: 1 / epoch,
  validLoss: 2 / epoch,
  validMetrics: { accuracy: epoch / 10, [hostile]: 0.5 },
  trainSeconds: (epoch * (epoch + 1)) / 2,
  examplesPerSecond: 100 / (epoch + 1),
  learningRate: 0.1,
});
const time = { compute: 0.5, wait: 0.25, update: 0.125, other: 0.125 };
const sample = {
  event: 'sample',
  step: 5,
  time,
  examples: [
    { row: 3, target: hostile, predicted: 'b', output: [0.25, 0.75], cells: { [hostile]: hostile, n: 1 } },
    { row: 4, target: 'b', predicted: 'b', output: [0.1, 0.9], cells: { [hostile]: 'x', n: 2 } },
  ],
};
const done = {
  event: 'done',
  at: '2026-01-01T00:01:00.000Z',
  epochs: 4,
  steps: 20,
  trainSeconds: 4,
  examplesPerSecond: 50,
  bestStep: 20,
  monitor: 'loss',
  bestValue: 0.5,
  testLoss: 0.6,
  testMetrics: { accuracy: 0.4 },
  weightsHash: 'sha256:0',
  peakMemoryBytes: 2 ** 20,
  stopped: false,
  learnedEnough: false,
  time,
};
const write = (file: string, ...events: object[]) =>
  appendFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
function makeRun(name: string, ...events: object[]): string {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'config.json'), JSON.stringify({ config: { name } }));
  const file = join(folder, name, 'events.jsonl');
  write(file, ...events);
  return file;
}
const growing = makeRun('growing', start('growing'), epoch(1), sample);
const lock = { pid: process.pid, started: '', host: hostname(), token: 'x' };
writeFileSync(join(folder, 'growing', 'run.lock'), JSON.stringify(lock));
makeRun(process.platform === 'win32' ? 'odd' : hostile.replaceAll('/', ''), start('odd'));

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const found = chromium();
/** One for all tests, each of which closes its pages. */
const browser = typeof found === 'string' ? undefined : await found.launch();
t.teardown(() => browser?.close());
const closePages = () => Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
const skip = typeof found === 'string' ? found : false;

/** A page that keeps what should not happen on it. */
async function opened(browser: Browser, url: string, more: Parameters<Browser['newContext']>[0] = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    bypassCSP: false,
    ...more,
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).hostname !== '127.0.0.1') wrong.push(request.url());
  });
  await page.goto(url);
  return { page, wrong, close: () => context.close() };
}
/** Until it is so. The page's own policy lets nobody wait in it, so it is asked again and again. */
async function until(page: Page, condition: string): Promise<void> {
  const begun = Date.now();
  while (!(await page.evaluate(condition))) {
    if (Date.now() - begun > 20_000) throw new Error(`${condition} never came true`);
    await sleep(50);
  }
}
const step = (page: Page, least: number) =>
  until(page, `Number(document.documentElement.dataset.step) >= ${least}`);
/** What the curves of a chart are drawn from: x first. */
const curves = (page: Page, title: string): Promise<number[][]> =>
  page.evaluate(`
    [...document.querySelectorAll('figure')]
      .find((figure) => figure.querySelector('figcaption')?.textContent === ${JSON.stringify(title)})
      .shown().map((each) => [...each])`);
const violations = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe);
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`);
};

t.test('the live page', { skip, timeout: 120_000 }, async (t) => {
  if (browser === undefined) return;
  t.teardown(closePages);
  let stops = 0;
  const watch = await Watch.open(folder, { own: { name: 'growing', stop: () => stops++ } });
  const { page, wrong, close } = await opened(browser, watch.url);
  await step(page, 5);
  t.same(await curves(page, 'Loss'), [[1], [1], [2]]);

  // Curves grow.
  write(growing, epoch(2), {
    event: 'progress',
    step: 12,
    totalSteps: 20,
    epoch: 3,
    trainLoss: 0.4,
    examplesPerSecond: 120 / 4,
    secondsLeft: 9,
  });
  await step(page, 12);
  t.same(await curves(page, 'Loss'), [[1, 2, 2.4], [1, 0.5, 0.4], [2, 1, undefined].map((y) => y ?? null)]);
  const throughput = await curves(page, 'Throughput');
  t.same(throughput[0], [1, 2, 2.4]);
  t.same(throughput[1].map(Math.round), [50, 25, 20], 'of each stretch, not the mean since the start');
  t.match(await page.title(), /^60 % growing: gradpool$/);
  t.match(await page.locator('.tiles').textContent(), /epoch3 of 4.*0\.4.*time left9 s/);

  // What is HTML elsewhere is text here.
  const text = await page.locator('main').textContent();
  t.ok((text ?? '').split(hostile).length > 5, 'names, notes, cells, targets');
  t.equal(await page.locator('img').count(), 0);
  t.match(text, 'computing 50 %');
  t.equal(await page.getByText('only if it was begun with --watch').isVisible(), false);

  // A reload, and others who look.
  await page.reload();
  await step(page, 12);
  t.equal((await curves(page, 'Loss'))[0].length, 3);
  const others = await Promise.all(
    [320, 360, 768, 1024, 1440, 1920, 2560, 3840, 800, 600].map(async (width) => {
      const dark = width % 640 === 0;
      const other = await opened(browser, watch.url, {
        viewport: { width, height: 800 },
        colorScheme: dark ? 'dark' : 'light',
      });
      await step(other.page, 12);
      const over = await other.page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      t.ok(over <= 0, `${width} px: ${over} px too wide`);
      return other;
    }),
  );
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    t.same(await violations(page), [], scheme);
  }
  t.same(await violations(others[0].page), [], '320 px');

  // By keyboard alone: another run and back.
  await page.keyboard.press('Tab');
  t.equal(await page.evaluate('document.activeElement.textContent'), 'Stop this run');
  await page.getByRole('link', { name: hostile.replaceAll('/', '') }).press('Enter');
  await until(page, `document.querySelector('h1').textContent !== 'growing'`);
  t.equal(await page.getByRole('button', { name: 'Stop this run' }).count(), 0, 'not a run of this process');
  t.equal(await page.evaluate('document.activeElement.tagName'), 'H1');
  await page.goBack();
  await step(page, 12);
  t.equal(await page.locator('h1').textContent(), 'growing');

  // A stop, which asks first.
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByRole('button', { name: 'Stop this run' }).click();
  t.equal(stops, 0);
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Stop this run' }).click();
  await page.getByRole('button', { name: 'Stopping …' }).waitFor();
  t.equal(stops, 1);

  // The run's end, and the server's: the page stays.
  // A tenth of a second before an epoch.
  const near = { step: 14, epoch: 3, trainLoss: 0.4, examplesPerSecond: 140 / 5.9, secondsLeft: 4 };
  write(growing, { event: 'progress', totalSteps: 20, ...near }, epoch(3), epoch(4), done);
  await watch.end('The run has ended.');
  for (const other of [{ page, wrong, close }, ...others]) {
    await step(other.page, 20);
    await other.page.getByText('The run has ended. To look again: gradpool watch').waitFor();
    t.same((await curves(other.page, 'Loss'))[0], [1, 2, 2.4, 2.8, 3, 4]);
    t.same((await curves(other.page, 'Throughput'))[0], [1, 2, 2.4, 3, 4], 'too soon to tell');
    await other.page.getByText('sha256:0').waitFor();
    t.same(other.wrong, []);
    await other.close();
  }
});

t.test(
  'a page that loses its server says so, and goes on where it was',
  { skip, timeout: 60_000 },
  async (t) => {
    if (browser === undefined) return;
    t.teardown(closePages);
    const file = makeRun('lost', start('lost'), epoch(1));
    const watch = await Watch.open(folder, { selected: 'lost' });
    t.teardown(() => watch.end(''));
    // What a sleeping laptop does to connections.
    const sockets = new Set<Socket>();
    const { port, search } = new URL(watch.url);
    let isCut = false;
    const between = createServer((socket) => {
      const on = connect(Number(port), '127.0.0.1');
      for (const each of [socket, on]) sockets.add(each.on('error', () => {}));
      if (isCut) socket.destroy();
      socket.pipe(on).pipe(socket);
    }).listen(0, '127.0.0.1');
    t.teardown(() => between.close());
    const cut = () => {
      for (const socket of sockets) socket.destroy();
    };
    t.teardown(cut);
    await once(between, 'listening');
    const address = `http://127.0.0.1:${(between.address() as AddressInfo).port}/${search}`;
    const { page } = await opened(browser, address);
    await step(page, 5);
    isCut = true;
    cut();
    write(file, epoch(2));
    await page.getByText('No connection to gradpool').waitFor();
    isCut = false;
    await step(page, 10);
    t.same((await curves(page, 'Loss'))[0], [1, 2], 'each once');
    await page.getByText('No connection to gradpool').waitFor({ state: 'hidden' });
  },
);

t.test(
  'what became of a folder is said: damaged, gone, there again, never there',
  { skip, timeout: 60_000 },
  async (t) => {
    if (typeof found === 'string') return;
    const browser = await found.launch();
    t.teardown(() => browser.close());
    const file = makeRun('fragile', start('fragile'), epoch(1), { event: 'epoch' });
    appendFileSync(file, '\0\xff\n{"ev');
    const watch = await Watch.open(folder, { selected: 'fragile' });
    t.teardown(() => watch.end(''));
    const { page, wrong } = await opened(browser, watch.url);
    await step(page, 5);
    await page.getByText('3 of events.jsonl, passed over').waitFor();
    t.equal(await page.getByText('only if it was begun with --watch').isVisible(), false, 'it is killed');
    rmSync(join(folder, 'fragile'), { recursive: true });
    await page.getByText('The folder of fragile is gone.').waitFor();
    t.same((await curves(page, 'Loss'))[0], [1], 'what is known stays');
    makeRun('fragile', start('fragile'), epoch(1), epoch(2));
    await step(page, 10);
    await page.getByText('The folder of fragile is gone.').waitFor({ state: 'hidden' });
    writeFileSync(join(folder, 'fragile', 'run.lock'), JSON.stringify(lock));
    await page.getByText('only if it was begun with --watch').waitFor();
    t.same(wrong, []);
    const address = new URL(watch.url);
    address.searchParams.set('run', 'nowhere');
    const other = await opened(browser, address.href);
    await other.page.getByText('There is no run nowhere in').waitFor();
    await other.page.getByRole('link', { name: 'fragile' }).waitFor();
    makeRun('ruined', start('ruined'), epoch(1), { ...done, monitor: undefined });
    const settings = join(folder, 'ruined', 'config.json');
    writeFileSync(settings, '{}');
    address.searchParams.set('run', 'ruined');
    const ruined = await opened(browser, address.href);
    await step(ruined.page, 20);
    await ruined.page.locator('header .badge', { hasText: 'broken' }).waitFor();
    const problem = `${settings}: expected a run's configuration, found none in it`;
    t.equal(await ruined.page.getByText(problem).count(), 2, 'in the list, and of the run');
    t.notMatch(await ruined.page.locator('main').textContent(), /null|undefined/);
  },
);

t.test('a run under way, in a browser that was opened for it', { skip, timeout: 60_000 }, async (t) => {
  if (browser === undefined) return;
  t.teardown(closePages);
  let seen: Promise<Page> | undefined;
  const config = xor({ train: { epochs: 20_000, batchSize: 1, validate: { every: '100 epochs' } } });
  const onUrl = (url: string) => {
    seen = opened(browser, url).then(({ page }) => page);
  };
  const { summary } = await train(config, {
    threads: 1,
    runDir: join(folder, 'live'),
    subscribers: { watch: { open: false, onUrl } },
  });
  const page = await (seen as unknown as Promise<Page>);
  await step(page, summary.steps);
  const [epochs] = await curves(page, 'Metrics of the validation rows');
  t.equal(epochs.at(-1), 20_000);
  await page.getByText(summary.weightsHash).waitFor();
});

import '../helpers/bare.js';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { StartEvent } from '../../src/events.js';
import { resume, train } from '../../src/index.js';
import { newToken } from '../../src/runs/lock.js';
import { hasBrowser } from '../../src/watch/browser.js';
import { metricsText } from '../../src/watch/metrics.js';
import { type Answers, listen } from '../../src/watch/server.js';
import { Watch } from '../../src/watch/watch.js';
import { families } from '../helpers/open-metrics.js';
import { Page } from '../helpers/sse.js';
import { endless, xor } from '../helpers/xor.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-watch-'));
t.teardown(() => rmSync(folder, { recursive: true }));
const hostile = '"><img src=x onerror=alert(1)>';

const start = (name: string) => ({
  event: 'start',
  name,
  engine: 'native',
  precision: 'float32',
  seed: 0,
  epochs: 3,
  stepsPerEpoch: 2,
  monitor: 'loss',
  network: [2, 2],
});
const epoch = (epoch: number) => ({
  event: 'epoch',
  epoch,
  step: 2 * epoch,
  trainLoss: 1 / epoch,
  validLoss: 2 / epoch,
  validMetrics: { accuracy: 0.5 },
  trainSeconds: epoch,
  examplesPerSecond: 10,
  learningRate: 0.1,
});
const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
function makeRun(name: string, ...events: object[]): string {
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, 'config.json'), JSON.stringify({ config: { name } }));
  writeFileSync(join(folder, name, 'events.jsonl'), lines(...events));
  return join(folder, name, 'events.jsonl');
}
makeRun('ended', start('ended'), epoch(1), epoch(2), epoch(3), {
  event: 'done',
  steps: 6,
  epochs: 3,
  validLoss: 0.5,
  validMetrics: {},
  bestStep: 6,
  bestValue: 0.5,
  testLoss: null,
  stopped: false,
  weightsHash: 'sha256:1',
});
const growing = makeRun('growing', start('growing'), epoch(1));
const named = process.platform === 'win32' ? 'odd name' : hostile;
makeRun(named, start(hostile));
writeFileSync(
  join(folder, 'growing', 'run.lock'),
  JSON.stringify({
    pid: process.pid,
    started: '',
    host: (await import('node:os')).hostname(),
    token: newToken(),
  }),
);
writeFileSync(join(folder, 'secret'), 'secret');

let stopped = 0;
const open = (own = 'growing') => Watch.open(folder, { own: { name: own, stop: () => stopped++ } });

interface Asked {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
}

/** Asks as nobody's browser would: every header is the caller's. */
function ask(
  url: string,
  { path = '/', method = 'GET', headers = {} }: Asked = {},
): Promise<{ status: number; text: string; type: string }> {
  const { host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request(
      { agent: false, host: '127.0.0.1', port, path, method, headers: { host, ...headers } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text, type: String(response.headers['content-type']) }),
        );
        response.once('error', reject);
      },
    );
    asked.once('error', reject).end();
  });
}

/** What comes back for these bytes, until the server closes. */
function raw(url: string, ...parts: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.once('error', () => {}).once('close', () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

t.test('who has no token, or comes from elsewhere, gets nothing', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const token = new URL(watch.url).searchParams.get('token') ?? '';
  t.ok(token.length >= 32);
  const host = new URL(watch.url).host;
  const port = new URL(watch.url).port;
  const wrong = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
  const refused: Asked[] = [];
  for (const path of ['/', '/events', '/metrics', '/config?run=ended', '/nothing']) {
    const and = path.includes('?') ? '&' : '?';
    refused.push(
      { path },
      { path: `${path}${and}token=` },
      { path: `${path}${and}token=${wrong}` },
      { path: `${path}${and}token=${token}x` },
    );
    refused.push({ path, headers: { authorization: `Bearer ${wrong}` } });
    for (const foreign of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1.evil.example',
      `127.0.0.1@evil.example`,
      `localhost.:${port}`,
    ])
      refused.push({ path: `${path}${and}token=${token}`, headers: { host: foreign } });
    for (const origin of ['http://evil.example', 'null', `https://${host}`, 'http://127.0.0.1:1'])
      refused.push({ path: `${path}${and}token=${token}`, headers: { origin } });
    if (path !== '/')
      refused.push({ path: `${path}${and}token=${token}`, headers: { 'sec-fetch-site': 'cross-site' } });
  }
  for (const each of refused) {
    const { status, text } = await ask(watch.url, each);
    t.equal(status, 403, JSON.stringify(each));
    t.notMatch(text, /ended|growing|<script/);
  }
  const page = await ask(watch.url, {
    path: `/?token=${token}`,
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  t.equal(page.status, 200, 'a link to the page may stand anywhere');
  t.match(page.text, /Content-Security-Policy/);
  t.notMatch(page.text, token, 'the page does not hold the token');
  for (const own of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`])
    t.equal((await ask(watch.url, { path: `/?token=${token}`, headers: { host: own } })).status, 200, own);
  t.match(await raw(watch.url, `GET /?token=${token} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 400 /, 'no Host');
});

t.test('nothing changes anything but a stop that carries the token', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const token = new URL(watch.url).searchParams.get('token') ?? '';
  const host = new URL(watch.url).host;
  const status = async (asked: Asked) => (await ask(watch.url, asked)).status;
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
    t.equal(await status({ method, path: `/?token=${token}` }), 405, method);
  t.equal(await status({ path: `/stop?run=growing&token=${token}` }), 405, 'no link stops a run');
  t.equal(await status({ method: 'POST', path: '/stop?run=growing' }), 403);
  t.equal(
    await status({
      method: 'POST',
      path: `/stop?run=growing&token=${token}`,
      headers: { origin: 'http://evil.example' },
    }),
    403,
  );
  t.equal(await status({ method: 'POST', path: `/stop?run=ended&token=${token}` }), 409, 'a run of nobody');
  t.equal(stopped, 0);
  t.equal(
    await status({
      method: 'POST',
      path: `/stop?run=growing&token=${token}`,
      headers: { origin: `http://${host}` },
    }),
    200,
  );
  t.equal(stopped, 1);
  const others = await Watch.open(folder);
  t.teardown(() => others.end(''));
  const path = `/stop?run=growing&token=${new URL(others.url).searchParams.get('token')}`;
  t.equal((await ask(others.url, { method: 'POST', path })).status, 409, 'gradpool watch stops nothing');
});

t.test('a browser is opened by an address that is good for one time', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const path = watch.entry.replace(/^http:\/\/[^/]*/, '');
  t.equal((await ask(watch.url, { path: '/enter?code=guessed' })).status, 403);
  t.equal((await ask(watch.url, { path })).status, 303);
  t.equal((await ask(watch.url, { path })).status, 403);
  const sees = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform, isTerminal = true) =>
    hasBrowser(env, platform, () => isTerminal);
  t.ok(sees({ DISPLAY: ':0' }, 'linux'));
  t.ok(sees({}, 'darwin'));
  t.ok(sees({ SSH_TTY: 'x', DISPLAY: 'localhost:10' }, 'linux'));
  t.notOk(sees({}, 'linux'));
  t.notOk(sees({ CI: '1', DISPLAY: ':0' }, 'linux'));
  t.notOk(sees({ SSH_CONNECTION: 'a b' }, 'darwin'));
  t.notOk(sees({ DISPLAY: ':0' }, 'linux', false));
});

t.test('no request leads out of the folder', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const token = new URL(watch.url).searchParams.get('token') ?? '';
  const runs = [
    '..',
    '.',
    'secret',
    '../ended',
    'ended/../ended',
    '/etc',
    `${folder}/ended`,
    'ended%00',
    'ended\0',
    '%2e%2e',
    '__proto__',
    'x'.repeat(5000),
  ];
  for (const run of runs) {
    for (const path of ['/events', '/config']) {
      const { status, text } = await ask(watch.url, {
        path: `${path}?token=${token}&run=${encodeURIComponent(run)}`,
      });
      t.equal(status, 404, `${path} ${run.slice(0, 20)}`);
      t.notMatch(text, /secret|root:/);
    }
  }
  for (const path of [
    '/../secret',
    '/..%2fsecret',
    '/secret',
    '/events/../../secret',
    '//etc/passwd',
    'http://127.0.0.1/secret',
  ])
    t.equal((await ask(watch.url, { path: `${path}?token=${token}` })).status, 404, path);
  t.match(JSON.parse((await ask(watch.url, { path: `/config?token=${token}&run=ended` })).text), {
    name: 'ended',
  });
});

t.test('what a viewer has missed comes when it is back', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const page = await Page.open(watch.url, 'growing');
  await page.until('level');
  t.same(
    page.told.map(({ event }) => event),
    ['start', 'epoch'],
  );
  t.same(
    (await page.until('runs')).map((row: { name: string; state: string }) => [row.name, row.state]).sort(),
    [
      ['ended', 'done'],
      ['growing', 'running'],
      [named, 'killed'],
    ].sort(),
  );
  appendFileSync(growing, lines(epoch(2)));
  await page.until('told', 2);
  page.close();
  appendFileSync(growing, `${lines(epoch(3))}{"event":"ep`);
  const back = await Page.open(watch.url, 'growing', { 'last-event-id': page.cursor });
  await back.until('level');
  t.same(
    back.told.map(({ epoch }) => epoch),
    [3],
    'whole lines alone, each once',
  );
  const [begun, ended] = lines(epoch(4)).split('{"event":"ep');
  appendFileSync(growing, `${begun}${ended}null\n{"event":"epoch"}\n`);
  await back.until('told', 2);
  t.equal(await back.until('damaged'), 2, 'what is no event is passed over, and counted');
  t.same(
    back.told.map(({ epoch }) => epoch),
    [3, 4],
  );
  back.close();
  // Another file in its place: what the page has is void.
  writeFileSync(`${growing}.new`, lines(start('another')));
  renameSync(`${growing}.new`, growing);
  for (const cursor of [back.cursor, 'nonsense', '1-99999999999', '../../x-1']) {
    const other = await Page.open(watch.url, 'growing', { 'last-event-id': cursor });
    await other.until('level');
    t.equal(other.count('anew'), 1, cursor);
    t.same(
      other.told.map(({ name }) => name),
      ['another'],
    );
    other.close();
  }
  appendFileSync(growing, lines(epoch(1)));
  const last = await Page.open(watch.url, 'growing');
  await last.until('level');
  await watch.end('It is over.');
  t.same(await last.until('end'), { reason: 'It is over.' });
  await t.rejects(ask(watch.url), { code: 'ECONNREFUSED' });
});

t.test(
  'a megabyte of headers, slow requests, a thousand connections: refused, and others are served',
  async (t) => {
    const answers: Answers = {
      page: 'page',
      events: async () => undefined,
      config: async () => undefined,
      metrics: async () => '# EOF\n',
      stop: () => undefined,
    };
    const server = await listen(0, answers, { connections: 20, requestMs: 400, stillMs: 800 });
    t.teardown(() => server.close());
    const { port, searchParams } = new URL(server.url);
    const path = `/?token=${searchParams.get('token')}`;
    const head = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    t.match(await raw(server.url, `${head}X: ${'x'.repeat(2 ** 20)}\r\n\r\n`), /^(HTTP\/1\.1 431 |$)/);
    t.match(
      await raw(server.url, head, ...Array.from({ length: 50_000 }, (_, k) => `X-${k}: y\r\n`)),
      /^(HTTP\/1\.1 (431|408) |$)/,
    );
    t.match(await raw(server.url, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);

    const begun = performance.now();
    const slow = connect(Number(port), '127.0.0.1')
      .resume()
      .on('error', () => {});
    const drip = setInterval(() => slow.write('X: y\r\n'), 50);
    slow.write(head);
    const silent = connect(Number(port), '127.0.0.1')
      .resume()
      .on('error', () => {});
    const body = raw(
      server.url,
      `POST /stop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\nx`,
    );
    await Promise.all(
      [slow, silent].map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))),
    );
    clearInterval(drip);
    t.match(await body, /^HTTP\/1\.1 403 /);
    t.ok(performance.now() - begun < 10_000, 'whoever is slow is cut off');

    const patient = await listen(0, answers, { connections: 20, requestMs: 60_000, stillMs: 60_000 });
    t.teardown(() => patient.close());
    const many = (url: string) => {
      const open = new Set<Socket>();
      for (let k = 0; k < 1000; k++) {
        const socket = connect(Number(new URL(url).port), '127.0.0.1').resume();
        open.add(socket.on('error', () => {}).on('close', () => open.delete(socket)));
      }
      return open;
    };
    const kept = many(patient.url);
    while (kept.size > 20) await sleep(20);
    await sleep(200);
    t.equal(kept.size, 20, 'those that are too many are closed at once');
    for (const socket of kept) socket.destroy();
    const waiting = many(server.url);
    while (waiting.size > 0) await sleep(20);
    t.equal((await ask(server.url, { path })).text, 'page');
  },
);

t.test('a run that begins before a page is in its list at once', async (t) => {
  const watch = await open('late');
  t.teardown(() => watch.end(''));
  const page = await Page.open(watch.url, 'late');
  const isListed = async () =>
    (await page.until('runs')).some(({ name }: { name: string }) => name === 'late');
  t.notOk(await isListed());
  makeRun('late', start('late'));
  const begun = performance.now();
  watch.tell({ event: 'start' } as StartEvent);
  while (!(await isListed())) await sleep(20);
  await page.until('told');
  t.same(
    page.told.map(({ name }) => name),
    ['late'],
  );
  t.ok(performance.now() - begun < 4000);
});

t.test('OpenMetrics text that a strict reader takes', async (t) => {
  const watch = await open();
  t.teardown(() => watch.end(''));
  const token = new URL(watch.url).searchParams.get('token') ?? '';
  const { text, type, status } = await ask(watch.url, {
    path: '/metrics',
    headers: { authorization: `Bearer ${token}` },
  });
  t.equal(status, 200);
  t.match(type, 'application/openmetrics-text; version=1.0.0');
  const found = families(text);
  t.same(
    found.get('gradpool_steps')?.samples.map(({ labels, value }) => [labels.run, value]),
    [['growing', 2]],
  );
  const odd = metricsText([
    {
      name: 'a"b\\c\nd',
      state: 'running',
      at: null,
      engine: null,
      precision: null,
      epoch: 1,
      epochs: 2,
      step: 3,
      totalSteps: 4,
      trainLoss: Number.NaN,
      validLoss: Number.POSITIVE_INFINITY,
      validMetrics: { f1: 0.25, confusion: [[1]] },
      learningRate: 1e-7,
      examplesPerSecond: null,
      secondsLeft: 5,
      monitor: null,
      bestValue: null,
      weightsHash: null,
      isCut: false,
    },
  ]);
  const [loss] = families(odd).get('gradpool_train_loss')?.samples ?? [];
  t.same(loss, { name: 'gradpool_train_loss', labels: { run: 'a"b\\c\nd' }, value: Number.NaN });
  t.same(families(metricsText([])), new Map());
  for (const wrong of ['gradpool_x 1\n# EOF\n', text.replace('# EOF\n', ''), text.replace(/_total/g, '')])
    t.throws(() => families(wrong), 'the reader is strict');
});

t.test('a run that is watched and attacked comes out the same', async (t) => {
  const config = xor({ train: { epochs: 3000 } });
  const [alone, seen] = ['alone', 'seen'].map((name) => join(folder, 'runs', name));
  const { summary } = await train(config, { threads: 2, runDir: alone });
  const hurt: Promise<unknown>[] = [];
  let page: Promise<Page> | undefined;
  const events: string[] = [];
  const watched = await train(config, {
    threads: 1,
    runDir: seen,
    onEvent: ({ event }) => events.push(event),
    subscribers: {
      watch: {
        open: false,
        onUrl(url) {
          page = Page.open(url, 'seen');
          for (let k = 0; k < 100; k++) {
            hurt.push(ask(url, { path: '/stop?run=seen', method: 'POST' }).catch(() => {}));
            hurt.push(ask(url, { path: '/events' }).catch(() => {}));
            hurt.push(raw(url, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`));
          }
        },
      },
    },
  });
  await Promise.all(hurt);
  t.equal(watched.summary.weightsHash, summary.weightsHash);
  t.equal(watched.summary.stopped, false);
  const viewer = await page;
  t.match(await viewer?.until('end'), { reason: /ended/ });
  t.equal(viewer?.told.at(-1)?.event, 'done', 'the page has all of it');
  t.ok(events.includes('sample') === (watched.summary.validLoss !== null));
  await t.rejects(train(config, { runDir: false, subscribers: { watch: true } }), {
    name: 'UserError',
    message: /written to a folder/,
  });
  await t.rejects(train(config, { subscribers: { watch: { port: 70000 } } }), {
    name: 'UserError',
    message: /^port: expected a port/,
  });
});

t.test('a run is stopped from its page, goes on, and is shown from its beginning', async (t) => {
  const runDir = join(folder, 'runs', 'endless');
  let url = '';
  const watch = {
    open: false,
    onUrl(given: string) {
      url = given;
    },
  };
  const first = await train(endless, {
    threads: 1,
    runDir,
    subscribers: { watch },
    onEvent({ event }) {
      if (event !== 'progress') return;
      const path = `/stop?run=endless&token=${new URL(url).searchParams.get('token')}`;
      ask(url, { method: 'POST', path }).catch(() => {});
    },
  });
  t.equal(first.summary.stopped, true);
  let page: Promise<Page> | undefined;
  const controller = new AbortController();
  await resume(runDir, {
    threads: 1,
    signal: controller.signal,
    subscribers: { watch: { open: false, onUrl: (url) => (page = Page.open(url, 'endless')) } },
    onEvent: ({ event }) => event === 'progress' && controller.abort(),
  });
  const viewer = await page;
  await viewer?.until('end');
  const told = viewer?.told.map(({ event }) => event).filter((event) => /start|resume|done/.test(event));
  t.same(told, ['start', 'done', 'start', 'resume', 'done']);
});

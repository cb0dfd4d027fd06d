import '../helpers/bare.js';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { realDisk } from '../../src/machine/disk.js';
import { linesAfter } from '../../src/watch/lines.js';
import { Runs } from '../../src/watch/runs.js';
import { Viewer } from '../../src/watch/viewer.js';

const folder = mkdtempSync(join(tmpdir(), 'gradpool-viewer-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** A viewer of pieces of 64 KiB, and the response that its page gets. */
async function viewing(pieces: number) {
  let taken = 0;
  let viewer: Viewer | undefined;
  const closed = { is: false };
  const server = createServer((_, response) => {
    const lines = async (cursor: string) => {
      const next = Number(cursor) + 1;
      if (next > pieces) return { lines: [], cursor, anew: false };
      taken = next;
      return { lines: [`${next}\r${'x'.repeat(2 ** 16)}`], cursor: String(next), anew: false };
    };
    viewer = new Viewer(response, lines, '0', () => {
      closed.is = true;
    });
    viewer.wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { response, closed, taken: () => taken, viewer: () => viewer as Viewer };
}

t.test('who reads slowly is sent no more than fits between, and then all of it', async (t) => {
  const { response, taken, viewer } = await viewing(400);
  response.pause();
  for (let before = -1; taken() !== before; await sleep(200)) before = taken();
  t.ok(taken() < 300, `${taken()} of 400 pieces`);
  for (let k = 0; k < 10_000; k++) viewer().say('now', `{"k":${k}}`);
  await sleep(100);
  const stood = taken();
  let text = '';
  response.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  response.resume();
  while (!text.slice(-1000).includes('event: level')) await sleep(20);
  t.ok(stood < 300, 'and nothing more for what is said meanwhile');
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  t.same(
    ids,
    Array.from({ length: 400 }, (_, k) => k + 1),
    'each piece once, in order',
  );
  t.notOk(text.includes('\r'), 'no line can bring a field of its own into the stream');
  t.equal(text.match(/^event: now$/gm)?.length, 1, 'of what stands for itself only the newest');
  t.match(text, '{"k":9999}');
});

t.test('who reads nothing is cut off at the end', async (t) => {
  const { response, closed, viewer } = await viewing(400);
  response.pause();
  await sleep(100);
  const begun = performance.now();
  await viewer().end('{}', 300);
  t.ok(performance.now() - begun < 3000);
  t.equal(closed.is, true);
  viewer().say('now', '1');
  viewer().wake();
});

t.test('lines: whole ones, long ones, those with ends of every kind', async (t) => {
  const path = join(folder, 'events.jsonl');
  const long = JSON.stringify({ text: 'ä'.repeat(400_000) });
  writeFileSync(path, `{"a":1}\r\n${long}\n{"b":\r2}\n{"torn`);
  const found: string[] = [];
  let cursor = '';
  for (let rounds = 0; rounds < 10; rounds++) {
    const part = await linesAfter(realDisk, path, cursor);
    found.push(...part.lines);
    if (part.cursor === cursor) break;
    cursor = part.cursor;
  }
  t.same(found, ['{"a":1}\r', long, '{"b":\r2}'], 'a line feed alone ends one');
  writeFileSync(path, '{"c":3}\n');
  t.match(
    await linesAfter(realDisk, path, cursor),
    { anew: true, lines: ['{"c":3}'] },
    'a shorter file is another',
  );
  await t.rejects(linesAfter(realDisk, join(folder, 'none'), ''), { code: 'ENOENT' });
});

t.test('a row of the list: of what the first and the last lines say', async (t) => {
  const { mkdirSync } = await import('node:fs');
  const write = (name: string, ...events: object[]) => {
    mkdirSync(join(folder, 'runs', name), { recursive: true });
    writeFileSync(join(folder, 'runs', name, 'config.json'), '{"config":{}}');
    writeFileSync(
      join(folder, 'runs', name, 'events.jsonl'),
      events.map((one) => `${JSON.stringify(one)}\n`).join(''),
    );
  };
  const start = {
    event: 'start',
    at: '2026-01-01T00:00:00.000Z',
    name: 'one',
    seed: 0,
    network: [2, 1],
    epochs: 10,
    stepsPerEpoch: 100,
    monitor: 'loss',
  };
  const done = {
    event: 'done',
    steps: 100,
    epochs: 1,
    bestStep: 100,
    bestValue: 0.5,
    stopped: true,
    validMetrics: {},
    testLoss: null,
  };
  const progress = Array.from({ length: 400 }, (_, k) => ({
    event: 'progress',
    step: 101 + k / 10,
    epoch: 2,
    totalSteps: 1000,
    trainLoss: 1,
    secondsLeft: null,
  }));
  write('long', start, done, start, { event: 'resume', step: 100 }, ...progress);
  write('stopped', start, done);
  write('empty');
  writeFileSync(join(folder, 'runs', 'latest'), 'long\n');
  const rows = await new Runs(join(folder, 'runs'), realDisk).list();
  t.match(
    rows.sort((a, b) => a.name.localeCompare(b.name)),
    [
      { name: 'empty', state: 'killed', at: null, step: null },
      { name: 'long', state: 'killed', step: progress.at(-1)?.step, epoch: 2, epochs: 10, totalSteps: 1000 },
      { name: 'stopped', state: 'stopped', step: 100, bestValue: 0.5 },
    ],
  );
  t.same(await new Runs(join(folder, 'nowhere'), realDisk).list(), []);
});

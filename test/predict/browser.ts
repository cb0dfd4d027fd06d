/** `gradpool/predict` as a program's bundle: its size, what it asks of its surroundings, in a browser and in a worker. */
import '../helpers/bare.js';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import t from 'tap';
import { loadModel } from '../../src/predict/node.js';
import { fields, rowObject, tables } from '../helpers/table.js';

/** What a page may load for predictions. */
const MOST_BYTES = 30_000;

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const { train } = tables(t.teardown);
const { runDir } = await train({
  target: 'kind',
  loss: 'cross-entropy',
  layers: [
    { units: 8, activation: 'gelu' },
    { name: 'layer-norm' },
    { units: 'auto', activation: 'softmax' },
  ],
});
const bytes = readFileSync(join(runDir, 'weights.safetensors'));
const rows = Array.from({ length: 5 }, (_, row) => rowObject(fields(row, 'validation')));
const expected = loadModel(bytes).predict(rows);

/** A bundle of a program for browsers that imports the package by its name. */
async function bundle(text: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: text, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

t.test('a bundle is small, and holds nothing but gradpool', async (t) => {
  const { text, inputs } = await bundle(
    "import { loadModel } from 'gradpool/predict'; globalThis.loadModel = loadModel;",
  );
  t.ok(text.length < MOST_BYTES, `${text.length} bytes`);
  t.same(
    inputs.filter((path) => path !== '<stdin>' && !path.startsWith('dist/src/')),
    [],
  );
  t.notMatch(text, /WebAssembly|SharedArrayBuffer|require\(|process\./);
});

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const playwright = await import('playwright-core').catch(() => undefined);
const skip =
  chromium === undefined ? 'no chromium here' : playwright === undefined ? 'no playwright-core here' : false;

t.test('the same numbers in a browser, and in a worker of it', { skip }, async (t) => {
  const { text } = await bundle(
    "import { loadModel } from 'gradpool/predict'; globalThis.loadModel = loadModel;",
  );
  const browser = await playwright?.chromium.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  if (browser === undefined) throw new Error('no browser');
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  await page.addScriptTag({ content: text });
  const given = JSON.stringify({ bytes: [...bytes], rows, text });
  const found = await page.evaluate<Found>(`(${PAGE})(${given})`);
  // Its exp is not Node's to the last bit.
  for (const [where, answer] of Object.entries({ page: found.page, worker: found.worker })) {
    const [here, there] = [numbersIn(expected), numbersIn(answer)];
    t.same(JSON.stringify(answer, shape), JSON.stringify(expected, shape), `${where}: the same labels`);
    t.ok(here.length > 0 && here.every((value, k) => Math.abs(value - there[k]) <= 1e-12), where);
  }
  t.match(found.refused, /^loadModel: expected the bytes of a model.* in a browser fetch the file first$/);
});

/** All numbers of an answer, in its order. */
function numbersIn(answer: unknown): number[] {
  if (typeof answer === 'number') return [answer];
  return typeof answer === 'object' && answer !== null ? Object.values(answer).flatMap(numbersIn) : [];
}
/** An answer without its numbers. */
const shape = (_: string, value: unknown) => (typeof value === 'number' ? 0 : value);

/** Runs there. */
const PAGE = `async ({ bytes, rows, text }) => {
  const given = Uint8Array.from(bytes);
  const page = loadModel(given).predict(rows);
  let refused = '';
  try { loadModel('model.safetensors'); } catch (error) { refused = error.message; }
  const code = text + ';onmessage = ({ data }) => postMessage(loadModel(data.buffer).predict(data.rows))';
  const worker = new Worker(URL.createObjectURL(new Blob([code])));
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage({ buffer: given.buffer, rows });
  return { page, refused, worker: await answer };
}`;
interface Found {
  readonly page: unknown;
  readonly worker: unknown;
  readonly refused: string;
}

t.test('the same numbers in a worker thread', async (t) => {
  const entry = new URL('../../src/predict/node.js', import.meta.url).href;
  const code = `import { parentPort, workerData } from 'node:worker_threads';
    import { loadModel } from ${JSON.stringify(entry)};
    parentPort.postMessage(loadModel(workerData.bytes).predict(workerData.rows));`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { bytes: new Uint8Array(bytes), rows },
  });
  t.same(
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)),
    expected,
  );
});

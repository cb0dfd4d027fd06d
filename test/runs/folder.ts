/** A run's folder and the weights file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { defaultRunDir, RunFolder } from '../../src/runs/folder.js';
import { encodeSafetensors } from '../../src/runs/safetensors.js';

const root = mkdtempSync(join(tmpdir(), 'gradpool-runs-'));
t.teardown(() => rmSync(root, { recursive: true }));

t.test('holds configuration, events and weights, and nothing else', async (t) => {
  const path = join(root, 'a', 'b');
  const folder = new RunFolder(path, { seed: 7 }, { name: 'wasm' }, '1.2.3');
  folder.event({ event: 'epoch', epoch: 1 });
  folder.event({ event: 'done' });
  folder.weights({ w: { shape: [2], data: Float32Array.of(1, 2) } }, { note: 'x' });
  t.strictSame(readdirSync(path).sort(), ['config.json', 'events.jsonl', 'weights.safetensors']);
  t.strictSame(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8')), {
    gradpool: '1.2.3',
    engine: { name: 'wasm' },
    config: { seed: 7 },
  });
  t.equal(
    readFileSync(join(path, 'events.jsonl'), 'utf8'),
    '{"event":"epoch","epoch":1}\n{"event":"done"}\n',
  );
});

t.test('refuses a folder that holds a run, or cannot be one', async (t) => {
  const path = join(root, 'twice');
  new RunFolder(path, {}, {}, '1');
  t.throws(() => new RunFolder(path, {}, {}, '1'), {
    name: 'UserError',
    message: /twice: already holds a run/,
  });
  writeFileSync(join(root, 'file'), '');
  t.throws(() => new RunFolder(join(root, 'file'), {}, {}, '1'), {
    name: 'UserError',
    message: /a file is in the way/,
  });
  t.throws(() => new RunFolder(join(root, 'file', 'x'), {}, {}, '1'), {
    name: 'UserError',
    message: /a file is in the way/,
  });
});

t.test('the default folder sorts by time', async (t) => {
  t.equal(
    defaultRunDir('mnist', new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6))),
    join('runs', 'mnist-2026-01-02T030405-006Z'),
  );
});

t.test('safetensors: header, alignment, offsets and values', async (t) => {
  const file = encodeSafetensors(
    {
      'layer1.weight': { shape: [2, 1], data: Float64Array.of(1.5, -2) },
      'layer1.bias': { shape: [1], data: Float64Array.of(3) },
    },
    { k: 'v' },
  );
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  t.equal((8 + length) % 8, 0);
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString());
  t.strictSame(header, {
    __metadata__: { k: 'v' },
    'layer1.weight': { dtype: 'F64', shape: [2, 1], data_offsets: [0, 16] },
    'layer1.bias': { dtype: 'F64', shape: [1], data_offsets: [16, 24] },
  });
  t.strictSame([...new Float64Array(file.slice(8 + length).buffer)], [1.5, -2, 3]);
});

/** Checkpoints: what one holds, who can read it, which are kept and which is used. */
import '../helpers/bare.js';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { readCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import {
  checkpointPath,
  checkpointSteps,
  newestCheckpoint,
  prepareCheckpoints,
  pruneCheckpoints,
} from '../../src/runs/checkpoints.js';
import { realDisk } from '../../src/runs/disk.js';
import { madeUp } from '../../torture/checkpoints.js';

const root = mkdtempSync(join(tmpdir(), 'gradpool-checkpoints-'));
t.teardown(() => rmSync(root, { recursive: true }));

t.test('comes back as it was', async (t) => {
  const path = join(root, 'x.safetensors');
  const written = madeUp(7, 5, 0.25);
  await writeCheckpoint(realDisk, path, written);
  const { provenance, state, tensors } = await readCheckpoint(realDisk, path);
  t.strictSame({ provenance, state }, { provenance: written.provenance, state: written.state });
  t.strictSame({ ...tensors }, written.tensors);
});

const reader = spawnSync('python3', ['-c', 'import numpy, safetensors']).status === 0;
const skip = reader ? false : 'needs Python with NumPy and safetensors';

t.test('opens in the reference implementation', { skip }, async (t) => {
  const path = join(root, 'y.safetensors');
  await writeCheckpoint(realDisk, path, madeUp(3, 3, 0.5));
  const script =
    'import sys\n' +
    'from safetensors import safe_open\n' +
    'with safe_open(sys.argv[1], framework="np") as f:\n' +
    '  print(sorted(f.keys()), f.metadata()["format"], f.get_tensor("layer1.weight").shape, ' +
    'repr(float(f.get_tensor("layer1.bias")[2])))\n';
  const told = execFileSync('python3', ['-c', script, path], { encoding: 'utf8' });
  const bias = madeUp(3, 3, 0.5).tensors['layer1.bias'].data[2];
  const keys = "['layer1.bias', 'layer1.weight', 'state1.layer1.weight']";
  t.equal(told, `${keys} gradpool-checkpoint-2 (5, 3) ${bias}\n`);
});

t.test('the newest whole one is used, and the others are reported', async (t) => {
  const run = join(root, 'run');
  await prepareCheckpoints(realDisk, run);
  t.strictSame(await newestCheckpoint(realDisk, run), { found: undefined, damaged: [] });
  for (const step of [10, 20, 30])
    await writeCheckpoint(realDisk, checkpointPath(run, step), madeUp(step, 10, 1));
  const newest = checkpointPath(run, 30);
  const bytes = readFileSync(newest);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(newest, bytes);
  const { found, damaged } = await newestCheckpoint(realDisk, run);
  t.equal(found?.path, checkpointPath(run, 20));
  t.strictSame(damaged, [{ path: newest, why: 'damaged: its checksum does not fit its content' }]);
  // Under another's name a whole one is not what it seems.
  writeFileSync(newest, readFileSync(checkpointPath(run, 10)));
  t.match((await newestCheckpoint(realDisk, run)).damaged, [{ why: 'is of step 10' }]);
});

t.test('the newest are kept, and the best', async (t) => {
  const run = join(root, 'kept');
  await prepareCheckpoints(realDisk, run);
  writeFileSync(`${checkpointPath(run, 5)}.tmp`, 'left by a crash');
  await prepareCheckpoints(realDisk, run);
  for (const step of [1, 2, 3, 4, 9])
    await writeCheckpoint(realDisk, checkpointPath(run, step), madeUp(step, 1, 1));
  // 9 is of an earlier life of the run, beyond the step that it was resumed from.
  await pruneCheckpoints(realDisk, run, 4, 2, new Map());
  t.strictSame(await checkpointSteps(realDisk, run), [4, 3, 1]);
});

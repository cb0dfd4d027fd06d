/** Checkpoints: what one holds, who can read it, which are kept and which is used. */
import '../helpers/bare.js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { realDisk } from '../../src/machine/disk.js';
import { readCheckpoint, writeCheckpoint } from '../../src/runs/checkpoint.js';
import {
  checkpointPath,
  checkpointSteps,
  newestCheckpoint,
  prepareCheckpoints,
  pruneCheckpoints,
} from '../../src/runs/checkpoints.js';
import { madeUp } from '../../torture/checkpoints.js';
import { sealed } from '../../torture/corpus/runs.js';
import { pythonWith } from '../helpers/python.js';

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

const reader = pythonWith('numpy', 'safetensors');
const skip = reader === undefined && 'needs Python with NumPy and safetensors';

t.test('opens in the reference implementation', { skip }, async (t) => {
  const path = join(root, 'y.safetensors');
  await writeCheckpoint(realDisk, path, madeUp(3, 3, 0.5));
  const script =
    'import sys\n' +
    'from safetensors import safe_open\n' +
    'with safe_open(sys.argv[1], framework="np") as f:\n' +
    '  print(sorted(f.keys()), f.metadata()["format"], f.get_tensor("layer1.weight").shape, ' +
    'repr(float(f.get_tensor("layer1.bias")[2])))\n';
  const told = execFileSync(reader as string, ['-c', script, path], { encoding: 'utf8' });
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

t.test('without the best weights that it knows of a checkpoint is not whole', async (t) => {
  const run = join(root, 'lost');
  await prepareCheckpoints(realDisk, run);
  for (const [step, best] of [
    [10, 10],
    [20, 20],
    [30, 20],
  ])
    await writeCheckpoint(realDisk, checkpointPath(run, step), madeUp(step, best, 1 / best));
  t.equal((await newestCheckpoint(realDisk, run)).found?.path, checkpointPath(run, 30));
  await writeCheckpoint(realDisk, checkpointPath(run, 20), madeUp(20, 20, 0.5));
  const { found, damaged } = await newestCheckpoint(realDisk, run);
  t.equal(found?.path, checkpointPath(run, 20));
  const why = `the best weights so far, those of step 20, are lost (${checkpointPath(run, 20)}: is of another run)`;
  t.strictSame(damaged, [{ path: checkpointPath(run, 30), why }]);
});

t.test('one of gradpool 0.1 is refused, and no older one is taken in its place', async (t) => {
  const run = join(root, 'old');
  await prepareCheckpoints(realDisk, run);
  const path = checkpointPath(run, 2);
  await writeCheckpoint(realDisk, checkpointPath(run, 1), madeUp(1, 1, 1));
  await writeCheckpoint(realDisk, path, madeUp(2, 1, 1));
  writeFileSync(
    path,
    sealed(
      Buffer.from(
        readFileSync(path, 'latin1').replace('gradpool-checkpoint-2', 'gradpool-checkpoint-1'),
        'latin1',
      ),
    ),
  );
  await t.rejects(newestCheckpoint(realDisk, run), {
    name: 'UserError',
    message:
      `${path}: was written by gradpool torture (gradpool-checkpoint-1), and this version reads gradpool-checkpoint-2 only; ` +
      'end the run with that version, or begin anew',
  });
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
  // The best of another one that is kept is kept too, and what was known before is not read again.
  await writeCheckpoint(realDisk, checkpointPath(run, 6), madeUp(6, 6, 0.5));
  const bests = new Map([[4, 1]]);
  await pruneCheckpoints(realDisk, run, 6, 2, bests);
  t.strictSame(await checkpointSteps(realDisk, run), [6, 4, 1]);
  t.strictSame(
    [...bests],
    [
      [4, 1],
      [6, 6],
    ],
  );
  await pruneCheckpoints(realDisk, run, 6, 1, bests);
  t.strictSame(await checkpointSteps(realDisk, run), [6]);
});

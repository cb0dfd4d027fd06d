/** Several processes that mpirun starts train together: the weights of one, bit for bit. */
import '../helpers/bare.js';
import { join } from 'node:path';
import t from 'tap';
import { train } from '../../src/index.js';
import { keyed } from '../../src/random.js';
import { hashesTogether, mpiMissing } from '../../torture/mpi.js';
import { randomConfig, writeRows } from '../../torture/random-config.js';

const CASES = 10;

t.test('hosts × threads: 2×1 = 2×2 = 4×1 = 1×3', { skip: mpiMissing() }, async (t) => {
  const rows = join(t.testdir(), 'rows.csv');
  writeRows(rows);
  const configs = Array.from({ length: CASES }, (_, k) =>
    randomConfig(keyed('hosts', k), rows, [4, 8, 16][k % 3]),
  );
  const alone: string[] = [];
  for (const config of configs) alone.push((await train(config, { threads: 3 })).summary.weightsHash);
  t.equal(new Set(alone).size, CASES);
  t.strictSame(hashesTogether(2, 1, configs), alone);
  t.strictSame(hashesTogether(2, 2, configs.slice(0, 4)), alone.slice(0, 4));
  t.strictSame(hashesTogether(4, 1, configs.slice(4)), alone.slice(4));
});

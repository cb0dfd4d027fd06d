/** Starts pools and ends them while their threads load: a process of its own, since what goes wrong there ends it. */
import { Pool } from '../src/pool/pool.js';
import { keyed } from '../src/random.js';

const [seed, count] = process.argv.slice(2).map(Number);
for (let index = 0; index < count; index++) {
  const pool = new Pool(3);
  await new Promise((resolve) => setTimeout(resolve, 200 * keyed(seed, 'loading', index).uniform()));
  await pool.close();
}
process.stdout.write(`${count} ended\n`);

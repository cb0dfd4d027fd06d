/** Threads that are ended while they load, as those are that replace a dead one: the process lives on. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { demand, type Proof } from '../proof.js';

const child = fileURLToPath(new URL('../loading-child.js', import.meta.url));

export const loading: Proof = {
  name: 'loading',
  what: 'three threads ended at a random moment of their loading: the process lives on',
  short: 20,
  long: 2_000,
  async run(given) {
    const args = [child, String(given.seed), String(given.count)];
    const told = await promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => stdout,
      (error: Error & { stderr?: string }) => `${error.message} ${error.stderr}`,
    );
    demand(told === `${given.count} ended\n`, given, given.count, told);
    return {};
  },
};

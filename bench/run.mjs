/** Runs one benchmark by name: `npm run bench -- <name>`. Knows no benchmark but its file's name. */
import { readdirSync } from 'node:fs';
import { CommandFailed, fail } from './tools.mjs';

const helpers = ['run.mjs', 'tools.mjs'];
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && !helpers.includes(file))
  .map((file) => file.slice(0, -'.mjs'.length));

const [name, ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  const got = name === undefined ? 'no benchmark named' : `no benchmark "${name}"`;
  fail(`bench: ${got}; there are: ${names.join(', ')} (npm run bench -- <name> [options])`);
}
const { run } = await import(`./${name}.mjs`);
try {
  await run(rest);
} catch (error) {
  if (error instanceof CommandFailed) fail(error.message);
  throw error;
}

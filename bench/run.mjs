/**
 * Runs one benchmark by name: `npm run bench -- <name>`; without a name it runs `trainers`. Every .mjs file beside
 * this one is a benchmark (what they share is in lib/).
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { CommandFailed } from './lib/children.mjs';
import { fail } from './lib/tools.mjs';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.mjs'));

const args = process.argv.slice(2);
const named = args.length > 0 && !args[0].startsWith('--');
const name = named ? args.shift() : 'trainers';
if (!names.includes(name)) {
  fail(
    `bench: no benchmark "${name}"; there are: ${names.join(', ')} (npm run bench -- <name> [options]; --help tells more)`,
  );
}
const { run } = await import(`./${name}.mjs`);
try {
  await run(args);
  if (!named && args.includes('--help'))
    console.log(`\nBy name, npm run bench -- <name>: ${names.join(', ')}`);
} catch (error) {
  if (error instanceof CommandFailed) fail(error.message);
  throw error;
}

/**
 * Runs test files: each as a process of its own but for the quick ones, which share one, as many side by side as `jobs` in
 * .taprc says. The test runner would start each with a loader that looks at every module, which takes longer than most
 * files' tests; one file alone goes as well with `npx tap dist/test/….js`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { FILES } from './together.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What runs others, and what others use. */
const isTest = (name: string) =>
  name.endsWith('.js') && !name.startsWith(`helpers${sep}`) && !['suite.js', 'release.js'].includes(name);
/** What takes longest begins first, so that no core waits for it at the end. */
const long = [
  'api',
  'torture/hosts',
  'release/guide',
  'release/',
  'cli',
  'coordinator/stream',
  'page',
  'watch',
];
const place = (name: string) => {
  const k = long.findIndex((each) => name.startsWith(each));
  return k < 0 ? long.length : k;
};
/** Of those that start no thread and no process, what takes longer than a process takes to start. */
const alone = ['engines/', 'formats/csv', 'optimizers/golden', 'data/memory', 'data/table/cache'];
const isQuick = (name: string) =>
  !alone.some((each) => name.startsWith(each.replaceAll('/', sep))) &&
  !readFileSync(join(folder, name), 'utf8').includes('helpers/bare.js');

/** @param wanted of a file's path below test/, with the slashes of this system */
export function runSideBySide(wanted: (name: string) => boolean): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => isTest(name) && wanted(name))
    .sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  // Each file has a limit of its own.
  t.setTimeout(60 * 60 * 1000);
  t.jobs = Number(process.env.TAP_JOBS ?? 2);
  const timeout = Number(process.env.TAP_TIMEOUT ?? 280) * 1000;
  // The runner gives its loader to whatever it starts, by a variable that only the program started can take away.
  const [command, ...words] =
    process.platform === 'win32' ? [process.execPath] : ['env', '-u', 'NODE_OPTIONS', process.execPath];
  const start = (path: string, name: string, env = process.env) =>
    t.spawn(command, [...words, '--enable-source-maps', path], { buffered: true, timeout, env }, name);
  for (const name of files.filter((name) => !isQuick(name))) start(join(folder, name), name);
  const quick = files.filter(isQuick).map((name) => join(folder, name));
  if (quick.length === 0) return;
  start(join(folder, 'helpers/together.js'), `${quick.length} quick files`, {
    ...process.env,
    [FILES]: quick.join('\n'),
  });
}

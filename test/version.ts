/** gradpool's own files: found in a package, and told of at once where a bundle has not brought them. */
import './helpers/bare.js';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { UserError } from '../src/errors.js';
import { ownFile, version } from '../src/version.js';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

t.test('installed', async (t) => {
  t.equal(version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  t.equal(fileURLToPath(ownFile('workers/coordinator.js')), join(root, 'dist/workers/coordinator.js'));
  t.throws(() => ownFile('workers/none.js'), UserError);
});

t.test(
  'what starts looks for no package: copies are in its files, and their licences beside them',
  async (t) => {
    for (const entry of ['src/cli.js', 'workers/coordinator.js', 'workers/perform.js', 'workers/worker.js']) {
      const text = readFileSync(join(root, 'dist', entry), 'utf8');
      const from = [...text.matchAll(/\b(?:from|import)\s?["']([@\w.][@\w./:-]*)["']/g)].map(
        ([, name]) => name,
      );
      t.ok(from.length > 0, entry);
      t.same(
        from.filter((name) => !name.startsWith('.') && !isBuiltin(name)),
        [],
        entry,
      );
    }
    const licenses = readFileSync(join(root, 'dist/workers/licenses.txt'), 'utf8');
    for (const name of ['comlink', 'piscina', 'yaml', 'yargs', 'zod']) {
      const [, text] = licenses.split(new RegExp(`^${name} [0-9.]+$`, 'm'));
      t.match(text, /^\s.{0,400}(permission|apache license)/is, name);
    }
  },
);

t.test('in a bundle: one line that says what to mark external, whatever lies beside it', async (t) => {
  // As a bundle has it: the code, somewhere in another program, with neither gradpool's package nor its threads' files.
  const program = mkdtempSync(join(tmpdir(), 'gradpool-bundle-'));
  t.teardown(() => rmSync(program, { recursive: true }));
  mkdirSync(join(program, 'out', 'js'), { recursive: true });
  cpSync(join(root, 'dist/src'), join(program, 'out', 'js'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(program, 'node_modules'));
  writeFileSync(join(program, 'package.json'), '{ "name": "program", "version": "9.9.9", "type": "module" }');
  writeFileSync(
    join(program, 'out', 'js', 'main.js'),
    `import { numericDerivative, train, UserError } from './index.js';
     console.log(Math.round(numericDerivative((x) => x * x, 2)));
     await train({ name: 'xor' }).catch((e) => console.log(e instanceof UserError, e.message));`,
  );
  const { stdout } = await run(process.execPath, ['out/js/main.js'], { cwd: program });
  const [derivative, told, ...rest] = stdout.trim().split('\n');
  t.equal(derivative, '4', 'what needs no thread works');
  t.match(told, /^true expected gradpool's own file workers\/coordinator\.js .*--external:gradpool/);
  t.same(rest, []);
});

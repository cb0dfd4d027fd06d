/**
 * Puts the modules that tsc made of each entry point into one file, in place: a thread that loads two hundred small ones
 * takes twice as long to start. Only gradpool's own; packages, and what is loaded only when it is needed, stay apart.
 * Without this step everything works as well, and starts later.
 */
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

for (const name of readdirSync('dist/workers')) {
  if (name.startsWith('part-')) rmSync(`dist/workers/${name}`);
}
// Each on its own: what they share would become many small files again.
for (const entry of ['dist/src/cli.js', 'dist/workers/coordinator.js', 'dist/workers/perform.js']) {
  await build({
    entryPoints: [entry],
    outdir: 'dist',
    outbase: 'dist',
    allowOverwrite: true,
    // As deep below dist as entry points are: paths from there to other files hold.
    chunkNames: 'workers/part-[hash]',
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}

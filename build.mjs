/** Builds dist/: TypeScript (pages/ is only checked) and both kernels side by side, then the bundles of what was compiled. */
import { spawn } from 'node:child_process';

const run = (command) =>
  new Promise((resolve) => {
    spawn(command, { shell: true, stdio: 'inherit' }).once('close', resolve);
  });
const kernels = (target) => `asc kernels/index.ts --config kernels/asconfig.json --target ${target}`;

const codes = await Promise.all(['tsc', 'tsc -p pages', kernels('fused'), kernels('separate')].map(run));
process.exitCode = codes.find((code) => code !== 0) ?? (await run('node workers/bundle.mjs'));

/** The command line on Windows, as far as Wine is it: XOR trained, stopped by its epochs, gone on with, and verified. */
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, shortRun, start } from '../cli.js';
import { copyOfProject, nodeFor, programNamed } from '../elsewhere.js';
import { demand, type Proof } from '../proof.js';
import { inFolder } from '../small.js';

/** Wine and a first start of it take so long. */
const LIMIT_MS = 300_000;

export const windows: Proof = {
  name: 'windows',
  what: 'a run, its resumption and its repetition by a Node for Windows under Wine: the same weights as here',
  short: 1,
  long: 3,
  async run(given) {
    const wine = programNamed('wine64', 'wine', '/usr/lib/wine/wine64');
    const node = join(nodeFor('win-x64'), 'bin', 'node.exe');
    return inFolder(async (folder) => {
      const project = copyOfProject(join(folder, 'project'));
      const cli = join(project, 'dist/src/cli.js');
      let files = 0;
      // Pipes of Node fail in Wine 8: everything goes to files.
      const gradpool = (...args: string[]) =>
        new Promise<{ code: number | null; events: Record<string, unknown>[]; stderr: string }>((resolve) => {
          const names = ['out', 'err'].map((name) => join(folder, `${name}${files++}`));
          const [out, err] = names.map((name) => openSync(name, 'w'));
          const child = spawn(wine, [node, cli, ...args], {
            cwd: folder,
            timeout: LIMIT_MS,
            env: {
              ...process.env,
              NODE_SKIP_PLATFORM_CHECK: '1',
              WINEDEBUG: '-all',
              WINEPREFIX: join(folder, 'wine'),
            },
            stdio: ['ignore', out, err],
          });
          child.once('close', (code) => {
            const [said, stderr] = names.map((name) => readFileSync(name, 'utf8'));
            const lines = said.split('\n').filter((line) => line.startsWith('{'));
            resolve({ code, events: lines.map((line) => JSON.parse(line)), stderr });
          });
        });
      let engine = '';
      for (let index = 0; index < given.count; index++) {
        const config = { ...shortRun, seed: given.seed + index };
        configFile(folder, config);
        const here = await start(['train', 'config.yaml', '--json', '--run-dir', `here${index}`], folder)
          .ended;
        const hash = (here.events.at(-1) as { weightsHash?: string } | undefined)?.weightsHash;
        const run = `run${index}`;
        const first = ['train', 'config.yaml', '--json', '--run-dir', run, '--epochs', '10000'];
        const lines = [
          first,
          ['train', '--json', '--resume', run, '--epochs', '30000'],
          ['verify', '--json', run],
        ];
        for (const line of lines) {
          const { code, stderr, events } = await gradpool(...line);
          demand(code === 0, given, index, `${line.join(' ')}: exit code ${code}: ${stderr}`);
          const done = events.at(-1);
          if (line[0] === 'verify') demand(done?.same === true, given, index, JSON.stringify(done));
          else if (line.includes('--resume')) {
            demand(done?.weightsHash === hash, given, index, `${done?.weightsHash}, expected ${hash}`);
            engine = String(done?.engine);
          }
        }
        given.progress?.(index + 1);
      }
      return { engine };
    });
  },
};

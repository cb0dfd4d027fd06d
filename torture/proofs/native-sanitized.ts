/** The addon compiled with sanitizers: what C leaves undefined, and what lies outside of its objects, ends the proof. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyOfProject, nativeBy, programNamed, sourceNames, sourcePath } from '../elsewhere.js';
import { type Given, Missing, type Proof } from '../proof.js';
import { inFolder } from '../small.js';

const SANITIZE = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const FLAGS = ['-c', '-O1', '-g', '-fPIC', '-std=c11', '-ffp-contract=off', '-fvisibility=hidden', '-w'];
const sets = { avx2: 'x86-64-v3', avx512: 'x86-64-v4' };

/** What is done to addon.c so that the proof can show that it notices. */
const sabotages: Readonly<Record<string, (source: string) => string>> = {
  'the end of a table': (source) => `${source}
__attribute__((constructor)) static void read_past(void) {
  static const int table[4] = {1};
  volatile int place = 4;
  if (table[place] == 7) __builtin_trap();
}`,
  'the end of a list': (source) =>
    source.replace('(u64)count * sizeof(Operation)', '(u64)(count - 1) * sizeof(Operation)'),
};

export const nativeSanitized: Proof = {
  name: 'native-sanitized',
  what: 'the same products and lists by the addon compiled with address and undefined-behaviour sanitizers (gcc)',
  short: 1,
  long: 20,
  async run(given) {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Missing('it is for Linux on x64');
    const gcc = programNamed('gcc');
    const asan = execFileSync(gcc, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
    if (!asan.includes('/')) throw new Missing('gcc has no libasan');
    return inFolder(async (folder) => {
      const project = copyOfProject(join(folder, 'project'));
      await compile(gcc, given, folder, join(project, 'prebuilds/linux-x64/gradpool.node'));
      const env = {
        LD_PRELOAD: asan,
        // Node keeps what it has until it ends; and its own signal handlers.
        ASAN_OPTIONS: 'detect_leaks=0:handle_segv=0',
        UBSAN_OPTIONS: 'print_stacktrace=1',
      };
      return nativeBy([process.execPath], given, env, project);
    });
  },
};

async function compile(gcc: string, given: Given, folder: string, addon: string): Promise<void> {
  for (const name of sourceNames()) {
    const source = readFileSync(sourcePath(name), 'utf8');
    const damage = name === 'addon.c' ? sabotages[given.sabotage ?? ''] : undefined;
    const damaged = damage?.(source) ?? source;
    if (damage !== undefined && damaged === source) throw new Error(`"${given.sabotage}" changes nothing`);
    writeFileSync(join(folder, name), damaged);
  }
  const jobs = [['addon.c', '-march=x86-64']];
  for (const [set, march] of Object.entries(sets)) {
    for (const concern of sourceNames().filter((name) => name.endsWith('.c') && name !== 'addon.c')) {
      for (const kind of [[], ['-DF64']]) jobs.push([concern, `-march=${march}`, `-DISA_${set}`, ...kind]);
    }
  }
  const run = promisify(execFile);
  const objects = jobs.map((_, k) => `${k}.o`);
  for (const [k, job] of jobs.entries()) {
    await run(gcc, [...FLAGS, ...SANITIZE, ...job, '-o', objects[k]], { cwd: folder });
  }
  await run(gcc, ['-shared', ...SANITIZE, ...objects, '-o', addon], { cwd: folder });
  const digest = createHash('sha256').update(readFileSync(addon)).digest('hex');
  writeFileSync(addon.replace(/node$/, 'sha256'), digest);
}

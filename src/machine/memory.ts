/** How much memory this process may still use. Knows of the machine and of control groups, not of what it is for. */
import { freemem, totalmem } from 'node:os';
import { groupFolders, type ReadText, readText } from './cgroup.js';

export interface Available {
  readonly bytes: number;
  /** Where the limit lies, said after "… available": `on this machine`. */
  readonly where: string;
}

/** What Node says, in bytes. */
export interface NodeMemory {
  readonly platform: string;
  readonly free: number;
  readonly total: number;
  /** The process's limit; 0 or no sensible number where there is none. */
  readonly constrained: number;
  /** What the process has in use. */
  readonly used: number;
}

/**
 * The least of what the machine, the control groups and the process's own limit leave; undefined where nothing is
 * known. Swap does not count: every step of a training touches most of what it has.
 *
 * Not asked: `process.availableMemory()`, which takes the file cache of a control group for memory in use, so that
 * whoever has just written or read a large data set would be told that nothing is left.
 */
export function availableMemory(
  read: ReadText = readText,
  node: () => NodeMemory = nodeMemory,
): Available | undefined {
  const { platform, free, total, constrained, used } = node();
  const limits = groupFolders(read, 'memory')
    .map(({ version, path }) => ofGroup(read, path, version === 2 ? version2 : version1, total))
    .filter((limit) => limit !== undefined);
  // On Linux Node reads the same files; what a process has in use holds much that a group's files call a cache.
  if (limits.length === 0 && constrained > 0 && constrained < total) {
    limits.push({
      bytes: constrained - used,
      where: `of the ${size(constrained)} that this process may have`,
    });
  }
  limits.push({ bytes: ofMachine(read, platform, free, total - used), where: 'on this machine' });
  let least: Available | undefined;
  for (const limit of limits) if (limit.bytes < (least?.bytes ?? Number.POSITIVE_INFINITY)) least = limit;
  return least && { ...least, bytes: Math.max(0, least.bytes) };
}

/**
 * Memory that programs can be given without anything being swapped. Linux says so itself, caches that it would drop
 * included; Windows' free memory includes them too. Elsewhere (macOS) free memory is what nobody has had a use for yet,
 * next to nothing on a machine in good health, so that only what is more than the machine has is surely too much.
 */
function ofMachine(read: ReadText, platform: string, free: number, unused: number): number {
  if (platform === 'win32') return free;
  if (platform !== 'linux') return unused;
  const kibibytes = Number(/^MemAvailable:\s*(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1]);
  return Number.isNaN(kibibytes) ? free : kibibytes * 1024;
}

/** The files of a control group: its limits, what is in use, and the names of file caches in `memory.stat`. */
interface GroupFiles {
  readonly limits: readonly string[];
  readonly usage: string;
  readonly caches: readonly string[];
}
/** Beyond `memory.high` nothing is refused, but whoever asks is made to wait, a run practically for ever. */
const version2: GroupFiles = {
  limits: ['memory.max', 'memory.high'],
  usage: 'memory.current',
  caches: ['inactive_file', 'active_file'],
};
/** `total_…`: with the groups below, as in the usage. */
const version1: GroupFiles = {
  limits: ['memory.limit_in_bytes'],
  usage: 'memory.usage_in_bytes',
  caches: ['total_inactive_file', 'total_active_file'],
};

/** A group's limit less what is in use, file caches counted as free: the kernel drops them before it refuses. */
function ofGroup(read: ReadText, folder: string, files: GroupFiles, total: number): Available | undefined {
  const number = (text: string | undefined) => (text && /^\d+\s*$/.test(text) ? Number(text) : Number.NaN);
  // no such file, "max", or in version 1 a number beyond all memory
  const limit = Math.min(
    ...files.limits.map((name) => number(read(`${folder}/${name}`))).filter((bytes) => bytes < total),
  );
  if (!Number.isFinite(limit)) return undefined;
  const usage = number(read(`${folder}/${files.usage}`));
  if (Number.isNaN(usage)) return undefined;
  const stat = read(`${folder}/memory.stat`) ?? '';
  let caches = 0;
  for (const name of files.caches) caches += Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  const bytes = limit - Math.max(0, usage - caches);
  return { bytes, where: `of the ${size(limit)} of its control group` };
}

/** Bytes of addresses that this process may use (`ulimit -v`); undefined where that is not limited. */
export function addressLimit(read: ReadText = readText): number | undefined {
  const bytes = Number(/^Max address space +(\d+) /m.exec(read('/proc/self/limits') ?? '')?.[1]);
  return Number.isNaN(bytes) ? undefined : bytes;
}

function nodeMemory(): NodeMemory {
  return {
    platform: process.platform,
    free: freemem(),
    total: totalmem(),
    constrained: process.constrainedMemory(),
    used: process.memoryUsage.rss(),
  };
}

/** 89610 → `89,610`; toLocaleString takes 10 ms the first time, more than all the rest here. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 67108864 → `64 MiB`, 1500000 → `1.4 MiB`. */
export function size(bytes: number, round = twoDigits): string {
  const [, unit, name] = units.find(([from]) => bytes >= from) ?? [0, 1, bytes === 1 ? 'byte' : 'bytes'];
  return `${count(round(bytes / unit))} ${name}`;
}
const twoDigits = (n: number) => (n < 9.95 ? Math.round(n * 10) / 10 : Math.round(n));
/** From how many bytes on a unit is used, and its size. */
const units: readonly [from: number, unit: number, name: string][] = [
  [100 * 2 ** 30, 2 ** 30, 'GiB'],
  [2 ** 20, 2 ** 20, 'MiB'],
  [10 * 2 ** 10, 2 ** 10, 'KiB'],
];

/** What machine this is, for the record. Nothing is decided by it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { availableCores } from './cores.js';

/** What a machine is, for the record. */
export interface MachineFacts {
  /** Cores that this process may use. */
  cores: number;
  /** Of the whole machine. */
  memoryBytes: number;
  /** The processor's name; empty where the system does not say. */
  cpu: string;
  /** `linux x64 6.1.0`. */
  platform: string;
  /** Version of Node.js. */
  node: string;
  /** Version of gradpool. */
  gradpool: string;
}

/** @param gradpool its version */
export function machineFacts(gradpool: string): MachineFacts {
  return {
    cores: availableCores(),
    memoryBytes: totalmem(),
    cpu: processor(),
    platform: `${process.platform} ${process.arch} ${release()}`,
    node: process.versions.node,
    gradpool,
  };
}

/** `os.cpus()` asks each of a machine's hundred cores, while Linux says the first one's name at once. */
function processor(): string {
  const name = /^model name\s*:\s*(.*)$/m.exec(beginning('/proc/cpuinfo'))?.[1] ?? cpus()[0]?.model ?? '';
  return name.trim();
}

function beginning(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(1024);
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** The winner's configuration as a file, to train with, to look at, to go on from. */
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { yamlText } from '../config/yaml.js';
import { type Disk, writeDurably } from '../machine/disk.js';
import type { TrialResult } from '../series.js';
import type { Sweep } from './spec.js';

/** @returns its path */
export async function writeBest(
  disk: Disk,
  folder: string,
  sweep: Sweep,
  { trial, value }: TrialResult,
  config: Config,
): Promise<string> {
  const path = join(folder, 'best.yaml');
  const head = `# Trial ${trial} of the sweep ${sweep.name}: ${sweep.record.goal} ${value}.\n`;
  await writeDurably(disk, path, [Buffer.from(head + yamlText(config))]);
  return path;
}

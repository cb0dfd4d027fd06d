/** The page of a sweep: `sweep.html` in its folder, written anew while the sweep goes on. */
import { join } from 'node:path';
import { type Disk, writeDurably } from '../machine/disk.js';
import { documentOf } from '../page/document.js';
import type { SweepResult } from '../series.js';
import type { Sweep } from './spec.js';

/** What the page's script is given. */
export interface SweepPageData {
  readonly search: string;
  readonly halving: { readonly every: string; readonly keep: number } | null;
  readonly planned: number;
  readonly parameters: readonly {
    readonly path: string;
    readonly list: readonly unknown[] | null;
    readonly log: boolean;
  }[];
  /** Whether trials are still to come. */
  readonly open: boolean;
  /** When the page was written: ISO 8601, UTC. */
  readonly written: string;
  readonly result: SweepResult;
}

export const sweepPage = (folder: string): string => join(folder, 'sweep.html');

export async function writeSweepPage(
  disk: Disk,
  { record, parameters }: Sweep,
  result: SweepResult,
  open: boolean,
): Promise<void> {
  const { search, halving } = record;
  const data: SweepPageData = {
    search: search.name,
    halving,
    planned: search.trials,
    parameters: parameters.map(({ path, list = null, log }) => ({ path, list, log })),
    open,
    written: new Date().toISOString(),
    result,
  };
  const text = documentOf({ title: `${result.name}: gradpool sweep`, page: 'sweep', data });
  await writeDurably(disk, result.page, [Buffer.from(text)]);
}

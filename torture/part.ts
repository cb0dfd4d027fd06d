/** How far a part of a proof has come, in a file of its own: what is killed and started again goes on where it stood. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Part {
  readonly seed: number;
  /** The case that comes next. */
  readonly first: number;
  /** Cases from it on that are still to be tried. */
  readonly count: number;
}

const WRITTEN_EVERY_MS = 1000;

/** What the file says, or where there is none yet what was asked for. */
export function partIn(path: string | undefined, asked: Part): Part {
  return path === undefined || !existsSync(path) ? asked : JSON.parse(readFileSync(path, 'utf8'));
}

/** @returns what keeps in the file that so many cases of the part have held, now and then or, where asked, at once */
export function keeper(
  path: string | undefined,
  { seed, first, count }: Part,
): (held: number, now?: boolean) => void {
  let written = Number.NEGATIVE_INFINITY;
  return (held, now = false) => {
    if (path === undefined || (!now && performance.now() - written < WRITTEN_EVERY_MS)) return;
    written = performance.now();
    writeFileSync(`${path}.new`, JSON.stringify({ seed, first: first + held, count: count - held }));
    renameSync(`${path}.new`, path);
  };
}

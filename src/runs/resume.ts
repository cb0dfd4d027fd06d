/** How a run is gone on with, as a user types it. */

/** `gradpool train --resume runs/xor-…`, the path in quotes where a shell needs them. */
export function resumeCommand(runDir: string): string {
  return `gradpool train --resume ${/^[\w./:@%+,=-]+$/.test(runDir) ? runDir : `'${runDir.replaceAll("'", "'\\''")}'`}`;
}

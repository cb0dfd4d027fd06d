/** The command that continues a run, as a user types it. */

/** `gradpool train --resume runs/xor-…`, the path in quotes where a shell needs them. */
export function resumeCommand(runDir: string): string {
  // What begins with a dash would be taken for an option.
  const path = runDir.startsWith('-') ? `./${runDir}` : runDir;
  return `gradpool train --resume ${/^[\w./:@%+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`;
}

/** The command that continues a run, as a user types it. */

/** `gradpool train --resume runs/xor-…`, the path in quotes where a shell needs them. */
export function resumeCommand(runDir: string): string {
  return `gradpool train --resume ${pathWord(runDir)}`;
}

/** A path as a word of a shell's line, in quotes where it needs them. */
export function pathWord(given: string): string {
  // What begins with a dash would be taken for an option.
  const path = given.startsWith('-') ? `./${given}` : given;
  return /^[\w./:@%+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Python, where it is there with the packages that a test needs. */
import { execFileSync, spawnSync } from 'node:child_process';

const pythons = ['python3', '/usr/bin/python3'];
/** Where a package is installed: to import one such as PyTorch takes a second. */
const FOUND = 'import importlib.util as u, sys; sys.exit(any(u.find_spec(p) is None for p in sys.argv[1:]))';

/** A Python that has these packages; undefined where there is none. */
export const pythonWith = (...packages: string[]): string | undefined =>
  pythons.find((python) => spawnSync(python, ['-c', FOUND, ...packages]).status === 0);

/** What a recipe prints as JSON, where there is a Python with what it imports; null where there is none. */
export function printedBy<Printed>(recipe: string, ...packages: string[]): Printed | null {
  const python = pythonWith(...packages);
  if (python === undefined) return null;
  return JSON.parse(execFileSync(python, ['-c', recipe], { encoding: 'utf8', stdio: 'pipe' }));
}

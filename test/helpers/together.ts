/**
 * Several test files one after the other in one process: of a quick file, starting the process and the test runner takes
 * most of the time. For files that start neither threads nor processes. Their names come by the environment, since the
 * runner names its folders after the arguments.
 */
import { pathToFileURL } from 'node:url';
import t from 'tap';

/** The variable with the files' paths, a line each. */
export const FILES = 'GRADPOOL_TEST_FILES';

const paths = process.env[FILES]?.split('\n') ?? [];

/** Loads a file as a test, before which those of the files before have ended: they may write to the same folders. */
function load(k: number): void {
  if (k === paths.length) return;
  t.test(paths[k], async () => {
    // Its tests wait behind this one.
    await import(pathToFileURL(paths[k]).href).finally(() => load(k + 1));
  });
}

load(0);

/**
 * For tests that start threads or processes: the test runner puts a loader of its own into NODE_OPTIONS, and again into
 * whatever a process is started with. It would start in every one of them, and double the time.
 */
import { createRequire } from 'node:module';

delete process.env.NODE_OPTIONS;
// The runner's own way to change what processes are started with.
createRequire(import.meta.url)('process-on-spawn').removeAllListeners();

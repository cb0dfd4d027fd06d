/**
 * What `npm run test:release` runs, and continuous integration: what takes whole processes and minutes. Documents are typed
 * and the package is installed as users do, members are added to a copy of the project, pages are opened in a browser,
 * processes are killed, and proofs are seen to fail.
 */
import './helpers/bare.js';
import { sep } from 'node:path';
import { runSideBySide } from './helpers/side-by-side.js';

runSideBySide((name) => name.startsWith(`release${sep}`));

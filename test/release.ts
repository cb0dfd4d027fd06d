/**
 * What `npm run test:release` runs, and continuous integration: what is typed as users do in a copy of the project, who read
 * its documents or install its package.
 */
import './helpers/bare.js';
import { sep } from 'node:path';
import { runSideBySide } from './helpers/side-by-side.js';

runSideBySide((name) => name.startsWith(`release${sep}`));

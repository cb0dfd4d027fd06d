/** What `npm test` runs. */
import './helpers/bare.js';
import { sep } from 'node:path';
import { runSideBySide } from './helpers/side-by-side.js';

runSideBySide((name) => !name.startsWith(`release${sep}`));

/** Entry point of the processes that train a sweep's trials. No logic. */
import { serveTrials } from './api/trial-process.js';

serveTrials();

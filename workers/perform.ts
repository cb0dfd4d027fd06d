/** What a pool worker's entry point loads. No logic. */
export { portable } from '../src/errors.js';
export { perform } from '../src/worker/perform.js';

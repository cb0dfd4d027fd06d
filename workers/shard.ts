/** Entry point of a pool worker. No logic. */
export { perform as default } from '../src/parallel/worker.js';

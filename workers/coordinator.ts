/** Entry point of the coordinator thread. No logic. */
import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { coordinator } from '../src/coordinator/coordinator.js';

if (parentPort === null) throw new Error('coordinator.js is a worker thread, not a program');
expose(coordinator(), nodeEndpoint(parentPort));

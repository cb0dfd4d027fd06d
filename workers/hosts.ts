/** Entry point of the thread that talks to other hosts. No logic. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveHosts } from '../src/hosts/serving.js';

if (parentPort === null) throw new Error('hosts.js is a worker thread, not a program');
serveHosts(parentPort, workerData);

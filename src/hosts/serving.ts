/** Offers what the thread that talks to other hosts does to its caller, and through a port of its own to the coordinator. */
import type { MessagePort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { portable } from '../errors.js';
import { launched } from './launcher.js';
import { connectMpi } from './mpi.js';
import { type HostsApi, talking } from './talking.js';

export interface HostsData {
  /** How many hosts there must be. */
  readonly nodes: number;
  /** A word that changes as long as all are alive. */
  readonly pulse: Int32Array;
}

export function serveHosts(port: MessagePort, { nodes, pulse }: HostsData): void {
  const api = talking(() => connectMpi(nodes, launched()), pulse);
  const told = Object.fromEntries(
    Object.entries(api).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        try {
          return await (call as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          throw portable(error);
        }
      },
    ]),
  ) as unknown as HostsApi;
  const offered = { ...told, open: (other: MessagePort) => expose(told, nodeEndpoint(other)) };
  expose(offered, nodeEndpoint(port));
}

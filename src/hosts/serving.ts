/** Offers what the thread that talks to other hosts does to its caller, and through a port of its own to the coordinator. */
import type { MessagePort, parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { portable } from '../errors.js';
import { launched } from './launcher.js';
import { connectMpi } from './mpi.js';
import { type HostsApi, talking } from './talking.js';

export interface HostsData {
  readonly nodes: number;
  /** Where the coordinator asks. */
  readonly port: MessagePort;
}

export function serveHosts(port: NonNullable<typeof parentPort>, { nodes, port: other }: HostsData): void {
  const api = talking(() => connectMpi(nodes, launched()));
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
  expose(told, nodeEndpoint(port));
  expose(told, nodeEndpoint(other));
}

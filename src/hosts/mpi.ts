/** MPI as what carries bytes between hosts. Every call waits inside the library: this thread does nothing else. */
import { hostname } from 'node:os';
import { checkSize, type Launched } from './launcher.js';
import { loadMpi, type MpiLibrary } from './mpi-library.js';
import type { Network } from './talking.js';

/**
 * Joins the processes that were started together.
 * @param nodes how many the user expects @param launched what the launcher has said
 * @throws UserError where that is not so, or MPI is not there
 */
export async function connectMpi(nodes: number, launched: Launched): Promise<Network> {
  const library = await loadMpi();
  const { abi } = library;
  const provided = [0];
  library.call('Init_thread', 'void *, void *, int, _Out_ int *')(null, null, abi.serialized, provided);
  const number = (name: string) => {
    const out = [0];
    library.call(name, 'handle, _Out_ int *')(abi.world, out);
    return out[0];
  };
  const network = networkOf(library, number('Comm_rank'), number('Comm_size'));
  try {
    checkSize(nodes, network.hosts, launched, network.library);
  } catch (error) {
    network.finish();
    throw error;
  }
  return network;
}

function networkOf(library: MpiLibrary, host: number, hosts: number): Network {
  const { abi, version } = library;
  const { world, byte, sum, inPlace } = abi;
  const allGather = library.call(
    'Allgatherv',
    'intptr_t, int, handle, void *, const int *, const int *, handle, handle',
  );
  const allToAll = library.call(
    'Alltoallv',
    'void *, const int *, const int *, handle, void *, const int *, const int *, handle, handle',
  );
  const allReduce = library.call('Allreduce', 'intptr_t, void *, int, handle, handle, handle');
  const broadcast = library.call('Bcast', 'void *, int, handle, int, handle');
  const finalize = library.call('Finalize', '');
  const equal = new Int32Array(hosts);
  return {
    host,
    hosts,
    name: hostname(),
    library: version,
    gather: (bytes, counts, starts) => allGather(inPlace, 0, byte, bytes, counts, starts, byte, world),
    scatter(bytes, counts, starts, into, places) {
      equal.fill(counts[host]);
      allToAll(bytes, counts, starts, byte, into, equal, places, byte, world);
    },
    sum(values) {
      const type = values instanceof Float32Array ? abi.float : abi.double;
      allReduce(inPlace, values, values.length, type, sum, world);
    },
    share: (bytes) => broadcast(bytes, bytes.length, byte, 0, world),
    finish: () => finalize(),
  };
}

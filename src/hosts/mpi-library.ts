/**
 * The functions of an MPI library that is installed, through koffi: no compiler, nothing built. The libraries differ in
 * what their constants are: addresses of symbols in Open MPI, numbers in MPICH and in the standard ABI of MPI 5.
 * Source: MPI: A Message-Passing Interface Standard, version 4.1, and version 5.0 chapter 20 for the numbers.
 */
import { UserError } from '../errors.js';

/** An MPI handle: a communicator, a type, an operation. */
type Handle = unknown;

/** How koffi writes the type of handles, and the constants. */
interface Abi {
  readonly name: string;
  readonly handle: 'void *' | 'int';
  readonly world: Handle;
  readonly byte: Handle;
  readonly float: Handle;
  readonly double: Handle;
  readonly sum: Handle;
  readonly inPlace: number;
  readonly serialized: number;
}

export interface MpiLibrary {
  readonly abi: Abi;
  /** As the library names itself. */
  readonly version: string;
  /** A function by its name without `MPI_`; it throws where MPI says that it failed. */
  call(name: string, parameters: string): (...args: unknown[]) => void;
}

/** Names under which libraries are installed, the standard ABI's first. */
const CANDIDATES = ['libmpi_abi.so.1', 'libmpi.so.40', 'libmpi.so.12', 'libmpich.so.12', 'libmpi.dylib'];

/** What of koffi is used here. */
interface Koffi {
  load(path: string, options?: { global?: boolean; lazy?: boolean }): KoffiLibrary;
}
interface KoffiLibrary {
  func(signature: string): (...args: unknown[]) => unknown;
  symbol(name: string, type: string): unknown;
}

/** @throws UserError where koffi or an MPI library is not installed @param env MPI_LIB names a library */
export async function loadMpi(env: NodeJS.ProcessEnv = process.env): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  // MPICH's UCX would take SIGSEGV for itself, by which WebAssembly notices what is out of bounds.
  env.UCX_ERROR_SIGNALS ??= '';
  const library = open(koffi, env.MPI_LIB);
  const abi = abiOf(library);
  const call = (name: string, parameters: string) => {
    const run = library.func(`int MPI_${name}(${parameters.replaceAll('handle', abi.handle)})`);
    return (...args: unknown[]) => {
      const code = run(...args);
      if (code !== 0) throw new Error(`MPI_${name} failed (error ${code})`);
    };
  };
  return { abi, version: versionOf(library), call };
}

async function loadKoffi(): Promise<Koffi> {
  try {
    const { default: koffi } = (await import('koffi')) as unknown as { default: Koffi };
    return koffi;
  } catch (error) {
    throw new UserError(
      '--nodes: expected the package koffi, by which MPI is called, and it cannot be loaded ' +
        `(${(error as Error).message.split('\n')[0]}); npm install koffi`,
    );
  }
}

function open(koffi: Koffi, named: string | undefined): KoffiLibrary {
  const tried: string[] = [];
  for (const name of named ? [named] : CANDIDATES) {
    try {
      return koffi.load(name, { global: true, lazy: true });
    } catch (error) {
      tried.push(
        `${name} (${(error as Error).message.split('\n')[0].replace(/^Failed to load shared library: /, '')})`,
      );
    }
  }
  throw new UserError(
    `--nodes: expected an MPI library, found none; tried ${tried.join(', ')}; install Open MPI ` +
      '(apt-get install openmpi-bin, brew install open-mpi), or name the library in MPI_LIB',
  );
}

function abiOf(library: KoffiLibrary): Abi {
  const symbol = (name: string) => {
    try {
      return library.symbol(name, 'void');
    } catch {
      return undefined;
    }
  };
  if (symbol('MPI_Abi_get_version') !== undefined) {
    const numbers = { world: 0x101, byte: 0x207, float: 0x210, double: 0x214, sum: 0x21 };
    return { name: 'MPI 5 ABI', handle: 'void *', ...asPointers(numbers), inPlace: 1, serialized: 2048 };
  }
  if (symbol('ompi_mpi_comm_world') !== undefined) {
    return {
      name: 'Open MPI',
      handle: 'void *',
      world: symbol('ompi_mpi_comm_world'),
      byte: symbol('ompi_mpi_byte'),
      float: symbol('ompi_mpi_float'),
      double: symbol('ompi_mpi_double'),
      sum: symbol('ompi_mpi_op_sum'),
      inPlace: 1,
      serialized: 2,
    };
  }
  return {
    name: 'MPICH',
    handle: 'int',
    world: 0x44000000,
    byte: 0x4c00010d,
    float: 0x4c00040a,
    double: 0x4c00080b,
    sum: 0x58000003,
    inPlace: -1,
    serialized: 2,
  };
}

function asPointers<K extends string>(numbers: Record<K, number>): Record<K, bigint> {
  return Object.fromEntries(
    Object.entries(numbers).map(([key, value]) => [key, BigInt(value as number)]),
  ) as Record<K, bigint>;
}

function versionOf(library: KoffiLibrary): string {
  const text = new Uint8Array(8192);
  const length = [0];
  library.func('int MPI_Get_library_version(void *, _Out_ int *)')(text, length);
  const all = new TextDecoder().decode(text.subarray(0, length[0]));
  return all
    .split(/[\n,\0]/, 1)[0]
    .trim()
    .replaceAll(/\s+/g, ' ')
    .slice(0, 60);
}

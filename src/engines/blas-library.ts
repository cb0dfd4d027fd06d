/**
 * The machine's own BLAS, called through koffi: finds one, and binds its matrix products to a memory. The only file
 * that imports koffi, which is optional.
 */
import { createRequire } from 'node:module';
import { UserError } from '../errors.js';

/** Plain data, so that one thread can find a library and post it to those that open it. */
export interface Blas {
  /** What the system's loader takes: a path, or a bare name that it looks up. */
  readonly path: string;
  readonly name: 'OpenBLAS' | 'BLIS' | 'MKL' | 'Accelerate' | 'BLAS';
  /** Empty where the library does not tell. */
  readonly version: string;
  /** What else it tells of itself, e.g. `Zen, pthreads`; may be empty. */
  readonly detail: string;
  /** What its functions' names end in: `64_` is a convention of builds with 64-bit integers. */
  readonly suffix: '' | '64_';
}

/**
 * C = op(A)·op(B) + beta·C, row-major, op being the transpose where asked for. op(A): m×k, op(B): k×n, C: m×n.
 * a, b, c are byte offsets into the memory, multiples of a value's size; lda, ldb, ldc are the lengths of a stored
 * row, in values. With beta = 0, C is only written. Nothing is checked: an offset outside the memory is the end of
 * the process.
 */
export type Gemm = (
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: 0 | 1,
  c: number,
  ldc: number,
) => void;

type Koffi = typeof import('koffi');
type Library = import('koffi').LibraryHandle;

/** Looked for in this order. libblas.so.3 is whatever the system was told to use, often OpenBLAS. */
export const candidates: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    'libopenblas.so.0',
    'libopenblas.so',
    'libopenblasp.so.0', // Fedora's, with threads; its libopenblas.so.0 has none
    'libopenblaso.so.0', // Fedora's, with OpenMP
    'libopenblas.so.3', // Alpine's
    'libblis.so.4',
    'libblis.so.5',
    'libblis.so',
    'libmkl_rt.so.3',
    'libmkl_rt.so.2',
    'libmkl_rt.so',
    'libblas.so.3',
  ],
  darwin: [
    '/System/Library/Frameworks/Accelerate.framework/Accelerate',
    '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
    '/usr/local/opt/openblas/lib/libopenblas.dylib',
  ],
  win32: ['libopenblas.dll', 'openblas.dll', 'mkl_rt.3.dll', 'mkl_rt.2.dll'],
};

const install: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'install one, e.g. "apt-get install libopenblas0" or "dnf install openblas-threads"',
  darwin: 'install one, e.g. "brew install openblas"',
  win32: 'put the libopenblas.dll of a release of OpenBLAS into a folder on the PATH',
};
const installOne = install[process.platform] ?? 'install OpenBLAS';

/**
 * The BLAS of this name or path; without one, the first of the candidates that is worth using: an OpenBLAS, BLIS,
 * MKL or Accelerate. (An unknown library is used only when it is named: the reference BLAS is slower than gradpool's
 * own kernels.) To be called in one thread of the process; others get what it found.
 *
 * @throws UserError if there is none, if the one named is none or cannot be shared by threads, or without koffi.
 */
export function findBlas(library?: string): Blas {
  const place = library ?? 'blas';
  if (library === '') throw new UserError('blas: expected a name or path of a BLAS library, got ""');
  const koffi = loadKoffi(place);
  if (library !== undefined) {
    let opened: Library;
    try {
      opened = load(koffi, library);
    } catch (error) {
      throw new UserError(`${place}: expected a BLAS library, got none (${why(error)}); ${installOne}`);
    }
    const found = examine(library, opened);
    if (typeof found === 'string') throw new UserError(`${place}: ${found}; ${installOne}`);
    return found;
  }

  const names = candidates[process.platform] ?? [];
  const refused: string[] = [];
  for (const name of names) {
    try {
      const found = examine(name, load(koffi, name));
      if (typeof found === 'string') refused.push(`; ${name}: ${found}`);
      else if (found.name !== 'BLAS') return found;
      else refused.push(`; ${name}: an unknown BLAS, used only if it is named`);
    } catch {
      // The usual case: not on this machine.
    }
  }
  throw new UserError(
    `blas: expected a BLAS library, got none of ${names.join(', ')}${refused.join('')}; ${installOne}`,
  );
}

/** As `findBlas()`, for whom none is no error. */
export function blasIfAny(): Blas | undefined {
  try {
    return findBlas();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Binds the products of a library that `findBlas` found, in any thread of the process, to a memory which may be
 * shared between threads. Any number of threads may call at once; each product is computed by its caller alone.
 */
export function openBlas(blas: Blas, memory: WebAssembly.Memory): { gemm_f32: Gemm; gemm_f64: Gemm } {
  const koffi = loadKoffi(blas.path);
  const library = load(koffi, blas.path);
  // In every thread, although most libraries have one setting for the process: with OpenMP, and in Accelerate, it is
  // the calling thread's. Nearly all functions take the number of threads; Accelerate's 1 happens to mean "one".
  for (const setter of [
    'void openblas_set_num_threads(int)',
    'void openblas_set_num_threads64_(int)',
    'void bli_thread_set_num_threads(intptr_t)',
    'void MKL_Set_Num_Threads(int)',
    'int BLASSetThreading(unsigned int)',
  ]) {
    optional(library, setter)?.(1);
  }

  // Pointers are BigInts that are made once for each offset. Microseconds for a whole product of 1×1×1, and bytes of
  // garbage: 0.15 and 0 for a BigInt that is kept, 0.20 and 30 for a new one, 0.19 and 48 for a number, 0.24 and 30
  // for a new typed array. (koffi 3.3, Node 20, OpenBLAS 0.3.21, a core of an AMD EPYC.)
  // A shared memory never moves: it reserves its maximum when it is made. The view keeps it from being collected.
  const whole = new Uint8Array(memory.buffer);
  const kept = new Map<number, bigint>();
  const pointer = (offset: number): bigint => {
    let known = kept.get(offset);
    if (known === undefined) {
      // A run has a few hundred places; a caller with ever new ones must not fill the heap.
      if (kept.size === 4096) kept.clear();
      known = koffi.address(whole) + BigInt(offset);
      kept.set(offset, known);
    }
    return known;
  };

  // A 64-bit integer is passed as a 32-bit one is, where the lower half comes first and each argument has a whole
  // register or 8 bytes of stack. So most builds need not be asked which they take. Apple's arm64 packs its stack.
  const integer = process.platform === 'darwin' && blas.suffix === '' ? 'int' : 'intptr_t';
  const bind = (name: string, value: string): Gemm => {
    const [A, C] = ['const void *', 'void *'];
    const gemm = library.func(`cblas_${name}${blas.suffix}`, 'void', [
      ...['int', 'int', 'int', integer, integer, integer],
      ...[value, A, integer, A, integer, value, C, integer],
    ]);
    const [rowMajor, plain, transposed] = [101, 111, 112];
    return (transA, transB, m, n, k, a, lda, b, ldb, beta, c, ldc) => {
      const [formA, formB] = [transA ? transposed : plain, transB ? transposed : plain];
      gemm(rowMajor, formA, formB, m, n, k, 1, pointer(a), lda, pointer(b), ldb, beta, pointer(c), ldc);
    };
  };
  return { gemm_f32: bind('sgemm', 'float'), gemm_f64: bind('dgemm', 'double') };
}

/** What a loaded library is, or what was expected and came instead. */
function examine(path: string, library: Library): Blas | string {
  const has = (symbol: string) => optional(library, `void ${symbol}()`) !== undefined;
  const suffix = (['', '64_'] as const).find((s) => has(`cblas_sgemm${s}`) && has(`cblas_dgemm${s}`));
  if (suffix === undefined) return 'expected a library with cblas_sgemm and cblas_dgemm, got one without';
  const ask = (declaration: string): unknown => optional(library, declaration)?.();

  const config = ask(`const char *openblas_get_config${suffix}()`);
  if (typeof config === 'string') {
    const version = /OpenBLAS (\S+)/.exec(config)?.[1] ?? '';
    const parallel = ask(`int openblas_get_parallel${suffix}()`);
    // Its buffers are common to all threads, and such a build hands them out without a lock. Whether it was built
    // with locks is told since 0.3.28 only; what does not tell is not trusted.
    if (parallel === 0 && !/USE_LOCKING/.test(config)) {
      return `expected a BLAS that threads can share, got OpenBLAS ${version} built without threads and locks`;
    }
    const core = ask(`const char *openblas_get_corename${suffix}()`);
    const threads = ['one thread', 'pthreads', 'OpenMP'][parallel as number];
    return { path, name: 'OpenBLAS', version, detail: join(core, threads), suffix };
  }

  const blis = ask('const char *bli_info_get_version_str()');
  if (typeof blis === 'string') {
    const id = ask('int bli_arch_query_id()');
    const arch = optional(library, 'const char *bli_arch_string(int)')?.(id);
    return { path, name: 'BLIS', version: blis, detail: join(arch), suffix };
  }

  const mkl = optional(library, 'void MKL_Get_Version_String(void *, int)');
  if (mkl) {
    const buffer = Buffer.alloc(256);
    mkl(buffer, buffer.length);
    const text = buffer.toString('latin1').replace(/[\0\s]+$|\0.*/s, '');
    const version = /Version ([\d.]+)/.exec(text)?.[1] ?? '';
    return { path, name: 'MKL', version, detail: '', suffix };
  }

  const name = has('vDSP_vadd') ? 'Accelerate' : 'BLAS';
  return { path, name, version: '', detail: '', suffix };
}

/** Not a static import: everything but this file must work without koffi. By `require`, because that is synchronous. */
function loadKoffi(place: string): Koffi {
  try {
    return createRequire(import.meta.url)('koffi');
  } catch (error) {
    throw new UserError(
      `${place}: expected the package "koffi", which calls native libraries, got none (${why(error)}); run "npm install koffi"`,
    );
  }
}

/** A handle that is collected closes its library, under the feet of what the library started. So they are kept. */
const loaded = new Map<string, Library>();

function load(koffi: Koffi, path: string): Library {
  let library = loaded.get(path);
  if (library === undefined) {
    library = koffi.load(path);
    loaded.set(path, library);
    // Before MKL's first function: its sequential layer (1) needs no OpenMP library beside it.
    optional(library, 'int MKL_Set_Threading_Layer(int)')?.(1);
  }
  return library;
}

function optional(library: Library, declaration: string): ((...args: unknown[]) => unknown) | undefined {
  try {
    return library.func(declaration);
  } catch {
    return undefined;
  }
}

function join(...parts: unknown[]): string {
  return parts.filter((part) => typeof part === 'string').join(', ');
}

function why(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .replace(/^Failed to load shared library: /, '')
    .split('\n', 1)[0];
}

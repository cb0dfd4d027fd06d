/**
 * One shared memory for a run, sized once: a table of named regions, each starting on a cache line of its own,
 * so that threads which write to different regions never write to the same line. Knows nothing of training.
 */
import { UserError } from '../errors.js';

export type RegionType = 'uint8' | 'int32' | 'uint32' | 'float32' | 'float64';

export interface Region {
  readonly name: string;
  readonly type: RegionType;
  /** Values, not bytes. */
  readonly length: number;
  /** Bytes from the start of the memory. */
  readonly offset: number;
}

const BYTES: Record<RegionType, number> = { uint8: 1, int32: 4, uint32: 4, float32: 4, float64: 8 };
export const CACHE_LINE = 64;
const PAGE = 65_536;
/** WebAssembly's limit for a 32-bit memory. */
const MOST_PAGES = 65_536;

/** A plan that regions are added to; nothing is allocated before `allocate`. */
export class ArenaPlan {
  readonly regions: Region[] = [];
  // The first line stays free, so that no offset is 0, which kernels take for "none".
  #bytes = CACHE_LINE;

  add(name: string, type: RegionType, length: number): Region {
    const region = { name, type, length, offset: this.#bytes };
    this.regions.push(region);
    this.#bytes += Math.ceil((length * BYTES[type]) / CACHE_LINE) * CACHE_LINE;
    return region;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws UserError with the largest regions and their sizes, when the plan is over 4 GiB. */
  allocate(): WebAssembly.Memory {
    const pages = Math.ceil(this.#bytes / PAGE);
    if (!(pages <= MOST_PAGES)) {
      throw new UserError(
        `this run needs ${mebibytes(this.#bytes)} of shared memory, more than the 4096 MiB that WebAssembly allows ` +
          `(${this.#largest()}); use a smaller network, batch size, number of shards or data set`,
      );
    }
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    } catch {
      throw new UserError(
        `could not allocate ${mebibytes(this.#bytes)} of shared memory (${this.#largest()}); free some, or use a ` +
          'smaller network, batch size, number of shards or data set',
      );
    }
  }

  /** The five largest groups of regions (`worker0.h1` belongs to `worker0`). */
  #largest(): string {
    const groups = new Map<string, number>();
    for (const { name, type, length } of this.regions) {
      const group = name.split('.')[0].replace(/\d+$/, 's');
      groups.set(group, (groups.get(group) ?? 0) + length * BYTES[type]);
    }
    return [...groups]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5)
      .map(([group, bytes]) => `${group} ${mebibytes(bytes)}`)
      .join(', ');
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;
}

const VIEWS = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};
type View<Type extends RegionType> = InstanceType<(typeof VIEWS)[Type]>;

/** A typed array over a region, without a copy. */
export function view<Type extends RegionType>(
  memory: WebAssembly.Memory,
  region: Region & { readonly type: Type },
): View<Type> {
  const Constructor: new (buffer: ArrayBufferLike, offset: number, length: number) => unknown =
    VIEWS[region.type];
  return new Constructor(memory.buffer, region.offset, region.length) as View<Type>;
}

/**
 * One shared memory for a run, sized once: a table of named regions, each starting on a cache line of its own, so
 * that threads which write to different regions never write to the same line.
 */
import { UserError } from '../errors.js';
import { addressLimit, size } from '../machine/memory.js';

export type RegionType = 'uint8' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64';

/** A named part of the memory, with the type of its values. */
export interface Region<Type extends RegionType = RegionType> {
  readonly name: string;
  readonly type: Type;
  /** Values, not bytes. */
  readonly length: number;
  /** Bytes from the start of the memory. */
  readonly offset: number;
}

const BYTES: Record<RegionType, number> = {
  uint8: 1,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  float64: 8,
};
export const CACHE_LINE = 64;
const PAGE = 65_536;
/** WebAssembly's limit for a 32-bit memory. */
export const MOST_BYTES = 2 ** 32;

/** A plan that regions are added to; nothing is allocated before `allocate`. */
export class ArenaPlan {
  readonly regions: Region[] = [];
  // The first line stays free, so that no offset is 0, which kernels take for "none".
  #bytes = CACHE_LINE;

  /** @param name where it belongs to a group of regions: `group.name` */
  add<Type extends RegionType>(name: string, type: Type, length: number): Region<Type> {
    const region = { name, type, length, offset: this.#bytes };
    this.regions.push(region);
    this.#bytes += Math.ceil((length * BYTES[type]) / CACHE_LINE) * CACHE_LINE;
    return region;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of each group of regions: of the name's part before its first dot. */
  groups(): Map<string, number> {
    const groups = new Map<string, number>();
    for (const { name, type, length } of this.regions) {
      const [group] = name.split('.', 1);
      groups.set(group, (groups.get(group) ?? 0) + length * BYTES[type]);
    }
    return groups;
  }

  /** @throws UserError where the machine refuses; whether a plan fits is known before, by its bytes. */
  allocate(): WebAssembly.Memory {
    const pages = Math.ceil(this.#bytes / PAGE);
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    } catch {
      throw new UserError(`could not allocate ${size(this.#bytes)} of shared memory${whyNot()}`);
    }
  }
}

/** Memories have wide margins, so that out of bounds is found by the processor and not by a comparison. */
function whyNot(): string {
  const allowed = addressLimit();
  if (allowed === undefined) return '; free some, or make the run smaller';
  return (
    `: WebAssembly wants 10 GiB of addresses for each memory, and ulimit -v allows ${size(allowed)} in all; raise it, ` +
    'or set NODE_OPTIONS=--disable-wasm-trap-handler'
  );
}

const VIEWS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};
type View<Type extends RegionType> = InstanceType<(typeof VIEWS)[Type]>;

/** A typed array over a region, without a copy. */
export function view<Type extends RegionType>(memory: WebAssembly.Memory, region: Region<Type>): View<Type> {
  const Constructor: new (buffer: ArrayBufferLike, offset: number, length: number) => unknown =
    VIEWS[region.type];
  return new Constructor(memory.buffer, region.offset, region.length) as View<Type>;
}

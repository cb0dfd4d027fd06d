/** What carries bytes between hosts that train together. Calls are made by all hosts, in the same order, and wait for each other. */
export interface Transport {
  /** This host's number, from 0. */
  readonly host: number;
  readonly hosts: number;
  /** Every host's stretch [starts[k], starts[k] + counts[k]) of `bytes` goes to all hosts, to the same place. */
  gather(bytes: Uint8Array, counts: Int32Array, starts: Int32Array): void;
  /**
   * The k-th stretch of `bytes` goes to host k; what host k sends this one goes to `into` at `places[k]`, its length that
   * of this host's own stretch.
   */
  scatter(
    bytes: Uint8Array,
    counts: Int32Array,
    starts: Int32Array,
    into: Uint8Array,
    places: Int32Array,
  ): void;
  /** The sum of all hosts' values takes their place, added up in any order. */
  sum(values: Float32Array | Float64Array): void;
  /** Host 0's bytes go to all. */
  share(bytes: Uint8Array): void;
}

/** The fixed tree of src/model/tree.ts. */

/** Of a tree over `count` ≥ 2 shards, how many the left subtree has: the largest power of two below. */
@inline
export function leftOf(count: i32): i32 {
  return 1 << (31 - clz(count - 1));
}

/**
 * The fixed tree in which what shards computed is put together; the number of shards alone decides its shape. A power of
 * two is halved, any other number split at the largest power of two below it, so that any whole subtree can be computed
 * elsewhere: seven shards are (4) + ((2) + (1)).
 */

/** Of a tree over `count` shards, 2 to 2^31, how many the left subtree has. */
export function leftOf(count: number): number {
  return 2 ** (31 - Math.clz32(count - 1));
}

/** What native/operation.h knows operations by: the first of the numbers that are handed over. */
export const Operation = {
  /** A list of operations follows, `NUMBERS` numbers each; the second number says how many. */
  list: 0,
  denseForward: 1,
  denseBackwardInput: 2,
  denseBackwardWeights: 3,
  rank1: 4,
  reluForward: 5,
  reluBackward: 6,
  gatherBytes: 7,
  sgd: 8,
  adam: 9,
  crossEntropyForward: 10,
  crossEntropyBackward: 11,
} as const;

/** Numbers of an operation, at most. */
export const NUMBERS = 20;
/** Operations that a list may have. */
export const MOST_OPERATIONS = 63;

/** Windows of streamed rows that lie in memory at a time: the one that steps are made of, the one before, whose last rows may share a minibatch with it, and the next. */
export const RESIDENT = 3;
/** The same where windows are of whole minibatches: the one that steps are made of, and the next. */
export const RESIDENT_LANES = 2;

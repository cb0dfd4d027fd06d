/** What a target of the fuzzer is. */

/**
 * Uses an input as the program would, and holds what comes of it against what was promised.
 * @param bytes the input, and `path` where it stands, unless something other than a file stands there
 * @throws UserError where it refuses the input; any other error is a fault that the fuzzer reports
 */
export type Target = (bytes: Uint8Array, path: string) => Promise<'accepted'>;

export type Targets = Readonly<Record<string, Target>>;

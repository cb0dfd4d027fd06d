/** The file of the weights that a run leaves: `weights.safetensors`, the best ones, and in its metadata what they came of. */

/** Names what the metadata holds: `bestHash` of these weights, `best`, `weightsHash` of the last ones, `run`. */
export const WEIGHTS_FORMAT = 'gradpool-weights-2';

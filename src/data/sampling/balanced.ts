/**
 * Classes come equally often: each draw by itself and with replacement, a row of a class that n_c of the training rows have
 * with probability 1/(K·n_c), K the classes that these have. It is what PyTorch's WeightedRandomSampler does with weights
 * 1/n_c and `num_samples` n. Keyed by (seed, epoch).
 */
import { keyed } from '../../random.js';
import type { Drawn, Sampling } from './sampling.js';

/** The training rows of each class that they have, classes in their order. Takes 4 bytes a training row. */
function classRowsOf({ train, classOf }: Drawn): readonly Uint32Array[] {
  const counts: number[] = [];
  for (const row of train) counts[classOf(row)] = (counts[classOf(row)] ?? 0) + 1;
  // An array with holes where a class has no training row.
  const rows = counts.map((count) => new Uint32Array(count));
  const filled = rows.map(() => 0);
  for (const row of train) rows[classOf(row)][filled[classOf(row)]++] = row;
  return Object.values(rows);
}

export const balanced: Sampling = {
  description:
    'Draws rows with replacement, so that every class is equally likely, and every row of a class.',
  needs: 'classes',
  told: 'drawn so that classes come equally often, with replacement',
  draw(from) {
    const classes = classRowsOf(from);
    return (into, epoch) => {
      const random = keyed(from.seed, 'balance', epoch);
      for (let at = 0; at < into.length; at++) {
        const rows = classes[random.below(classes.length)];
        into[at] = rows[random.below(rows.length)];
      }
    };
  },
};

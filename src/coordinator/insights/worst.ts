/** The rows that the network is most wrong about, as somebody would want to see them. */
import type { WorstExample } from '../../insights.js';
import { classAt } from '../../model/metrics/decide.js';
import type { Look } from '../../plan/look.js';
import type { Workspace } from '../workspace.js';
import { finite, short } from './numbers.js';
import { extentOf, rowOf } from './seen.js';
import { showerOf } from './show.js';

const EXAMPLES = 12;
/** More outputs are not told. */
const MOST_OUTPUTS = 100;

/** The largest losses, the largest first; of equals the row that comes first. A loss that is no number is the largest. */
export function worstRows(losses: Float64Array, count = EXAMPLES): number[] {
  const size = (row: number) => (Number.isNaN(losses[row]) ? Number.POSITIVE_INFINITY : losses[row]);
  const worst: number[] = [];
  for (let row = 0; row < losses.length; row++) {
    const loss = size(row);
    if (worst.length === count && loss <= size(worst[count - 1])) continue;
    let at = worst.length;
    while (at > 0 && size(worst[at - 1]) < loss) at--;
    worst.splice(at, 0, row);
    if (worst.length > count) worst.pop();
  }
  return worst;
}

/** @param classes names by class; undefined: rows do not have one class each */
export async function worstOf(
  workspace: Workspace,
  look: Look,
  classes: readonly string[] | undefined,
): Promise<WorstExample[]> {
  const show = await showerOf(workspace);
  return worstRows(look.losses).map((row) => {
    const { own, ...example } = exampleOf(workspace, look, row, classes);
    return { ...example, ...show(own) };
  });
}

/** What came of a row that was looked at. @returns beside it `own`, the row's number in the window */
export function exampleOf(
  workspace: Workspace,
  look: Look,
  row: number,
  classes: readonly string[] | undefined,
): WorstExample & { own: number } {
  const { source, setup } = workspace;
  const extent = extentOf(workspace, look.rows);
  const width = setup.net.outputs;
  const digits = extent.task === 'regression' ? 8 : 5;
  const values = (all: Float64Array, row: number) =>
    width > MOST_OUTPUTS
      ? []
      : Array.from(all.subarray(row * width, (row + 1) * width), (value) => short(finite(value), digits));
  const actual = classes?.[classAt(look.targets, row, extent)];
  const predicted = classes?.[classAt(look.outputs, row, extent)];
  const output = values(look.outputs, row);
  const own = rowOf(workspace, look, row);
  return {
    own,
    row: source.numberOf?.(own) ?? own,
    loss: short(finite(look.losses[row]), 8),
    target: actual ?? values(look.targets, row),
    output: classes && width === 1 ? [short(1 - output[0], digits), output[0]] : output,
    ...(predicted !== undefined && { predicted }),
  };
}

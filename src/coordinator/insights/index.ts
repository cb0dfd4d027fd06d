/**
 * What the weights that a run leaves do with rows that they did not learn from, for whoever looks at it. All of it
 * follows from the weights, the data and the configuration: no number of threads changes it.
 *
 * How long it may take: rows are looked at one by one, at most 100,000 of them and 2²¹ outputs, and no more than the
 * engine takes a tenth of a second for by the model of a step's time; or, where the run has taken longer, a twentieth of
 * its examples, which cost a third of a training step each. The rest is a look at the parameters and a minibatch or two.
 */
import { preprocessingOf } from '../../data/source.js';
import { engineOf } from '../../engines/index.js';
import { RunFailure } from '../../errors.js';
import type { InsightsEvent } from '../../insights.js';
import { type Available, availableMemory } from '../../machine/memory.js';
import { losses } from '../../model/losses/index.js';
import { type LookedRows, lookedRows } from '../../plan/look.js';
import { classesOf } from '../weights.js';
import type { Workspace } from '../workspace.js';
import { calibrationOf, confusionOf, rocOf } from './classes.js';
import { filtersOf, gradientsOf, layersOf } from './layers.js';
import { residualsOf } from './residuals.js';
import { extentOf, lookAt } from './seen.js';
import { planeOf, surfaceOf } from './surface.js';
import { worstOf } from './worst.js';

const MOST_ROWS = 100_000;
const MOST_OUTPUTS = 2 ** 21;
const SECONDS = 0.1;
const SHARE = 1 / 20;
/** More names are not told. */
const MOST_CLASSES = 256;
/** Left for everybody else. */
const SPARE_BYTES = 16 * 2 ** 20;

export interface InsightsOptions {
  /** Examples that the run has learned from, of which looking may take its share; 0: it is to be quick. */
  readonly examples: number;
  /** What this process may use, undefined where nobody knows; default: as the machine says. */
  readonly available?: () => Available | undefined;
}

/**
 * Looks at the rows with the weights as they are in the workspace, whose workers rest.
 * @returns undefined where workers fail again and again, or there is no memory for it: a run has ended without
 */
export async function insightsOf(
  workspace: Workspace,
  options: InsightsOptions,
): Promise<InsightsEvent | undefined> {
  try {
    return await found(workspace, options);
  } catch (error) {
    // What was survived before was told; the last failure is one too many, for a look at what has been learned already.
    if (error instanceof RunFailure || error instanceof RangeError) return undefined;
    throw error;
  }
}

async function found(
  workspace: Workspace,
  { examples, available = availableMemory }: InsightsOptions,
): Promise<InsightsEvent | undefined> {
  const { setup, source, supervisor } = workspace;
  const { net, evaluated } = setup;
  const looked = rowsOf(workspace, examples);
  const needed = 8 * (looked.rows * (2 * net.outputs + 3) + 2 * net.parameters) + SPARE_BYTES;
  if (needed > (available()?.bytes ?? Number.POSITIVE_INFINITY)) return undefined;
  const plane = planeOf(workspace, looked);
  const look = lookAt(workspace, looked, plane?.asked);
  if (look.rows > 0) await supervisor.run({ kind: 'look', look });
  const gradients = await gradientsOf(workspace, look);
  const classes = classesOf(source, evaluated.task);
  const names = namesOf(workspace) ?? [];
  const extent = extentOf(workspace, look.rows);
  const confusion = confusionOf(look, extent);
  const roc = rocOf(look, extent, names);
  const calibration = losses[setup.loss.name].ranks ? undefined : calibrationOf(look, extent);
  const residuals = residualsOf(look, extent, names);
  const filters = filtersOf(workspace);
  return {
    event: 'insights',
    part: look.part === 'train' ? 'training' : look.part,
    rows: look.rows,
    ...(look.rows < look.all && { of: look.all }),
    ...(classes && classes.length <= MOST_CLASSES && { classes: [...classes] }),
    ...(confusion && { confusion }),
    ...(roc && { roc }),
    ...(calibration && { calibration }),
    ...(residuals && { residuals }),
    worst: await worstOf(workspace, look, classes),
    layers: layersOf(workspace, look, gradients),
    ...(filters && { filters }),
    ...(plane && { surface: surfaceOf(workspace, look, plane, classes, names) }),
  };
}

/** Of the test where it has rows, else of the validation, else those of training that lie in memory. */
function rowsOf({ setup, split }: Workspace, examples: number): LookedRows {
  const part = split.test.length > 0 ? 'test' : split.validation.length > 0 ? 'validation' : 'train';
  const { net, engine } = setup;
  const quick = (SECONDS * (engineOf(engine.name).rate ?? 1e9)) / (2 * net.parameters);
  const most = Math.max(quick, SHARE * examples);
  return lookedRows(part, split[part].length, Math.min(MOST_ROWS, MOST_OUTPUTS / net.outputs, most));
}

/** What each output is called: a class, or the column that it is for. */
function namesOf({ source, setup }: Workspace): readonly string[] | undefined {
  const { target } = preprocessingOf(source);
  if (setup.evaluated.task === 'classification') return classesOf(source, setup.evaluated.task);
  // The one output of two classes is the second one's.
  if (setup.evaluated.task === 'binary') return classesOf(source, 'binary')?.slice(1);
  return target.kind === 'class' ? undefined : target.columns.map(({ name }) => name);
}

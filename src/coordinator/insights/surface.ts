/** What a network of two inputs makes of each point of a plane. */
import { matrixOf, preprocessingOf } from '../../data/source.js';
import type { InsightsEvent } from '../../insights.js';
import { classAt } from '../../model/metrics/decide.js';
import type { Look, LookedRows } from '../../plan/look.js';
import { placeOf } from '../../plan/look.js';
import { scaled, unscale } from '../../preprocess/fitted.js';
import { view } from '../../shared/arena.js';
import type { Workspace } from '../workspace.js';
import { finite, short, spaced } from './numbers.js';
import { extentOf, rowOf } from './seen.js';

/** Points along each axis, of few outputs and of more. */
const POINTS = 41;
const FEW_POINTS = 21;
const FEW_OUTPUTS = 3;
const MOST_OUTPUTS = 20;
/** Beyond the rows on each side, as a share of the distance between them. */
const MARGIN = 0.1;
const MOST_ROWS = 500;

/** One of the two inputs: its name, and what becomes of its values. */
interface Axis {
  readonly name: string;
  /** From its own units to what lies in memory, and back. */
  readonly memorized: (value: number) => number;
  readonly own: (value: number) => number;
  /** From what lies in memory to what the network takes. */
  readonly input: (value: number) => number;
}

/** A grid over the plane, and the rows that are shown with it. */
export interface Plane {
  readonly names: [string, string];
  readonly x: [number, number];
  readonly y: [number, number];
  readonly side: number;
  /** The grid's points as the network takes them, row by row of y. */
  readonly asked: Float64Array;
  readonly values: (row: number) => [number, number];
}

/** Undefined where there are not two inputs that are numbers. */
export function planeOf(workspace: Workspace, looked: LookedRows): Plane | undefined {
  const { setup, source, split } = workspace;
  const axes = axesOf(workspace);
  if (axes === undefined || setup.net.outputs > MOST_OUTPUTS || looked.rows === 0) return undefined;
  const features = view(setup.memory, setup.layout.features) as ArrayLike<number>;
  const [first, second] = axes;
  const values = (row: number): [number, number] => [
    first.own(features[row * source.features]),
    second.own(features[row * source.features + 1]),
  ];
  const all = spaced(looked.rows, 10 * MOST_ROWS).map((row) =>
    values(split[looked.part][placeOf(looked, row)]),
  );
  const x = rangeOf(all.map(([value]) => value));
  const y = rangeOf(all.map(([, value]) => value));
  const side = setup.net.outputs <= FEW_OUTPUTS ? POINTS : FEW_POINTS;
  const asked = new Float64Array(2 * side * side);
  const at = ([from, to]: [number, number], k: number) => from + ((to - from) * k) / (side - 1);
  for (let k = 0; k < side * side; k++) {
    asked[2 * k] = first.input(first.memorized(at(x, k % side)));
    asked[2 * k + 1] = second.input(second.memorized(at(y, Math.floor(k / side))));
  }
  return { names: [first.name, second.name], x, y, side, asked, values };
}

/**
 * @param classes names by class; undefined: rows do not have one class each
 * @param columns what the outputs are for, where they are no classes
 */
export function surfaceOf(
  workspace: Workspace,
  look: Look,
  plane: Plane,
  classes: readonly string[] | undefined,
  columns: readonly string[],
): InsightsEvent['surface'] {
  const { names, x, y, side, values } = plane;
  const width = workspace.setup.net.outputs;
  const extent = extentOf(workspace, look.rows);
  const row = (output: number, v: number) =>
    Array.from({ length: side }, (_, u) => short(finite(look.answers[(v * side + u) * width + output]), 4));
  const several = classes === undefined && width > 1;
  return {
    names,
    x,
    y,
    ...(classes === undefined && {
      targets: Array.from({ length: width }, (_, k) => columns[k] ?? `output${k + 1}`),
    }),
    outputs: Array.from({ length: width }, (_, k) => Array.from({ length: side }, (_, v) => row(k, v))),
    points: spaced(look.rows, MOST_ROWS).map((at) => {
      const [u, v] = values(rowOf(workspace, look, at));
      const name = classes?.[classAt(look.targets, at, extent)];
      const value = (output: number) => short(finite(look.targets[at * width + output]));
      const point = { x: short(u), y: short(v), target: name ?? value(0) };
      return several ? { ...point, values: Array.from({ length: width }, (_, k) => value(k)) } : point;
    }),
  };
}

/** With some margin on both sides; one apart where all are the same. */
function rangeOf(values: readonly number[]): [number, number] {
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const margin = (most - least) * MARGIN || 0.5;
  return [short(least - margin), short(most + margin)];
}

const same = (value: number) => value;

function axesOf({ setup, source }: Workspace): [Axis, Axis] | undefined {
  if (source.features !== 2 || setup.net.inputs !== 2) return undefined;
  const { columns } = preprocessingOf(source);
  if (columns !== undefined) {
    const axes = columns.flatMap((column): Axis[] => {
      if (column.type !== 'number' || column.indicator) return [];
      const { name, scale } = column;
      return [
        {
          name,
          memorized: (value) => scaled(value, scale),
          own: (value) => unscale(value, scale),
          input: same,
        },
      ];
    });
    return axes.length === 2 ? [axes[0], axes[1]] : undefined;
  }
  const { scales, offsets } = matrixOf(source);
  const axis = (k: number): Axis => {
    const [scale, offset] = [scales[k] ?? scales[0], offsets[k] ?? offsets[0]];
    const input = (value: number) => value * scale + offset;
    return { name: `input${k + 1}`, memorized: same, own: same, input };
  };
  return [axis(0), axis(1)];
}

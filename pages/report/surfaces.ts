/** What a network of two inputs makes of each point of a plane. */
import type { ReportData } from '../../src/page/report-data.js';
import { diverging, figure, plot, raster } from '../kit.js';

type Insights = NonNullable<ReportData['insights']>;

/** Of classes the likeliest one, the paler the less likely; otherwise a drawing for each target, in its own units. */
export function surfaces({ surface, classes, residuals }: Insights): HTMLElement[] {
  if (surface === undefined) return [];
  const { outputs, targets = residuals?.map(({ target }) => target) } = surface;
  if (classes !== undefined || outputs.length === 1) return [classSurface(surface, classes, targets?.[0])];
  return outputs.map((_, output) =>
    valueSurface(surface, output, targets?.[output] ?? `output${output + 1}`),
  );
}

type Surface = NonNullable<Insights['surface']>;

/** How the grid of an output is asked: by the places of a picture, whose first line is the largest y. */
function gridOf({ outputs }: Surface) {
  const height = outputs[0]?.length ?? 0;
  const width = outputs[0]?.[0]?.length ?? 0;
  const at = (output: number, index: number) =>
    outputs[output]?.[height - 1 - Math.floor(index / width)]?.[index % width] ?? 0;
  return { width, height, at };
}

/** From the least to the largest value of an output; of shares all that there can be. */
function rangeOf(surface: Surface, output: number): readonly [number, number] {
  const all = (surface.outputs[output] ?? []).flat();
  const isShare = all.every((value) => value >= 0 && value <= 1);
  return isShare ? [0, 1] : [Math.min(...all), Math.max(...all)];
}

/** The grid's values of one output in two colours, from the least, orange, to the largest, blue. */
function twoColours(surface: Surface, output: number) {
  const { width, height, at } = gridOf(surface);
  const [least, largest] = rangeOf(surface, output);
  return raster(width, height, '', (index) =>
    diverging(((at(output, index) - least) / (largest - least || 1)) * 2 - 1),
  );
}

function valueSurface(surface: Surface, output: number, target: string): HTMLElement {
  const { names, x, y, points } = surface;
  const [least, largest] = rangeOf(surface, output);
  const truth = ({ values }: Surface['points'][number]) => values?.[output];
  return plot({
    title: `${target} by ${names[0]} and ${names[1]}: ${figure(least)} orange, ${figure(largest)} blue`,
    x: { label: names[0], range: x },
    y: { label: names[1], range: y },
    behind: twoColours(surface, output),
    points: points.map((point) => ({
      x: point.x,
      y: point.y,
      label: `${names[0]} ${figure(point.x)}, ${names[1]} ${figure(point.y)}: ${target} ${figure(truth(point))}`,
      colour: 7,
    })),
    numbers: () => ({
      title: `Rows in the drawing of ${target}`,
      columns: [names[0], names[1], target],
      rows: points.map((point) => [point.x, point.y, truth(point) ?? null]),
    }),
  });
}

/** Where one output stands alone, its value; of several, the likeliest class. @param target what one output is for */
function classSurface(
  surface: Surface,
  classes: readonly string[] | undefined,
  target = 'Output',
): HTMLElement {
  const { names, x, y, outputs, points } = surface;
  const { width, height, at } = gridOf(surface);
  const [least, largest] = rangeOf(surface, 0);
  const likeliest = (index: number) => {
    const values = outputs.map((_, output) => at(output, index));
    const best = values.indexOf(Math.max(...values));
    const base = palette[best % palette.length] ?? [128, 128, 128];
    const depth = 0.25 + 0.55 * Math.min(1, Math.max(0, values[best] ?? 0));
    return base.map((value) => 255 + (value - 255) * depth);
  };
  const kinds = [...new Set(points.map(({ target }) => String(target)))];
  const few = kinds.length <= 8;
  const order = (classes ?? kinds.sort()).map(String);
  const colourOf = (target: string | number) => {
    const place = Math.max(0, order.indexOf(String(target)));
    // As the surface has it: orange where it is low, blue where it is high.
    return outputs.length === 1 && order.length === 2 ? 1 - place : place;
  };
  const behind = outputs.length === 1 ? twoColours(surface, 0) : raster(width, height, '', likeliest);
  const ordered = [...order].sort((a, b) => colourOf(a) - colourOf(b));
  return plot({
    title:
      outputs.length === 1
        ? `${target} by ${names[0]} and ${names[1]}: ${figure(least)} orange, ${figure(largest)} blue`
        : `Likeliest class by ${names[0]} and ${names[1]}`,
    x: { label: names[0], range: x },
    y: { label: names[1], range: y },
    behind,
    points: points.map(({ x, y, target }) => ({
      x,
      y,
      label: `${names[0]} ${figure(x)}, ${names[1]} ${figure(y)}: ${typeof target === 'number' ? figure(target) : target}`,
      colour: few ? colourOf(target) : 7,
    })),
    ...(few && { colours: ordered }),
    numbers: () => ({
      title: 'Rows in the drawing',
      columns: [names[0], names[1], 'target'],
      rows: points.map(({ x, y, target }) => [x, y, target]),
    }),
  });
}

/** The light theme's colours of series, of which a surface is made pale. */
const palette = [
  [31, 102, 193],
  [184, 92, 0],
  [27, 127, 75],
  [122, 79, 191],
  [192, 57, 43],
  [11, 122, 134],
  [125, 90, 60],
  [176, 58, 124],
] as const;

/** What the network gets right and wrong. */
import type { ReportData } from '../../src/page/report-data.js';
import {
  bytesOf,
  count,
  diverging,
  element,
  figure,
  figureOf,
  histogram,
  matrix,
  percent,
  picture,
  plot,
  raster,
  section,
  table,
} from '../kit.js';

type Insights = NonNullable<ReportData['insights']>;

const parts = { test: 'the test', validation: 'the validation', training: 'training' } as const;

export function resultsSection({ insights, done, state }: ReportData): HTMLElement | null {
  const charts = [
    ...(insights === undefined
      ? []
      : [
          confusion(insights),
          roc(insights),
          calibration(insights),
          ...residuals(insights),
          ...surfaces(insights),
        ]),
    outputs(done?.outputs),
  ].filter((chart) => chart !== null);
  if (charts.length === 0) return null;
  const whose =
    state === 'killed'
      ? 'the best weights of its checkpoints, as this report was written'
      : 'the weights that are left';
  return section(
    'Right and wrong',
    insights === undefined
      ? null
      : element(
          'p',
          { class: 'soft' },
          `Of ${count(insights.rows)} rows of ${parts[insights.part]}, by ${whose}.`,
        ),
    element('div', { class: 'grid wide' }, ...charts),
  );
}

function confusion({ confusion: counts, classes }: Insights): HTMLElement | null {
  if (counts === undefined) return null;
  const names = classes ?? counts.map((_, index) => String(index));
  return matrix({ title: 'Confusion', names, counts, row: 'is', column: 'taken for' });
}

function roc({ roc: all }: Insights): HTMLElement | null {
  if (all === undefined || all.length === 0) return null;
  return plot({
    title: 'ROC: each class against the others',
    x: { label: 'share of the others above the threshold', range: [0, 1] },
    y: { label: 'share of the class', range: [0, 1] },
    lines: [
      ...all.map((one) => ({ label: `${one.class} (AUC ${figure(one.auc)})`, points: one.points })),
      {
        label: 'by chance',
        points: [
          [0, 0],
          [1, 1],
        ],
        faint: true,
      },
    ],
    numbers: () => ({
      title: 'Area under the ROC curve',
      columns: ['class', 'AUC'],
      rows: all.map((one) => [one.class, one.auc]),
      named: true,
    }),
  });
}

function calibration({ calibration: bins }: Insights): HTMLElement | null {
  if (bins === undefined) return null;
  const there = bins.filter(({ confidence, accuracy }) => confidence !== null && accuracy !== null);
  return plot({
    title: 'Calibration: how often it is right when it is so sure',
    x: { label: 'probability of the likeliest class', range: [0, 1] },
    y: { label: 'share that is right', range: [0, 1] },
    lines: [
      {
        label: 'the network',
        points: there.map(({ confidence, accuracy }) => [confidence ?? 0, accuracy ?? 0]),
      },
      {
        label: 'perfect',
        points: [
          [0, 0],
          [1, 1],
        ],
        faint: true,
      },
    ],
    points: there.map(({ confidence, accuracy, rows }) => ({
      x: confidence ?? 0,
      y: accuracy ?? 0,
      label: `${count(rows)} rows`,
    })),
    numbers: () => ({
      title: 'Calibration',
      columns: ['from', 'to', 'rows', 'mean probability', 'share right'],
      rows: bins.map(({ from, to, rows, confidence, accuracy }) => [from, to, rows, confidence, accuracy]),
    }),
  });
}

function residuals({ residuals: all }: Insights): HTMLElement[] {
  return (all ?? []).flatMap(({ target, histogram: bins, points }) => {
    const values = points.flat();
    const ends = [Math.min(...values), Math.max(...values)] as const;
    return [
      plot({
        title: `${target}: predicted against true`,
        x: { label: 'true' },
        y: { label: 'predicted' },
        lines: [
          {
            label: 'perfect',
            points: [
              [ends[0], ends[0]],
              [ends[1], ends[1]],
            ],
            faint: true,
          },
        ],
        points: points.map(([x, y]) => ({ x, y, label: `true ${figure(x)}, predicted ${figure(y)}` })),
        numbers: () => ({
          title: `${target}: some rows`,
          columns: ['true', 'predicted'],
          rows: points,
        }),
      }),
      histogram(`${target}: residuals`, bins, 'predicted − true', 1),
    ];
  });
}

/** Where one output stands alone, its value; of several, the likeliest of them, the paler the less likely. */
function surfaces({ surface, classes }: Insights): HTMLElement[] {
  if (surface === undefined) return [];
  const { names, x, y, outputs, points } = surface;
  const height = outputs[0]?.length ?? 0;
  const width = outputs[0]?.[0]?.length ?? 0;
  const at = (output: number, index: number) =>
    outputs[output]?.[height - 1 - Math.floor(index / width)]?.[index % width] ?? 0;
  const all = (outputs[0] ?? []).flat();
  const isShare = all.every((value) => value >= 0 && value <= 1);
  const [least, largest] = isShare ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const single = (index: number) => diverging(((at(0, index) - least) / (largest - least || 1)) * 2 - 1);
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
  const behind = raster(width, height, '', outputs.length === 1 ? single : likeliest);
  const ordered = [...order].sort((a, b) => colourOf(a) - colourOf(b));
  return [
    plot({
      title:
        outputs.length === 1
          ? `Output by ${names[0]} and ${names[1]}: ${figure(least)} orange, ${figure(largest)} blue`
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
    }),
  ];
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

function outputs(rows: NonNullable<ReportData['done']>['outputs']): HTMLElement | null {
  if (rows === undefined) return null;
  const list = (values: readonly number[]) => values.map((value) => figure(value)).join(', ');
  return figureOf(
    'All training rows',
    table({
      title: 'All training rows',
      columns: ['input', 'target', 'output'],
      rows: rows.map(({ input, target, output }) => [list(input), list(target), list(output)]),
    }),
  );
}

/** The rows that the network is most wrong about. */
export function worstSection({ insights }: ReportData): HTMLElement | null {
  const worst = insights?.worst ?? [];
  if (insights === undefined || worst.length === 0) return null;
  const { classes } = insights;
  const told = (value: string | readonly number[]) =>
    typeof value === 'string' ? value : value.map((each) => figure(each)).join(', ');
  /** Of what a classifier is sure, or the values that it gives. */
  const saidOf = ({ predicted, output }: Insights['worst'][number]) => {
    if (predicted === undefined) return told(output);
    const probability = output[classes?.indexOf(predicted) ?? -1];
    return probability === undefined ? predicted : `${predicted} (${percent(probability)})`;
  };
  const title = 'Worst examples';
  if (worst.every((one) => one.picture !== undefined)) {
    return section(
      title,
      element(
        'div',
        { class: 'pictures' },
        ...worst.map((one) => {
          const words = `is ${told(one.target)}, taken for ${saidOf(one)}`;
          const drawn = one.picture && picture({ ...one.picture, bytes: bytesOf(one.picture.bytes) }, words);
          return element(
            'figure',
            { title: `row ${one.row}, loss ${figure(one.loss)}` },
            drawn,
            element('span', {}, words),
          );
        }),
      ),
    );
  }
  const columns = [...new Set(worst.flatMap(({ cells }) => Object.keys(cells ?? {})))];
  return section(
    title,
    table({
      title,
      columns: ['row', 'loss', 'is', 'predicted', ...columns],
      rows: worst.map((one) => [
        one.row,
        one.loss,
        told(one.target),
        saidOf(one),
        ...columns.map((name) => one.cells?.[name] ?? null),
      ]),
    }),
  );
}

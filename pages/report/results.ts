/** What the network gets right and wrong. */
import type { ReportData } from '../../src/page/report-data.js';
import {
  bytesOf,
  count,
  element,
  figure,
  figureOf,
  histogram,
  matrix,
  percent,
  picture,
  plot,
  rowsText,
  section,
  table,
} from '../kit.js';
import { surfaces } from './surfaces.js';

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
          `Of ${count(insights.rows)}${insights.of === undefined ? '' : ` of ${count(insights.of)}`} rows of ${parts[insights.part]}, by ${whose}.`,
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
  const about = element('p', { class: 'soft' }, rowsText);
  if (worst.every((one) => one.picture !== undefined)) {
    return section(
      title,
      about,
      element(
        'div',
        { class: 'pictures' },
        ...worst.map((one) => {
          const words = `is ${told(one.target)}, taken for ${saidOf(one)}`;
          const drawn = one.picture && picture({ ...one.picture, bytes: bytesOf(one.picture.bytes) }, words);
          return element(
            'figure',
            { title: `row ${one.row + 1}, loss ${figure(one.loss)}` },
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
    about,
    table({
      title,
      columns: ['row', 'loss', 'is', 'predicted', ...columns],
      rows: worst.map((one) => [
        one.row + 1,
        one.loss,
        told(one.target),
        saidOf(one),
        ...columns.map((name) => one.cells?.[name] ?? null),
      ]),
    }),
  );
}

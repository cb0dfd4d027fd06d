/** How the run went on: loss, metrics, learning rate and speed by epochs. */
import type { ReportData } from '../../src/page/report-data.js';
import { curves, element, type Series } from '../kit.js';

/** null before anything was told. */
export function curveCharts({ epochs, progress, done }: ReportData): HTMLElement | null {
  const x = epochs.epoch;
  if (x.length === 0 && progress.epoch.length === 0) return null;
  const chart = (title: string, series: readonly Series[], log = false) => {
    const there = series.filter(({ y }) => y.some((value) => value !== null));
    return there.length === 0 ? null : curves({ title, x: 'epoch', whole: true, series: there, log }).node;
  };
  const { trainLoss, validLoss, learningRate, examplesPerSecond } = epochs;
  const rates = learningRate.some((rate) => rate !== learningRate[0]);
  const fewer =
    epochs.of > x.length ? `Of ${epochs.of} epochs ${x.length} are drawn, peaks among them.` : null;
  return element(
    'div',
    {},
    done === undefined || done.bestStep === done.steps
      ? null
      : element(
          'p',
          { class: 'soft' },
          `The weights that are left are those of step ${done.bestStep}, the best by validation ${done.monitor}.`,
        ),
    fewer === null ? null : element('p', { class: 'soft' }, fewer),
    element(
      'div',
      { class: 'grid wide' },
      chart(
        'Loss',
        [
          { label: 'training', x, y: trainLoss },
          { label: 'validation', x, y: validLoss },
          {
            label: 'mean of the epoch under way',
            x: progress.epoch,
            y: progress.trainLoss,
            faint: true,
            colour: 0,
          },
        ],
        spread([...trainLoss, ...validLoss]) > 100,
      ),
      ...Object.entries(epochs.metrics).map(([name, y], index) =>
        chart(`Validation ${name}`, [{ label: name, x, y, colour: 2 + (index % 6) }]),
      ),
      chart(
        rates ? 'Learning rate' : 'Learning rate (constant)',
        [{ label: 'learning rate', x, y: learningRate, colour: 3 }],
        spread(learningRate) > 100,
      ),
      chart('Rows a second', [{ label: 'rows a second', x, y: examplesPerSecond, colour: 5 }]),
    ),
  );
}

/** How many times the least the largest is; 1 where anything is not above 0. */
function spread(values: readonly (number | null)[]): number {
  const there = values.filter((value) => value !== null);
  const least = Math.min(...there);
  return least > 0 ? Math.max(...there) / least : 1;
}

/** The network itself: what its first units look for, and how its weights and gradients are spread. */
import type { ReportData } from '../../src/page/report-data.js';
import { bytesOf, count, diverging, element, figure, histogram, raster, section, table } from '../kit.js';

/** Histograms of more layers than this are shown to those who ask. */
const MOST_LAYERS = 6;

export function networkSection({ insights, filters }: ReportData): HTMLElement | null {
  const layers = insights?.layers ?? [];
  if (layers.length === 0 && filters === undefined) return null;
  const isDeep = layers.length > MOST_LAYERS;
  const charts = layers.flatMap(({ layer, weights, gradients }) => [
    histogram(`${layer}: weights`, weights, 'weight'),
    gradients === undefined
      ? null
      : histogram(`${layer}: gradients`, gradients, 'gradient of the mean loss', 3),
  ]);
  return section(
    'The network',
    filters === undefined ? null : pictures(filters),
    layers.length === 0 ? null : deadUnits(layers),
    element(
      'details',
      { class: 'histograms', open: isDeep ? undefined : '' },
      element('summary', {}, 'Weights and gradients by layer'),
      element('div', { class: 'grid' }, ...charts),
    ),
  );
}

function pictures({ width, height, channels, most, units }: NonNullable<ReportData['filters']>): HTMLElement {
  const drawn = units.map((unit, index) => {
    const bytes = bytesOf(unit);
    const label = `weights of unit ${index + 1} of the first layer`;
    const canvas = raster(width, height, label, (pixel) => {
      if (channels < 3) return diverging(((bytes[pixel * channels] ?? 128) - 128) / 127);
      return [0, 1, 2].map((channel) => bytes[pixel * channels + channel] ?? 128);
    });
    canvas.title = label;
    return canvas;
  });
  const meaning =
    channels < 3
      ? `orange −${figure(most)}, white 0, blue ${figure(most)}`
      : 'a channel each of red, green and blue';
  return element(
    'div',
    { class: 'card filters' },
    element('h3', {}, `What the first layer's units look for: ${meaning}`),
    element('div', { class: 'pictures small' }, ...drawn),
  );
}

function deadUnits(layers: NonNullable<ReportData['insights']>['layers']): HTMLElement {
  const title = 'Layers';
  return element(
    'div',
    { class: 'card' },
    table({
      title,
      columns: ['layer', 'units', 'dead units'],
      rows: layers.map(({ layer, units, deadUnits }) => [
        layer,
        units,
        deadUnits === undefined
          ? 'none can be'
          : deadUnits === 0
            ? '0'
            : element('strong', { class: 'bad' }, count(deadUnits)),
      ]),
      named: true,
    }),
    element('p', { class: 'soft' }, 'A unit is dead that was 0 for every row that was looked at.'),
  );
}

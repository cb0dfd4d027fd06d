/** The report of one run. */
import { curves, element, pageData, section } from './kit.js';

const data = pageData<{ name: string; epochs: { epoch: number; trainLoss: number }[] }>();
const loss = curves({
  title: 'Loss',
  x: 'epoch',
  series: [
    {
      label: 'training',
      x: data.epochs.map(({ epoch }) => epoch),
      y: data.epochs.map(({ trainLoss }) => trainLoss),
    },
  ],
});
document
  .getElementById('page')
  ?.replaceChildren(
    element('h1', {}, data.name),
    section('Curves', element('div', { class: 'grid wide' }, loss.node)) ?? '',
  );

/** Trains on the rows of an API: `node examples/data-source/train.mjs http://localhost:8080`. */
import { train } from 'gradpool';
import { rowsFrom } from './pages.mjs';

const { summary } = await train(
  {
    name: 'from-pages',
    data: {
      name: 'stream',
      rows: () => rowsFrom(process.argv[2]), // or the iterable itself, or any other one
      target: 'species',
      number: { missing: 'median' },
      category: { missing: 'category' },
      split: { name: 'random', validation: 0.15, test: 0.2, stratify: true },
    },
    model: {
      init: 'he-uniform',
      layers: [
        { units: 16, activation: 'relu' },
        { units: 'auto', activation: 'softmax' },
      ],
    },
    loss: 'cross-entropy',
    optimizer: { name: 'adam', learningRate: 0.003 },
    train: { batchSize: 16, epochs: 40 },
  },
  { runDir: 'runs/from-pages' },
);
console.log(`accuracy ${summary.testMetrics.accuracy.toFixed(3)}`);

/**
 * The MNIST exercise, one example a step, in NumPy (seed.py) and in gradpool, run in turns: `npm run bench -- seed`.
 */
import { gradpool, jsonLines, pythonWithNumpy } from './lib/children.mjs';
import { count, machine, markdown, median, namesFrom, optionsOf, perSecond } from './lib/tools.mjs';

const contenders = ['numpy-float64', 'numpy-float32', 'gradpool-float32', 'gradpool-float64'];

const help = `npm run bench -- seed [options]
  --reps N        repetitions, run in turns (default 3)
  --epochs E      epochs (default 3, as in the exercise: about 15 s each for NumPy)
  --examples N    one short epoch of N examples; no accuracies
  --with a,b,…    of ${contenders.join(', ')}; ratios are to the first
                  (default numpy-float64,gradpool-float32,gradpool-float64)
  --threads N     threads that gradpool may use (a step of one example keeps one busy)
  --json          the figures as one JSON object`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    reps: { type: 'string', default: '3' },
    epochs: { type: 'string' },
    examples: { type: 'string' },
    with: { type: 'string', default: 'numpy-float64,gradpool-float32,gradpool-float64' },
    threads: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const reps = count('reps', options.reps);
  const examples = options.examples === undefined ? null : count('examples', options.examples);
  const epochs = count('epochs', options.epochs ?? (examples ? '1' : '3'));
  const chosen = namesFrom('with', options.with, contenders);
  const python = chosen.some((name) => name.startsWith('numpy')) ? pythonWithNumpy() : '';

  const runs = {
    numpy: (precision) => {
      const more = examples ? ['--limit-examples', examples] : [];
      // Products of one row are too small to share: a second BLAS thread only slows NumPy down here.
      return jsonLines(
        python,
        ['bench/seed.py', 'mnist', '--json', '--dtype', precision, '--epochs', epochs, ...more].map(String),
        { env: { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' } },
      );
    },
    gradpool: (precision) => {
      const more = examples ? ['--set', `data.split.train=${examples}`] : [];
      if (options.threads) more.push('--threads', options.threads);
      const set = ['--set', `model.precision=${precision}`, '--epochs', String(epochs)];
      return gradpool('config/mnist-online.yaml', [...set, ...more]);
    },
  };

  const found = Object.fromEntries(chosen.map((name) => [name, { speeds: [], events: [] }]));
  for (let rep = 1; rep <= reps; rep++) {
    for (const name of chosen) {
      const [kind, precision] = name.split('-');
      const events = await runs[kind](precision);
      const speed = events.at(-1).examplesPerSecond;
      found[name].speeds.push(speed);
      found[name].events = events;
      process.stderr.write(`${rep}/${reps} ${name}: ${perSecond(speed)} examples/s\n`);
    }
  }

  const base = median(found[chosen[0]].speeds);
  const results = chosen.map((name) => {
    const { speeds, events } = found[name];
    const start = events.find((event) => event.event === 'start');
    return {
      name,
      software: start.numpy ? `NumPy ${start.numpy}, ${start.blas}` : `gradpool, ${start.engine}`,
      examplesPerSecond: median(speeds),
      repetitions: speeds,
      ratio: median(speeds) / base,
      epochs: events
        .filter((event) => event.event === 'epoch' && !examples)
        .map(({ epoch, validLoss, validMetrics }) => ({ epoch, validLoss, accuracy: validMetrics.accuracy })),
    };
  });
  if (options.json)
    return console.log(JSON.stringify({ machine: machine(), examples, epochs, reps, results }));
  console.log(
    `784–100–100–10, ReLU, one example a step, learning rate 0.01; median of ${reps} runs in turns\n${machine()}\n`,
  );
  console.log(
    markdown(
      results.map((result) => {
        const row = {
          '': `${result.software} ${result.name.split('-')[1]}`,
          'examples/s': perSecond(result.examplesPerSecond),
          ratio: `${result.ratio.toFixed(1)} ×`,
        };
        for (const { epoch, accuracy, validLoss } of result.epochs) {
          row[`accuracy (loss) after epoch ${epoch}`] = `${accuracy.toFixed(4)} (${validLoss.toFixed(3)})`;
        }
        return row;
      }),
    ),
  );
}

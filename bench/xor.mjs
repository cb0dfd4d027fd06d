/** The XOR exercise over many seeds, in NumPy (seed.py) and in gradpool: `npm run bench -- xor`. */
import { gradpool, jsonLines, pythonWithNumpy } from './lib/children.mjs';
import { count, machine, markdown, median, optionsOf } from './lib/tools.mjs';

const help = `npm run bench -- xor [options]
  --seeds N   the seeds 0 to N − 1 (default 100)
  --json      the figures as one JSON object`;

/** @param {string[]} args command-line arguments after the benchmark's name */
export async function run(args) {
  const options = optionsOf(args, {
    seeds: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) return console.log(help);
  const seeds = count('seeds', options.seeds);
  const python = pythonWithNumpy();

  process.stderr.write(`NumPy, ${seeds} seeds\n`);
  const events = await jsonLines(python, ['bench/seed.py', 'xor', '--json', '--seeds', String(seeds)]);
  const numpy = events.filter((event) => event.event === 'run').map((event) => event.loss);
  const ours = [];
  const seconds = [];
  for (let seed = 0; seed < seeds; seed++) {
    const started = performance.now();
    const done = (await gradpool('config/xor.yaml', ['--seed', String(seed)])).at(-1);
    seconds.push((performance.now() - started) / 1000);
    ours.push(done.validLoss);
    process.stderr.write(`gradpool, seed ${seed}: loss ${done.validLoss.toFixed(4)}\n`);
  }

  const summary = (name, losses) => ({
    name,
    median: median(losses),
    atMost006: losses.filter((loss) => loss <= 0.06).length,
    worst: Math.max(...losses),
    losses,
  });
  const results = [summary('NumPy', numpy), summary('gradpool', ours)];
  const processSeconds = median(seconds);
  if (options.json)
    return console.log(JSON.stringify({ machine: machine(), seeds, processSeconds, results }));
  console.log(`2–8–1 on XOR, 3,000 epochs, seeds 0–${seeds - 1}\n${machine()}\n`);
  console.log(
    markdown(
      results.map((result) => ({
        '': result.name,
        'median final loss': result.median.toFixed(4),
        'seeds at or below 0.06': String(result.atMost006),
        'worst loss': result.worst.toFixed(3),
      })),
    ),
  );
  console.log(`\none gradpool process, start to end: median ${processSeconds.toFixed(2)} s`);
}

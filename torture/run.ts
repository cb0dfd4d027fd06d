/**
 * `npm run torture`: every proof at its full length, and a table of what came of it. Ends with exit code 1 when a
 * promise does not hold.
 */
import { parseArgs } from 'node:util';
import { proofs } from './index.js';
import { keeper, partIn } from './part.js';
import { Missing } from './proof.js';

const usage = `npm run torture -- [--only NAME,...] [--seed N] [--short] [--count N] [--first N] [--part FILE] [--kind TEXT]
--part: of one proof, goes on where FILE says that it stood, and keeps there how far it is
proofs: ${proofs.map(({ name }) => name).join(', ')}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    short: { type: 'boolean' },
    count: { type: 'string' },
    first: { type: 'string' },
    part: { type: 'string' },
    kind: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const { kind } = values;
const names = values.only?.split(',') ?? proofs.map(({ name }) => name);
const first = Number(values.first ?? 0);
const unknown = names.find((name) => !proofs.some((proof) => proof.name === name));
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const inParts = first > 0 || values.part !== undefined;
if (values.help || unknown !== undefined || !Number.isSafeInteger(seed)) {
  process.stderr.write(`${unknown === undefined ? '' : `unknown proof "${unknown}"\n`}${usage}\n`);
  process.exit(values.help ? 0 : 2);
}

const whole = proofs.find(({ name, parts }) => inParts && names.includes(name) && !parts);
if (whole) {
  process.stderr.write(`${whole.name}: --first and --part are for proofs that can be done in parts\n`);
  process.exit(2);
}

if (values.part !== undefined && names.length !== 1) {
  process.stderr.write('--part: expected one proof, by --only\n');
  process.exit(2);
}

process.stdout.write(`seed ${seed}\n`);
for (const proof of proofs.filter(({ name }) => names.includes(name))) {
  const each = values.count === undefined ? undefined : Number(values.count) * (proof.times ?? 1);
  const asked = { seed, first, count: each ?? (values.short ? proof.short : proof.long) };
  const part = partIn(values.part, asked);
  const { count } = part;
  const keep = keeper(values.part, part);
  if (part !== asked)
    process.stdout.write(`as ${values.part} says: seed ${part.seed}, ${count} cases from ${part.first} on\n`);
  process.stdout.write(`\n${proof.name}: ${proof.what}\n`);
  const begun = performance.now();
  const seconds = () => ((performance.now() - begun) / 1000).toFixed(1);
  let told = begun;
  let held = 0;
  const progress = (done: number) => {
    held = done;
    keep(done);
    if (performance.now() - told < 10_000) return;
    told = performance.now();
    process.stdout.write(`  ${done} of ${count}, ${seconds()} s\n`);
  };
  try {
    const say = (line: string) => void process.stdout.write(`  ${line}\n`);
    const figures = await proof.run({
      ...part,
      ...(kind !== undefined && { kind }),
      progress,
      say,
    });
    const list = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
    keep(count, true);
    process.stdout.write(`  held: ${count} cases, ${[...list, `${seconds()} s`].join(', ')}\n`);
  } catch (error) {
    if (error instanceof Missing) {
      process.stdout.write(`  not tried: ${error.message}\n`);
      continue;
    }
    process.exitCode = 1;
    keep(held, true);
    process.stdout.write(`  BROKEN after ${seconds()} s: ${error instanceof Error ? error.stack : error}\n`);
  }
}

/** Whether figures of runs mean the same: of the same rows, of the same data, by the same measure. */
import { ignoresSeed } from '../data/splits/index.js';
import { isMapping } from '../formats/json.js';
import { losses } from '../model/losses/index.js';
import type { Spec } from '../options.js';
import { hashOf } from '../runs/provenance.js';
import type { ComparedRun } from './compared-run.js';

interface Configured {
  readonly config: unknown;
}

interface Member extends Configured {
  readonly run: ComparedRun;
}

/** Runs that differ in their seed alone. */
interface Members {
  readonly label: string;
  readonly members: readonly Member[];
}

/** Of `data`, what says how columns are fed to the network, but not which rows and files they are. */
const PREPARATION = [
  ...['columns', 'number', 'category', 'date', 'ignore', 'missing'],
  ...['scale', 'size', 'resize', 'fit', 'color', 'balance', 'stream'],
];

/** A sentence for each thing that makes figures of two groups different things; none: they may be compared. */
export function obstacles(groups: readonly Members[]): string[] {
  const [first, ...others] = groups;
  const found = others.flatMap((other) => [
    ...rowsApart(first, other),
    ...measuresApart(first, other),
    ...metricsApart(first, other),
  ]);
  return [...new Set(found)];
}

const short = (hash: string) => hash.replace(/^sha256:/, '').slice(0, 12);

/** By pairs of runs with the same seed where there are any: a split may follow from the seed. */
function rowsApart(a: Members, b: Members): string[] {
  const names = `${a.label} and ${b.label}`;
  const pairs = a.members.flatMap((one) =>
    b.members.filter(({ run }) => run.seed === one.run.seed).map((other) => [one, other] as const),
  );
  if (pairs.length === 0) {
    // Neither seed nor anything that follows from it is in common. Groups over seeds may be, if all else is the same.
    const several = a.members.length > 1 && b.members.length > 1;
    if (several && hashOf(dataOf(a.members[0])) === hashOf(dataOf(b.members[0]))) return [];
  }
  for (const [one, other] of pairs.length > 0 ? pairs : [[a.members[0], b.members[0]] as const]) {
    const splits = [one.run.splitHash, other.run.splitHash];
    const hashes = [one.run.dataHash, other.run.dataHash];
    if (splits.includes(null) || hashes.includes(null)) {
      if (hashOf(dataOf(one)) === hashOf(dataOf(other)) && one.run.seed === other.run.seed) continue;
      return [`the split or the data of ${names} may differ: they were not recorded by one of them`];
    }
    if (splits[0] !== splits[1]) {
      const [x, y] = splits.map((hash) => short(hash as string));
      return [`the split differs: ${names} validate and test with other rows (split hash ${x}, ${y})`];
    }
    // The same rows with the same targets: other columns or scales of the same files are what one wants to compare.
    const samePlace = hashOf(placeOf(one)) === hashOf(placeOf(other));
    const otherWay = hashOf(dataOf(one)) !== hashOf(dataOf(other));
    if (hashes[0] !== hashes[1] && !(samePlace && otherWay)) {
      const [x, y] = hashes.map((hash) => short(hash as string));
      return [`the data differ: ${names} have other values (data hash ${x}, ${y})`];
    }
  }
  return [];
}

function measuresApart({ label, members: [a] }: Members, { label: other, members: [b] }: Members): string[] {
  if (hashOf(lossOf(a)) === hashOf(lossOf(b))) return [];
  return [`the loss differs: ${label} has ${nameOf(lossOf(a))}, ${other} has ${nameOf(lossOf(b))}`];
}

function metricsApart({ label, members: [a] }: Members, { label: other, members: [b] }: Members): string[] {
  const [x, y] = [a.run.monitor, b.run.monitor];
  if (x === null || y === null || x === y) return [];
  return [`the metric differs: the best weights of ${label} are those by ${x}, of ${other} by ${y}`];
}

const lossOf = ({ config }: Configured) => (isMapping(config) ? config.loss : undefined);
const nameOf = (loss: unknown) => (isMapping(loss) ? String(loss.name) : String(loss));

function dataOf({ config }: Configured): Record<string, unknown> {
  return isMapping(config) && isMapping(config.data) ? config.data : {};
}

/** Which files and rows. */
function placeOf(member: Configured): Record<string, unknown> {
  return Object.fromEntries(Object.entries(dataOf(member)).filter(([key]) => !PREPARATION.includes(key)));
}

/**
 * What will be in the way of comparing a figure of two configurations' runs, as far as configurations tell it: for runs that
 * are still to come, and have no hashes of their data and split yet.
 * @param figure `loss` or a metric
 * @returns `rows`: other ones are validated; `seed`: so they are, as the seed draws them; `outputs`: each target has others,
 *   of which all figures are; `loss`: it is another one;
 *   undefined: nothing is known to be in the way
 */
export function apartBefore(
  a: unknown,
  b: unknown,
  figure: string,
): 'rows' | 'seed' | 'outputs' | 'loss' | undefined {
  const apart = (of: (member: Configured) => unknown) =>
    hashOf(of({ config: a })) !== hashOf(of({ config: b }));
  if (apart(placeOf) || apart(leftOutBy)) return 'rows';
  if (apart(seedOf) && !splitsAlike(a)) return 'seed';
  if (apart(outputsOf)) return 'outputs';
  if (figure === 'loss' && apart(lossOf)) return 'loss';
  return undefined;
}

/** Names of each target's outputs where the loss has several of them, as quantiles. */
function outputsOf(member: Configured): readonly string[] {
  const loss = lossOf(member);
  const known = isMapping(loss) ? Object.entries(losses).find(([name]) => name === loss.name) : undefined;
  return known?.[1].each?.(loss as never) ?? [];
}

const seedOf = ({ config }: Configured) => (isMapping(config) ? config.seed : undefined);

/** Whether every seed has the same rows. Where nothing is said of the split, the data decide: nobody knows yet. */
function splitsAlike(config: unknown): boolean {
  const { split } = dataOf({ config });
  return isMapping(split) && ignoresSeed(split as unknown as Spec);
}

/** What decides which rows are in no part, or drawn in another way. */
function leftOutBy(member: Configured): unknown {
  const data = dataOf(member);
  const drops = dropsIn(data, []);
  return {
    isStreamed: isMapping(data.stream),
    ...(drops.length > 0 && { drops, of: [data.missing, data.ignore] }),
  };
}

/** Places at which rows without a value are dropped. */
function dropsIn(value: unknown, path: readonly string[]): string[] {
  if (!isMapping(value)) return [];
  const { missing } = value;
  const own = isMapping(missing) && missing.name === 'drop' ? [path.join('.')] : [];
  return [...own, ...Object.entries(value).flatMap(([key, each]) => dropsIn(each, [...path, key]))];
}

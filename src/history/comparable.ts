/** Whether figures of runs mean the same: of the same rows, of the same data, by the same measure. */
import { isMapping } from '../formats/json.js';
import { hashOf } from '../runs/provenance.js';
import type { ComparedRun } from './compared-run.js';

interface Member {
  readonly run: ComparedRun;
  readonly config: unknown;
}

/** Runs that differ in their seed alone. */
interface Members {
  readonly label: string;
  readonly members: readonly Member[];
}

/** Of `data`, what says how columns are fed to the network, but not which rows and files they are. */
const PREPARATION = ['columns', 'scale', 'missing', 'encode', 'balance', 'stream'];

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
  const loss = ({ config }: Member) => (isMapping(config) ? config.loss : undefined);
  if (hashOf(loss(a)) === hashOf(loss(b))) return [];
  return [`the loss differs: ${label} has ${nameOf(loss(a))}, ${other} has ${nameOf(loss(b))}`];
}

function metricsApart({ label, members: [a] }: Members, { label: other, members: [b] }: Members): string[] {
  const [x, y] = [a.run.monitor, b.run.monitor];
  if (x === null || y === null || x === y) return [];
  return [`the metric differs: the best weights of ${label} are those by ${x}, of ${other} by ${y}`];
}

const nameOf = (loss: unknown) => (isMapping(loss) ? String(loss.name) : String(loss));

function dataOf({ config }: Member): Record<string, unknown> {
  return isMapping(config) && isMapping(config.data) ? config.data : {};
}

/** Which files and rows. */
function placeOf(member: Member): Record<string, unknown> {
  return Object.fromEntries(Object.entries(dataOf(member)).filter(([key]) => !PREPARATION.includes(key)));
}

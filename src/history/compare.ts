/**
 * Runs beside each other: in which keys they differ, what came of them, and whether their figures may be compared at all.
 * Runs that differ in their seed alone are one group, and it is groups that are compared.
 */
import { given, UserError } from '../errors.js';
import { isMapping } from '../formats/json.js';
import type { Disk } from '../machine/disk.js';
import { hashOf } from '../runs/provenance.js';
import { obstacles } from './comparable.js';
import { type ComparedRun, comparedRun, direction, type Part } from './compared-run.js';
import { type DifferingKey, differingKeys } from './differences.js';
import { damageOf } from './event-lines.js';
import { dataHashOf } from './identity.js';
import { readRun } from './record.js';
import { momentsOf, pairedTTest, type TestResult, welchTTest, wilcoxonSignedRank } from './significance.js';

/** Runs that differ in their seed alone. */
export interface Group {
  /** `A`, `B`, … */
  readonly label: string;
  /** Places in the list of runs, each seed once: of runs with one seed the one that has come furthest. */
  readonly runs: readonly number[];
}

/** A run that does not count beside another one of its group with the same seed: a copy, a repetition, a part of it. */
export interface Copy {
  /** Its place in the list of runs. */
  readonly run: number;
  /** The place of the one that counts. */
  readonly of: number;
}

/** A figure of every group: over its runs. */
export interface GroupFigure {
  /** The rows that it is over. */
  readonly part: Part;
  /** `loss`, or a metric. */
  readonly name: string;
  /** Null for a group of which no run has it; the deviation is of n − 1, null for one run. */
  readonly values: readonly ({
    readonly mean: number;
    readonly deviation: number | null;
    readonly runs: number;
  } | null)[];
  /** The group with the best mean; null where they may not be compared, or one is as good as another. */
  readonly best: number | null;
}

/** Whether the first group and another differ by more than chance. */
export interface Significance {
  /** Labels of the two groups. */
  readonly groups: readonly [string, string];
  /** The rows that the figure is over. */
  readonly part: Part;
  /** `loss`, or a metric. */
  readonly figure: string;
  /** Of the second group's mean from the first's; over pairs of one seed where there are such. */
  readonly difference: number;
  /** The seeds of the pairs; empty: too few are in common, and the runs are compared as they are. */
  readonly seeds: readonly number[];
  /** What each test came to. */
  readonly tests: readonly TestResult[];
}

/** Runs beside each other. */
export interface Comparison {
  /** In the order in which they were named. */
  readonly runs: readonly ComparedRun[];
  /** In the order of their first runs. */
  readonly groups: readonly Group[];
  /** Runs that are in no group: another one with the same configuration and seed is, and no seed may count twice. */
  readonly copies: readonly Copy[];
  /** What somebody who looks at the figures has to know, a sentence each: copies, damaged files. */
  readonly notes: readonly string[];
  /** Between groups, every default considered. */
  readonly differing: readonly DifferingKey[];
  /** Whether figures of all groups may be compared; `obstacles` says why not. */
  readonly comparable: boolean;
  /** A sentence for each thing in the way. */
  readonly obstacles: readonly string[];
  /** Of the weights that were left, or the best so far. */
  readonly figures: readonly GroupFigure[];
  /** Empty where figures may not be compared, or no two groups have two runs each. */
  readonly significance: readonly Significance[];
}

/** A run as it was read, its configuration with today's defaults. */
interface Read {
  readonly run: ComparedRun;
  readonly config: unknown;
}

/**
 * @param complete puts the defaults of this version into a configuration that an older one has recorded
 * @param metric the figure that is tested; undefined: the one that decided which weights are the best
 * @throws UserError where one of the folders holds no run, and for a figure that no run has
 */
export async function compareRuns(
  folders: readonly string[],
  disk: Disk,
  complete: (config: unknown) => unknown = (config) => config,
  metric?: string,
): Promise<Comparison> {
  const read: Read[] = [];
  const damages: string[] = [];
  for (const folder of folders) {
    const record = await readRun(folder, disk);
    damages.push(...[damageOf(folder, record.damaged)].filter((each) => each !== undefined));
    read.push({
      run: comparedRun(record, await dataHashOf(folder, disk)),
      config: complete(record.config),
    });
  }
  const runs = read.map(({ run }) => run);
  if (metric !== undefined) refuseUnknown(metric, runs);
  const { groups, copies } = groupsOf(read);
  const configOf = ({ runs: [first] }: Group) => read[first].config;
  const against = obstacles(groups.map((group) => membersOf(group, read)));
  const differing = differingKeys(groups.map((group) => withoutSeed(group, configOf(group))));
  const figures = figuresOf(groups, runs, against.length === 0);
  const compared = against.length === 0 ? significances(groups, runs, metric) : [];
  return {
    runs,
    groups,
    copies,
    notes: [...copies.map((copy) => copyText(copy, runs)), ...damages],
    differing,
    comparable: against.length === 0,
    obstacles: against,
    figures,
    significance: compared,
  };
}

/** Figures that are no number, as tables, are among none of them. */
function refuseUnknown(metric: string, runs: readonly ComparedRun[]): void {
  const names = new Set(runs.flatMap(({ figures }) => Object.values(figures).flatMap(Object.keys)));
  if (names.has(metric)) return;
  const known = names.size === 0 ? 'they have none yet' : `there are ${[...names].join(', ')}`;
  throw new UserError(`--metric: none of the runs has a figure ${given(metric)}; ${known}`);
}

/** Equal but for the seed, and for the name, of which nothing follows. Of each seed one run counts. */
function groupsOf(read: readonly Read[]): { groups: Group[]; copies: Copy[] } {
  const groups = new Map<string, number[][]>();
  for (const [k, { config, run }] of read.entries()) {
    const { seed: _, name: __, ...rest } = isMapping(config) ? config : { config };
    const key = hashOf(rest);
    const seeds = groups.get(key) ?? [];
    groups.set(key, seeds);
    const twins = seeds.find(([other]) => run.seed !== null && read[other].run.seed === run.seed);
    if (twins !== undefined) twins.push(k);
    else seeds.push([k]);
  }
  const copies: Copy[] = [];
  const furthest = (twins: readonly number[]) => {
    const of = twins.reduce((best, k) => (isFurther(read[k].run, read[best].run) ? k : best));
    copies.push(...twins.filter((k) => k !== of).map((run) => ({ run, of })));
    return of;
  };
  const found = [...groups.values()].map((seeds, k) => ({ label: labelOf(k), runs: seeds.map(furthest) }));
  return { groups: found, copies: copies.sort((a, b) => a.run - b.run) };
}

/** One that has come to its end is further than any that has not; otherwise the step of the last epoch says it. */
function isFurther(a: ComparedRun, b: ComparedRun): boolean {
  if ((a.state === 'done') !== (b.state === 'done')) return a.state === 'done';
  return (a.epochs.at(-1)?.step ?? 0) > (b.epochs.at(-1)?.step ?? 0);
}

function copyText({ run, of }: Copy, runs: readonly ComparedRun[]): string {
  const [copy, one] = [runs[run], runs[of]];
  if (copy.weightsHash !== null && copy.weightsHash === one.weightsHash)
    return `${copy.folder} has the seed and the weights of ${one.folder}: the two count as one run`;
  const why = isFurther(one, copy) ? 'which has come further' : 'which was named first';
  return `${copy.folder} has the configuration and the seed of ${one.folder}, ${why}: only that one counts`;
}

/** A, B, … Z, AA, AB, … */
function labelOf(k: number): string {
  const last = String.fromCharCode(65 + (k % 26));
  return k < 26 ? last : labelOf(Math.floor(k / 26) - 1) + last;
}

const membersOf = ({ label, runs }: Group, read: readonly Read[]) => ({
  label,
  members: runs.map((k) => read[k]),
});

/** Where a group has several seeds, none of them is the group's. */
function withoutSeed({ runs }: Group, config: unknown): unknown {
  if (runs.length === 1 || !isMapping(config)) return config;
  return { ...config, seed: undefined };
}

function figuresOf(
  groups: readonly Group[],
  runs: readonly ComparedRun[],
  comparable: boolean,
): GroupFigure[] {
  return (['test', 'validation'] as const).flatMap((part) => {
    const names = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures[part])))];
    return names.map((name) => {
      const values = groups.map(({ runs: members }) => {
        const found = members.map((k) => runs[k].figures[part][name]).filter((value) => value !== undefined);
        if (found.length === 0) return null;
        const { mean, variance } = momentsOf(found);
        return {
          mean,
          deviation: found.length < 2 ? null : Math.sqrt(variance),
          runs: found.length,
        };
      });
      return { part, name, values, best: comparable ? bestOf(name, values) : null };
    });
  });
}

function bestOf(name: string, values: GroupFigure['values']): number | null {
  if (values.length < 2 || values.some((value) => value === null)) return null;
  const sign = direction(name);
  if (sign === null) return null;
  const means = values.map((value) => sign * Number(value?.mean));
  const most = Math.max(...means);
  return means.filter((mean) => mean === most).length === 1 ? means.indexOf(most) : null;
}

/** The first group against each of the others. */
function significances(
  groups: readonly Group[],
  runs: readonly ComparedRun[],
  metric: string | undefined,
): Significance[] {
  const [first, ...others] = groups;
  const name = metric ?? runs[0].monitor ?? 'loss';
  const counted = groups.flatMap(({ runs: members }) => members.map((k) => runs[k]));
  const isTested = counted.every(({ figures }) => figures.test[name] !== undefined);
  const part: Part = isTested ? 'test' : 'validation';
  const bySeed = ({ runs: members }: Group) =>
    members.flatMap((k) => {
      const value = runs[k].figures[part][name];
      return value === undefined ? [] : [{ seed: runs[k].seed, value }];
    });
  return others.flatMap((other): Significance[] => {
    const [a, b] = [bySeed(first), bySeed(other)];
    if (a.length < 2 || b.length < 2) return [];
    const pairs = a.flatMap(({ seed, value }) => {
      const twin = b.find((each) => each.seed === seed);
      return seed === null || twin === undefined ? [] : [{ seed, difference: twin.value - value }];
    });
    const of = { groups: [first.label, other.label] as const, part, figure: name };
    if (pairs.length < 2) {
      const [x, y] = [a, b].map((each) => each.map(({ value }) => value));
      const difference = momentsOf(y).mean - momentsOf(x).mean;
      return [{ ...of, difference, seeds: [], tests: [welchTTest(y, x)] }];
    }
    const differences = pairs.map(({ difference }) => difference);
    return [
      {
        ...of,
        difference: momentsOf(differences).mean,
        seeds: pairs.map(({ seed }) => seed),
        tests: [pairedTTest(differences), wilcoxonSignedRank(differences)],
      },
    ];
  });
}

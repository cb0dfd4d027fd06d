/**
 * How a member of a family describes its options: plain data, so that a worker can load a member without loading what
 * checks configurations. `config/schema.ts` turns a description into the check, its messages and the JSON Schema.
 */

interface Common {
  /** One sentence, for editors and for docs. */
  readonly description: string;
}

/** A number, or with `integer` a whole one. Bounds are inclusive, but `above` and `below`, which are not. */
export interface NumberOption extends Common {
  readonly type: 'number' | 'integer';
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  /** Whether the word `auto` may stand in its place. */
  readonly auto?: true;
  readonly default?: number;
  readonly optional?: true;
}

export interface BooleanOption extends Common {
  readonly type: 'boolean';
  readonly default?: boolean;
  readonly optional?: true;
}

/** Any text of 1 to 4,096 characters; with `path`, that of a file or folder, which is recorded whole. */
export interface TextOption extends Common {
  readonly type: 'text';
  readonly path?: true;
  readonly default?: string;
  readonly optional?: true;
}

/** One of some words. */
export interface ChoiceOption extends Common {
  readonly type: 'choice';
  readonly of: readonly string[];
  readonly default?: string;
  readonly optional?: true;
}

/** A duration such as `2 epochs` or `500 steps`, of which some kinds may be allowed: see interval.ts. */
export interface IntervalOption extends Common {
  readonly type: 'interval';
  readonly units: 'steps' | 'steps or time';
  readonly default?: string;
  readonly optional?: true;
}

/** Rows of a data set: a whole number counts them, a number below 1 is a share of all. */
export interface RowsOption extends Common {
  readonly type: 'rows';
  readonly default?: number;
  readonly optional?: true;
}

/** A member of another family, by its name or as `{ name, … }`. */
export interface MemberOption extends Common {
  readonly type: 'member';
  readonly family: FamilyName;
  readonly default?: string;
  readonly optional?: true;
}

/** A list of members of a family, first to last, such as layers of a layer. */
export interface MembersOption extends Common {
  readonly type: 'members';
  readonly family: FamilyName;
  /** The member that a mapping without a name is. */
  readonly fallback: string;
  /** How many there are at most; at least one. */
  readonly most: number;
  readonly default?: undefined;
  readonly optional?: true;
}

/** Texts of 1 to 256 characters, such as names of columns, in their order. */
export interface TextsOption extends Common {
  readonly type: 'texts';
  /** How many there are at least; default 0. */
  readonly least?: number;
  readonly default?: readonly string[];
  readonly optional?: true;
}

/** So many whole numbers, such as a size. */
export interface IntegersOption extends Common {
  readonly type: 'integers';
  readonly length: number;
  readonly min: number;
  readonly max: number;
  readonly default?: readonly number[];
  readonly optional?: true;
}

/** Some numbers. Kernels take them after the other numbers of a member, so a member has one such option at most. */
export interface NumbersOption extends Common {
  readonly type: 'numbers';
  readonly least: number;
  readonly most: number;
  readonly above: number;
  readonly below: number;
  readonly default?: readonly number[];
  readonly optional?: true;
}

/** What only a program can hand over, such as typed arrays; its member looks at it. */
export interface GivenOption extends Common {
  readonly type: 'given';
  readonly default?: undefined;
  readonly optional?: true;
}

/** A mapping with options of its own. */
export interface GroupOption extends Common {
  readonly type: 'group';
  readonly options: Options;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly optional?: true;
}

/** A mapping whose keys are the user's, such as names of columns. */
export interface MapOption extends Common {
  readonly type: 'map';
  readonly of: Option;
  readonly default?: Readonly<Record<string, unknown>>;
  readonly optional?: true;
}

/** One form or another, told apart by what is written: a text, a list, a mapping; the mapping is the last. */
export interface EitherOption extends Common {
  readonly type: 'either';
  readonly of: readonly Option[];
  readonly default?: unknown;
  readonly optional?: true;
}

/** Families that options may name. */
export type FamilyName =
  | 'activations'
  | 'init'
  | 'layers'
  | 'schedules'
  | 'splits'
  | 'metrics'
  | 'scales'
  | 'missing'
  | 'encodings';

export type Option =
  | NumberOption
  | BooleanOption
  | TextOption
  | ChoiceOption
  | IntervalOption
  | RowsOption
  | MemberOption
  | MembersOption
  | TextsOption
  | IntegersOption
  | NumbersOption
  | GivenOption
  | GroupOption
  | MapOption
  | EitherOption;

/** A member's options by their keys. */
export type Options = Readonly<Record<string, Option>>;

/** A member as a configuration names it, every default filled in. */
export interface Spec {
  /** Which member. */
  readonly name: string;
}

type Value<O extends Option> = O extends NumberOption & { readonly auto: true }
  ? number | 'auto'
  : O extends NumberOption | RowsOption
    ? number
    : O extends BooleanOption
      ? boolean
      : O extends ChoiceOption
        ? O['of'][number]
        : O extends MemberOption
          ? Spec
          : O extends MembersOption
            ? readonly Spec[]
            : O extends TextsOption
              ? readonly string[]
              : O extends IntegersOption | NumbersOption
                ? readonly number[]
                : O extends GroupOption | MapOption
                  ? Readonly<Record<string, unknown>>
                  : O extends EitherOption | GivenOption
                    ? unknown
                    : string;

type OptionalKeys<O extends Options> = {
  [Key in keyof O]: O[Key] extends { readonly optional: true } ? Key : never;
}[keyof O];

/** What a member is handed: the values of its options, every default filled in. */
export type Values<O extends Options> = {
  readonly [Key in Exclude<keyof O, OptionalKeys<O>>]: Value<O[Key]>;
} & { readonly [Key in OptionalKeys<O>]?: Value<O[Key]> };

/**
 * The numbers among a member's options, in the order in which they are described: what its kernels take after their
 * usual arguments, a list of them at last. Booleans count as 1 and 0.
 */
export function scalarsOf(options: Options | undefined, values: Readonly<Record<string, unknown>>): number[] {
  const list = listKey(options);
  const last = (list === undefined ? undefined : values[list]) as readonly number[] | undefined;
  return [...numericKeys(options).map((key) => Number(values[key])), ...(last ?? [])];
}

/** The other way round: the values of a member's numeric options by their keys; those of other kinds are left out. */
export function numbersOf(
  options: Options | undefined,
  scalars: readonly number[],
): Record<string, number | readonly number[]> {
  const keys = numericKeys(options);
  const list = listKey(options);
  const rest = scalars.slice(keys.length);
  return {
    ...Object.fromEntries(keys.map((key, at) => [key, scalars[at]])),
    ...(list !== undefined && rest.length > 0 && { [list]: rest }),
  };
}

/** The most numbers that a member's kernels take. */
export function mostScalars(options: Options = {}): number {
  const list = options[listKey(options) ?? ''];
  return numericKeys(options).length + (list?.type === 'numbers' ? list.most : 0);
}

const listKey = (options: Options = {}) =>
  Object.keys(options).find((key) => options[key].type === 'numbers');

/** What a member is handed where its options are left out: those with a default. */
export function defaultsOf(options: Options | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options ?? {}).flatMap(([key, option]) =>
      option.default === undefined ? [] : [[key, option.default]],
    ),
  );
}

function numericKeys(options: Options = {}): string[] {
  return Object.keys(options).filter((key) => ['number', 'integer', 'boolean'].includes(options[key].type));
}

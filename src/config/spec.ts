/** The types of what configurations say of a family's member, as users write it and as it is read: no value is here. */
import type { FamilyName, Option, Options, Values } from '../options.js';

/** What a member of any family says of itself. */
export interface Member {
  /** One sentence. */
  readonly description: string;
  readonly options?: Options;
  /** What is wrong with options that are right one by one: the key, and what was expected and got. */
  problem?(options: Values<Options>): { readonly key: string; readonly message: string } | undefined;
}

/** A family's members by the names they have in a configuration. */
export type Registry = Readonly<Record<string, Member>>;

/** The registries that options may name members of. */
export type Families = Readonly<Partial<Record<FamilyName, Registry>>>;

type Names<R extends Registry> = keyof R & string;
type OptionsOf<M extends Member> =
  NonNullable<M['options']> extends infer O extends Options
    ? string extends keyof O
      ? Record<never, never>
      : O
    : Record<never, never>;
type FamilyOf<F extends Families, O extends Option> = O extends {
  readonly family: infer Name extends keyof F;
}
  ? F[Name] extends infer R extends Registry
    ? R
    : Registry
  : Registry;

type PlainValue<O extends Option> = O extends { readonly type: 'number' | 'integer'; readonly auto: true }
  ? number | 'auto'
  : O extends { readonly type: 'number' | 'integer' | 'rows' }
    ? number
    : O extends { readonly type: 'boolean' }
      ? boolean
      : O extends { readonly type: 'choice'; readonly of: readonly (infer Word)[] }
        ? Word
        : string;

/** A member with its options, every default filled in. */
export type SpecOf<R extends Registry, F extends Families> = {
  [Name in Names<R>]: Flat<{ readonly name: Name } & OptionValues<OptionsOf<R[Name]>, F>>;
}[Names<R>];

/** Lists and mappings, in which every key may be left out and members are not told apart: what is wrong is told when it is read. */
type Nested<O> = O extends { readonly type: 'texts' }
  ? readonly string[]
  : O extends { readonly type: 'integers' | 'numbers' }
    ? readonly number[]
    : O extends { readonly type: 'given' }
      ? object
      : O extends { readonly type: 'group'; readonly options: infer Own }
        ? { readonly [Key in keyof Own]?: Nested<Own[Key]> | undefined }
        : O extends { readonly type: 'map'; readonly of: infer Each }
          ? Readonly<Record<string, Nested<Each>>>
          : O extends { readonly type: 'either'; readonly of: readonly (infer Each)[] }
            ? Nested<Each>
            : O extends { readonly type: 'member' }
              ? string | ({ readonly name: string } & Readonly<Record<string, unknown>>)
              : O extends Option
                ? PlainValue<O>
                : never;

type OptionValues<O extends Options, F extends Families> = {
  readonly [Key in keyof O as O[Key] extends Optional ? never : Key]: Value<O[Key], F>;
} & {
  readonly [Key in keyof O as O[Key] extends Optional ? Key : never]?: Value<O[Key], F> | undefined;
};
type Optional = { readonly optional: true };
type Value<O extends Option, F extends Families> = O extends { readonly type: 'member' }
  ? SpecOf<FamilyOf<F, O>, F>
  : O extends { readonly type: 'members' }
    ? readonly SpecOf<FamilyOf<F, O>, F>[]
    : O extends { readonly type: 'texts' | 'integers' | 'numbers' | 'given' | 'group' | 'map' | 'either' }
      ? Nested<O>
      : PlainValue<O>;

/**
 * What a user writes: a name, or a mapping; one without a name is the member that is the default there. Readonly, so
 * that a configuration may be written `as const`.
 */
export type InputOf<R extends Registry, F extends Families, Default = never> =
  | {
      [Name in Names<R>]: Record<never, never> extends OptionInputs<OptionsOf<R[Name]>, F> ? Name : never;
    }[Names<R>]
  | {
      [Name in Names<R>]: Flat<
        (Name extends Default ? { readonly name?: Name } : { readonly name: Name }) &
          OptionInputs<OptionsOf<R[Name]>, F>
      >;
    }[Names<R>];

/** One object type in place of several: TypeScript shows it better, and refuses a string where all keys are optional. */
type Flat<T> = { readonly [Key in keyof T]: T[Key] };

type Omissible = Optional | { readonly default: unknown };
type OptionInputs<O extends Options, F extends Families> = {
  readonly [Key in keyof O as O[Key] extends Omissible ? never : Key]: Input<O[Key], F>;
} & {
  readonly [Key in keyof O as O[Key] extends Omissible ? Key : never]?: Input<O[Key], F> | undefined;
};
type Input<O extends Option, F extends Families> = O extends { readonly type: 'member' }
  ? InputOf<FamilyOf<F, O>, F, O['default']>
  : O extends { readonly type: 'members'; readonly fallback: infer Fallback }
    ? readonly InputOf<FamilyOf<F, O>, F, Fallback>[]
    : O extends { readonly type: 'texts' | 'integers' | 'numbers' | 'given' | 'group' | 'map' | 'either' }
      ? Nested<O>
      : PlainValue<O>;

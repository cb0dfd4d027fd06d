/** The check of a family of members, built from what each member says of its options; no member is named here. */
import * as z from 'zod';
import { INTERVAL_PATTERN } from '../interval.js';
import type { MembersOption, Option, Options, Values } from '../options.js';
import { aboutHome } from './home.js';
import type { Families, InputOf, Registry, SpecOf } from './spec.js';

/**
 * A member by its name, if all that it needs has a default, or as `{ name, …options }`.
 * @param fallback the member that a mapping without a name is
 */
export function familySchema<
  const R extends Registry,
  const F extends Families,
  const Default extends (keyof R & string) | undefined = undefined,
>(registry: R, families: F, fallback?: Default): z.ZodType<SpecOf<R, F>, InputOf<R, F, Default>> {
  const members = Object.entries(registry).map(([name, { description, options = {} }]) => {
    const literal = z.literal(name).meta({ description });
    return z.strictObject({
      name: name === fallback ? literal.optional() : literal,
      ...optionSchemas(options, families),
    });
  });
  const mapping = z.discriminatedUnion('name', members as unknown as [(typeof members)[0]]);
  const bare = Object.entries(registry).flatMap(([name, { options = {} }]) => {
    return Object.values(options).every((option) => 'default' in option || 'optional' in option)
      ? [name]
      : [];
  });
  const either = bare.length === 0 ? mapping : z.union([z.enum(bare), mapping]);
  const whole = either.transform((value, context) => {
    const { name = fallback, ...options } =
      typeof value === 'string' ? mapping.parse({ name: value }, { jitless: true }) : value;
    const problem = registry[name as string].problem?.(options as Values<Options>);
    if (problem) context.addIssue({ code: 'custom', path: [problem.key], message: problem.message });
    return { name, ...options };
  });
  return whole as unknown as z.ZodType<SpecOf<R, F>, InputOf<R, F, Default>>;
}

const ofFamilies = new WeakMap<Registry, Map<string | undefined, z.ZodType>>();

/** The check of a family that options name, which is one for all of them. */
function memberSchema(registry: Registry, families: Families, fallback: string | undefined): z.ZodType {
  const known = ofFamilies.get(registry) ?? new Map<string | undefined, z.ZodType>();
  ofFamilies.set(registry, known);
  const schema = known.get(fallback) ?? familySchema(registry, families, fallback as never);
  known.set(fallback, schema);
  return schema;
}

const ofLists = new WeakMap<Registry, z.ZodType>();

/** A list of members of a family, which may have such lists themselves: each member's schema is made when it is asked for. */
export function membersSchema(
  registry: Registry,
  families: Families,
  { fallback, most }: Pick<MembersOption, 'fallback' | 'most'>,
): z.ZodArray {
  const member = ofLists.get(registry) ?? z.lazy(() => memberSchema(registry, families, fallback));
  ofLists.set(registry, member);
  return z.array(member).min(1).max(most);
}

function optionSchemas(options: Options, families: Families): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(options).map(([key, option]) => {
      const { description } = option;
      const schema = optionSchema(option, families);
      // Of a default that is a member's name, the input is meant, not the result.
      const { default: value, optional } = option as { readonly default?: unknown; readonly optional?: true };
      if (value !== undefined) return [key, schema.prefault(value).meta({ description })];
      return [key, (optional ? schema.optional() : schema).meta({ description })];
    }),
  );
}

const intervalExample = {
  steps: '"1 epoch" or "500 steps"',
  'steps or time': '"1 epoch", "500 steps", "30 s", "5 min" or "1 h"',
} as const;

/** A duration: a whole number and a unit. */
export function intervalSchema(units: keyof typeof INTERVAL_PATTERN) {
  const words = `a whole number and a unit, such as ${intervalExample[units]}`;
  return z.string().regex(INTERVAL_PATTERN[units], `expected ${words}`).meta({ title: words });
}

/** Most rows of a data set: their numbers are unsigned words of 32 bits. */
const MOST_ROWS = 0xffff_ffff;
const rows = `a whole number of rows up to ${MOST_ROWS}, or a share from 0 to less than 1`;

/** One schema for one description: families of tables share theirs, and a check takes time to make. */
const ofOptions = new WeakMap<Families, WeakMap<Option, z.ZodType>>();

function optionSchema(option: Option, families: Families): z.ZodType {
  const made = ofOptions.get(families) ?? new WeakMap<Option, z.ZodType>();
  ofOptions.set(families, made);
  let schema = made.get(option);
  if (schema === undefined) {
    schema = newSchema(option, families);
    made.set(option, schema);
  }
  return schema;
}

function newSchema(option: Option, families: Families): z.ZodType {
  switch (option.type) {
    case 'number':
    case 'integer':
      return numberSchema(option);
    case 'boolean':
      return z.boolean();
    case 'text':
      return textSchema(option);
    case 'choice':
      return z.enum(option.of);
    case 'interval':
      return intervalSchema(option.units);
    case 'rows':
      return z
        .number()
        .min(0)
        .max(MOST_ROWS)
        .refine((value) => value < 1 || Number.isInteger(value), {
          error: ({ input }) => `expected ${rows}, got ${input}`,
        })
        .meta({ title: rows });
    case 'texts':
      return z
        .array(z.string().min(1).max(256))
        .min(option.least ?? 0)
        .max(MOST_TEXTS);
    case 'integers': {
      const { length, min, max } = option;
      const title = `${length} whole numbers from ${min} to ${max}`;
      return z.array(z.int().min(min).max(max)).length(length).meta({ title });
    }
    case 'numbers': {
      const { least, most, above, below } = option;
      const title = `${least} to ${most} numbers in (${above}, ${below})`;
      return z.array(z.number().gt(above).lt(below)).min(least).max(most).meta({ title });
    }
    case 'given':
      return z.unknown();
    case 'group':
      return z.strictObject(optionSchemas(option.options, families));
    case 'map':
      return z.record(z.string().min(1).max(256), optionSchema(option.of, families));
    case 'either':
      return z.union(option.of.map((each) => optionSchema(each, families)));
    case 'member':
      return memberSchema(registryOf(option, families), families, option.default);
    case 'members':
      return membersSchema(registryOf(option, families), families, option);
  }
}

function registryOf({ family }: { readonly family: keyof Families }, families: Families): Registry {
  const registry = families[family];
  if (registry === undefined) throw new Error(`no family ${family}`);
  return registry;
}

/** Names in a list: a table has no more columns. */
const MOST_TEXTS = 65_536;

/** A path is marked for `resolvePaths` by its format. */
function textSchema({ path }: Extract<Option, { type: 'text' }>): z.ZodType {
  const text = z.string().min(1).max(4096);
  if (!path) return text;
  return text
    .refine((value) => !aboutHome(value), { error: ({ input }) => aboutHome(String(input)) })
    .meta({ format: 'path' });
}

function numberSchema(option: Extract<Option, { type: 'number' | 'integer' }>): z.ZodType {
  const { type, min, above, max, below, auto } = option;
  let schema: z.ZodNumber = type === 'integer' ? z.int() : z.number();
  if (min !== undefined) schema = schema.min(min);
  if (above !== undefined) schema = schema.gt(above);
  if (max !== undefined) schema = schema.max(max);
  if (below !== undefined) schema = schema.lt(below);
  return auto ? z.union([schema, z.literal('auto')]) : schema;
}

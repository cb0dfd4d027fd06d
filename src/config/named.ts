/**
 * The part of the families that a configuration is checked with at first: to make the checks of all members takes ten
 * times as long as to make those of the few that it names.
 */
import type { Option, Options } from '../options.js';
import { defaults, families } from './families.js';
import type { Registry } from './spec.js';

/** Longer lists name no members, and are a program's data. */
const MOST_ENTRIES = 256;

/** What options of all members tell. */
interface Told {
  /** Words that stand for a member where nothing is said. */
  readonly words: Set<string>;
  /** Keys at or below which a path may stand. */
  readonly pathKeys: Set<string>;
}

let told: Told | undefined;

/**
 * The families with those of their members alone whose names stand somewhere in `config`, or stand where none is named.
 * What is right by these is so by all, and comes to the same; what is wrong may only lack a member.
 */
export function familiesNamedIn(config: unknown): typeof families {
  told ??= toldByOptions();
  const words = new Set(told.words);
  look(config, ({ word }) => {
    if (word !== undefined) words.add(word);
  });
  const named = Object.entries<Registry>(families).map(([family, members]) => [
    family,
    Object.fromEntries(Object.entries(members).filter(([name]) => words.has(name))),
  ]);
  return Object.fromEntries(named) as unknown as typeof families;
}

/** Whether a path may stand in `config`; where not, nobody need look for it in the schema. */
export function mayHavePaths(config: object): boolean {
  told ??= toldByOptions();
  const { pathKeys } = told;
  let may = false;
  // Its own keys are no member's options, though they may be called like one.
  for (const part of Object.values(config)) {
    look(part, ({ key }) => {
      may ||= key !== undefined && pathKeys.has(key);
    });
  }
  return may;
}

/** Goes through mappings and lists, and tells of texts and of keys. */
function look(value: unknown, tell: (of: { word?: string; key?: string }) => void, seen = new Set()): void {
  if (typeof value === 'string') tell({ word: value });
  // A program's configuration may hold itself.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
  seen.add(value);
  if (Array.isArray(value)) {
    if (value.length <= MOST_ENTRIES) for (const each of value) look(each, tell, seen);
    return;
  }
  for (const [key, each] of Object.entries(value)) {
    tell({ key });
    look(each, tell, seen);
  }
}

function toldByOptions(): Told {
  const words = new Set<string>(Object.values(defaults));
  const pathKeys = new Set<string>();
  const addOption = (option: Option, keys: readonly string[]): void => {
    if ('default' in option) look(option.default, ({ word }) => word !== undefined && words.add(word));
    if (option.type === 'text' && option.path) for (const key of keys) pathKeys.add(key);
    if (option.type === 'group') addOptions(option.options, keys);
    if (option.type === 'map') addOption(option.of, keys);
    if (option.type === 'either') for (const each of option.of) addOption(each, keys);
  };
  const addOptions = (options: Options, above: readonly string[]): void => {
    for (const [key, option] of Object.entries(options)) addOption(option, [...above, key]);
  };
  for (const members of Object.values<Registry>(families)) {
    for (const { options = {} } of Object.values(members)) addOptions(options, []);
  }
  return { words, pathKeys };
}

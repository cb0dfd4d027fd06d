/**
 * The part of YAML that a configuration needs (mappings, lists, plain values), read so that no text can stall or
 * crash the process.
 */
import { Composer, CST, isMap, isScalar, isSeq, Lexer, type ParsedNode, Parser, stringify } from 'yaml';
import { quoted, shortened, UserError } from '../errors.js';

/** Longest text that is read, in bytes, and deepest nesting of mappings and lists. */
export const maxBytes = 64 * 1024;
const maxDepth = 32;
/** Most lexemes (words, brackets, spaces …); 64 layers, spelled out, need some 3,000. */
const maxLexemes = 10_000;

export type Path = readonly PropertyKey[];

/** A parsed text, and where in it things stand. */
export interface YamlText {
  readonly value: unknown;
  /** `line:column`, from 1, of the value at `path`, or of the nearest value around it that is there. */
  position(path: Path): string;
  /** `line:column` of the key at `path`, its value's where it is an entry of a list. */
  keyPosition(path: Path): string;
  /** A plain value at `path` as it is written, e.g. `2e400`; undefined where it is none, or in quotes. */
  source(path: Path): string | undefined;
}

/**
 * Parses one YAML document of mappings with plain keys, lists, strings, numbers, booleans and nulls.
 * @param text at most `maxBytes` bytes, which the caller checks.
 * @param at the place that an error names, from a position such as `7:5`.
 * @throws UserError for anything that is not such a document.
 */
export function parseYaml(text: string, at: (position: string) => string): YamlText {
  const fail: Fail = (offset, what) => {
    throw new UserError(`${at(lineAndColumn(text, offset))}: ${what}`);
  };
  const root = parseChecked(text, fail);
  const positionOf = (node: ParsedNode | null) => lineAndColumn(text, node?.range[0] ?? 0);
  return {
    value: plainValue(root, fail),
    position: (path) => positionOf(nearest(root, path)),
    keyPosition(path) {
      const parent = nearest(root, path.slice(0, -1));
      const pair = isMap(parent) ? pairOf(parent, path.at(-1)) : undefined;
      return positionOf((pair?.key as ParsedNode | undefined) ?? nearest(root, path));
    },
    source(path) {
      const node = nearest(root, path);
      return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    },
  };
}

type Fail = (offset: number, what: string) => never;

/** `line:column`, both from 1, as editors count them. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

/** What YAML allows in a text: no control characters, which the library gives a meaning of its own. */
const notText = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const refused: Partial<Record<CST.TokenType, string>> = {
  alias: 'aliases (*name) are not allowed in a configuration; write the value out',
  anchor: 'anchors (&name) are not allowed in a configuration; write the value out where it is needed',
  tag: 'tags (!name) are not allowed in a configuration',
  'directive-line': 'directives (%NAME) are not allowed in a configuration',
  'explicit-key-ind': 'keys in the form "? key" are not allowed in a configuration; write "key: value"',
};

/**
 * The text's tokens, each looked at before the parser sees it: chained `? ` keep it busy for minutes, and 64 KB of the
 * smallest tokens for seconds.
 */
function* lexemes(text: string, fail: Fail): Generator<string> {
  const odd = notText.exec(text);
  if (odd) {
    const code = (odd[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
    fail(odd.index, `expected plain text, got the character U+${code}`);
  }
  let offset = 0;
  let count = 0;
  let scalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    const type: CST.TokenType | null = scalarNext ? 'scalar' : CST.tokenType(lexeme);
    scalarNext = type === 'scalar' && lexeme === CST.SCALAR;
    if (type && refused[type]) fail(offset, refused[type]);
    if (++count > maxLexemes) fail(offset, `expected at most ${maxLexemes} words and signs, got more`);
    if (!marks.has(lexeme)) offset += lexeme.length;
    yield lexeme;
  }
}

/** Lexemes that stand for nothing in the text. */
const marks = new Set<string>([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

const collections = new Set<string>(['block-map', 'block-seq', 'flow-collection']);

/** How many mappings and lists are open. Below them is the document, above them perhaps a word. */
function depthOf({ stack }: Parser): number {
  const top = stack.at(-1);
  return stack.length - (top && collections.has(top.type) ? 1 : 2);
}

/** The one document of a text. Stops at the first thing that is not YAML: the library's list of them can be long. */
function parseChecked(text: string, fail: Fail): ParsedNode | null {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const take = (token: CST.Token) => {
    if (token.type === 'error') fail(token.offset, notYaml(token.message));
    tokens.push(token);
  };
  for (const lexeme of lexemes(text, fail)) {
    const { offset } = parser;
    for (const token of parser.next(lexeme)) take(token);
    // It calls itself for what is open, some 2 KB of `[` for minutes, and `[a: a: a: …` until the stack is full.
    if (depthOf(parser) > maxDepth) fail(offset, `nested more than ${maxDepth} levels deep`);
  }
  for (const token of parser.end()) take(token);
  // Duplicate keys are found in `plainValue`: the library compares each key with every other.
  const composer = new Composer<ParsedNode>({ prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const [document, second] = composer.compose(tokens, true, text.length);
  const error = document.errors[0] ?? document.warnings[0];
  if (error) fail(error.pos[0], notYaml(error.message));
  if (second) fail(second.range[0], 'expected one YAML document, got a second one');
  return document.contents as ParsedNode | null;
}

const notYaml = (message: string) => `not valid YAML: ${shortened(message, 200)}`;

const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** The JavaScript value of a node, own keys only. */
function plainValue(node: ParsedNode | null, fail: Fail): unknown {
  if (node === null) return null;
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plainValue(item as ParsedNode | null, fail));
  if (!isMap(node)) return fail(node.range[0], 'aliases are not allowed in a configuration');
  const seen = new Map<string, number>();
  const value: Record<string, unknown> = {};
  for (const pair of node.items) {
    const { key } = pair as { key: ParsedNode | null };
    const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
    const offset = key?.range[0] ?? node.range[0];
    if (name === undefined) return fail(offset, 'expected a key, such as "name"');
    if (prototypeKeys.has(name)) return fail(offset, `the key "${name}" is not allowed`);
    if (seen.has(name)) return fail(offset, `duplicate key ${quoted(name)}`);
    seen.set(name, offset);
    value[name] = plainValue(pair.value, fail);
  }
  return value;
}

function pairOf(node: ParsedNode, key: PropertyKey | undefined) {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

/** The node at `path`, or the last one on the way to it. */
function nearest(root: ParsedNode | null, path: Path): ParsedNode | null {
  let node = root;
  for (const key of path) {
    const next = isSeq(node) ? node.items[key as number] : node && pairOf(node, key)?.value;
    if (!next) break;
    node = next as ParsedNode;
  }
  return node;
}

/** A value of mappings, lists and plain values as YAML, that `parseYaml` reads as the same. */
export const yamlText = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/**
 * JSON Lines: a JSON object a line, in UTF-8, gzipped or not. Knows nothing of columns but how exact their numbers are
 * wanted.
 */
import { shortened, UserError } from '../errors.js';
import { isMapping } from './json.js';
import { textChunks, WrongEncoding } from './text-file.js';

/** Most bytes of a line. */
const MOST_LINE = 1 << 24;
const NEWLINE = 10;

export interface JsonlOptions {
  /** Whether a number in so many characters is held exactly; those that are not arrive as texts. */
  readonly isExact: (text: string) => boolean;
  /** Told of lines that hold no object; undefined: the first of them is an error. */
  readonly wrong?: (problem: string, line: number) => void;
}

/**
 * Calls `use` with each line's object and the line's number, from 1 on. Lines at the end may be empty, no others.
 * @param pause what is waited for before more is read
 * @throws UserError with file and line
 */
export async function eachObject(
  path: string,
  options: JsonlOptions,
  use: (object: Record<string, unknown>, line: number) => void,
  pause?: () => Promise<void>,
): Promise<void> {
  const where = path === '-' ? 'standard input' : path;
  let line = 0;
  let empty = 0;
  const refuse = (problem: string, at: number): void => {
    if (options.wrong === undefined) throw new UserError(`${where}:${at}: ${problem}`);
    options.wrong(problem, at);
  };
  const take = (bytes: Uint8Array): void => {
    line++;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    if (text.trim() === '') {
      empty ||= line;
      return;
    }
    for (; empty > 0 && empty < line; empty++) refuse('expected a JSON object, got an empty line', empty);
    empty = 0;
    const { object, problem } = objectOf(text, options);
    if (object) use(object, line);
    else refuse(problem, line);
  };
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of inUtf8(path)) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const own = chunk.subarray(from, end);
      const whole = parts.length === 0 ? own : Buffer.concat([...parts, own]);
      parts = [];
      length = 0;
      from = end + 1;
      take(whole);
    }
    if (from < chunk.length) {
      const rest = chunk.slice(from);
      parts.push(rest);
      length += rest.length;
    }
    if (length > MOST_LINE) {
      throw new UserError(
        `${where}:${line + 1}: a line of more than ${MOST_LINE} bytes; expected a JSON object a line`,
      );
    }
    await pause?.();
  }
  if (length > 0) take(Buffer.concat(parts));
  await pause?.();
}

type Parsed =
  | { readonly object: Record<string, unknown>; readonly problem?: undefined }
  | { readonly object?: undefined; readonly problem: string };

/** @throws UserError for a text in another encoding, of which JSON knows none (RFC 8259) */
async function* inUtf8(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* textChunks(path, 'utf-8');
  } catch (error) {
    if (!(error instanceof WrongEncoding)) throw error;
    const [found] = error.message.split('; if the file');
    throw new UserError(`${found}; JSON is UTF-8: write it anew (iconv -f latin1 -t utf-8)`);
  }
}

/** A line's object, or what is wrong with it, in words. */
function objectOf(text: string, { isExact }: JsonlOptions): Parsed {
  const { value, problem } = parsed(text);
  if (problem !== undefined) return { problem };
  if (!isMapping(value)) {
    const what = Array.isArray(value) ? 'a list' : shortened(JSON.stringify(value), 40);
    return {
      problem:
        `expected a JSON object a line, such as {"age": 39, "class": "a"}, got ${what}` +
        `${Array.isArray(value) ? '; write each element on a line of its own (jq -c .[])' : ''}`,
    };
  }
  const twice = mayRepeat(text, value) ? repeatedKey(text) : undefined;
  if (twice !== undefined) {
    return {
      problem: `expected keys that differ, got ${shortened(twice, 40)} twice in one object; nobody can tell which one counts`,
    };
  }
  // Only a number of many digits, or a large one, can have been rounded.
  if (!MANY_DIGITS.test(text)) return { object: value };
  const { value: whole } = parsed(exact(text, isExact));
  return { object: isMapping(whole) ? whole : value };
}

/**
 * Whether more keys are written than the object has: JSON.parse keeps the last of equal ones. Quick, and wrong where nested
 * objects have keys, or texts hold what looks like one.
 */
function mayRepeat(text: string, value: Record<string, unknown>): boolean {
  let keys = 0;
  for (const _ in value) keys++;
  let written = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === QUOTE || before <= SPACE) written++;
  }
  return written > keys;
}

const QUOTE = 0x22;
const SPACE = 0x20;
/** A text with what may make it a key, or a bracket. */
const PIECES = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[[\]{}]/g;

/** The first key that valid JSON has twice at its top, as it is written. */
function repeatedKey(text: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  for (const [piece, key, colon] of text.matchAll(PIECES)) {
    if (key === undefined) depth += piece === '{' || piece === '[' ? 1 : -1;
    else if (colon !== undefined && depth === 1) {
      // The same key may be written in several ways.
      const name = JSON.parse(key) as string;
      if (keys.has(name)) return key;
      keys.add(name);
    }
  }
  return undefined;
}

const MANY_DIGITS = /\d[\d.]{15}|[eE]\+?\d\d/;
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Valid JSON with its numbers that are not held exactly in quotes. */
function exact(text: string, isExact: (text: string) => boolean): string {
  return text.replace(TOKENS, (token) => (token[0] === '"' || isExact(token) ? token : `"${token}"`));
}

function parsed(
  text: string,
): { value: unknown; problem?: undefined } | { value?: undefined; problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    // What Node adds to it is the text itself.
    const [reason] = (error as Error).message.split(/, "|,? in JSON| is not valid JSON/);
    const start = text.trimStart();
    const hint = start.startsWith('[')
      ? '; of a list write each element on a line of its own (jq -c .[])'
      : start === '{'
        ? '; a JSON object must be whole in its line'
        : '';
    return { problem: `expected a JSON object, got no valid JSON (${shortened(reason, 80)})${hint}` };
  }
}

/** JSON from files that anybody may have written. */

/** Nothing that gradpool writes is nested deeper; whoever walks through it needs no more stack. */
const MOST_DEPTH = 32;

/**
 * The value of a JSON text, or undefined where it is none, is nested more than 32 levels deep, or has a key that would
 * become a prototype.
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > MOST_DEPTH) return undefined;
  try {
    return JSON.parse(text, (key, value) => {
      if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed');
      return value;
    });
  } catch {
    return undefined;
  }
}

/** The deepest nesting of brackets outside of strings, whether they fit each other or not. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) most = Math.max(most, ++depth);
    else if (char === 0x5d || char === 0x7d) depth--;
  }
  return most;
}

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `JSON.stringify` asks of each value: whole numbers of any size become texts, of which it knows none. */
export const jsonable = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}` : value);

/** A mistake that the user can mend, and values as its message quotes them. Knows no package, and runs anywhere. */

/**
 * A mistake that the user can mend: shown as one line, without a stack, exit code 2.
 * The message says where, what was expected, what came and, where it helps, what to do next.
 */
export class UserError extends Error {
  override name = 'UserError';
}

export function isUserError(error: unknown): error is UserError {
  return error instanceof UserError;
}

/** A value as an error tells of it: text in quotes, so that "2" is seen not to be 2. */
export function given(value: unknown): string {
  if (typeof value === 'string') return `"${shortened(value)}"`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return shortened(String(value));
  return Array.isArray(value) ? 'a list' : 'an object';
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line without control characters, cut to `length` characters. */
export function shortened(text: string, length = 60): string {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut.replace(invisible, (c) => `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`);
}

/** Text that came from elsewhere, as a message quotes it. */
export const quoted = (text: string): string => `"${shortened(text)}"`;

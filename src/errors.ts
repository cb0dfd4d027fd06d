/** What a user can mend, told in one line. */
import { closest, distance } from 'fastest-levenshtein';

/**
 * A mistake that the user can mend: shown as one line, without a stack, exit code 2.
 * The message says where, what was expected, what came and, where it helps, what to do next.
 * Only its name, message and stack cross a thread boundary, so `isUserError` asks for the name.
 */
export class UserError extends Error {
  override name = 'UserError';
}

export function isUserError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'UserError';
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line without control characters, cut to `length` characters. */
export function shortened(text: string, length = 60): string {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut.replace(invisible, (c) => `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`);
}

/** `; did you mean "relu"?` for a word near one of the candidates, otherwise an empty string. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const best = closest(word, candidates);
  // Two letters that changed places count as two slips, and make the usual typing error.
  const near = distance(word, best) <= Math.max(1, Math.floor(best.length / 2));
  return near ? `; did you mean "${best}"?` : '';
}

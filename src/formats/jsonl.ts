/** JSON Lines: a value a line, in UTF-8, gzipped or not; empty lines are none. */
import { UserError } from '../errors.js';
import { textChunks } from './text-file.js';

/** Most bytes of a line: a file without line ends does not fill memory. */
const MOST_LINE = 1 << 24;
const NEWLINE = 10;

/**
 * Calls `use` with each line's text and its number, from 1 on.
 * @param path `-` is standard input @param pause what is waited for before more is read
 * @throws UserError with file and line for bytes that are no text, and for a line that is too long
 */
export async function eachLine(
  path: string,
  use: (text: string, line: number) => void,
  pause: () => Promise<void>,
): Promise<void> {
  const where = path === '-' ? 'standard input' : path;
  let line = 0;
  let rest: Uint8Array = new Uint8Array();
  const told = (bytes: Uint8Array) => {
    line++;
    const text = new TextDecoder().decode(bytes).trim();
    if (text !== '') use(text, line);
  };
  for await (const chunk of textChunks(path, 'utf-8')) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      told(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.slice(from);
    if (rest.length > MOST_LINE)
      throw new UserError(`${where}:${line + 1}: a line of more than ${MOST_LINE} bytes`);
    await pause();
  }
  told(rest);
  await pause();
}

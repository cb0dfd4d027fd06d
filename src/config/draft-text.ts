/** Pieces of YAML that are written by hand, so that remarks can stand beside them. */

/** Words that YAML, or what reads it, would not take for texts. */
const words = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

/** A text as a YAML scalar: bare where nothing can be taken for something else, otherwise in double quotes. */
export function scalar(text: string): string {
  const bare = /^(?:[A-Za-z_]|\.{0,2}\/)[\w./-]*( [\w./-]+)*$/.test(text) && !words.test(text);
  return bare ? text : JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escaped);
}

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A remark of one line. */
export const remark = (text: string): string => ` # ${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}`;

const WIDTH = 100;

/** `key: [a, b, c]`, in several lines where one is too long. */
export function list(indent: string, key: string, items: readonly string[]): string[] {
  const all = items.map(scalar);
  const line = `${indent}${key}: [${all.join(', ')}]`;
  if (line.length <= WIDTH) return [line];
  const lines = [`${indent}${key}:`];
  let row = `${indent}  [`;
  for (const [k, item] of all.entries()) {
    const piece = `${item}${k === all.length - 1 ? ']' : ','}`;
    if (row.trim() !== '[' && row.length + 1 + piece.length > WIDTH) {
      lines.push(row);
      row = `${indent}   ${piece}`;
    } else row += row.trim() === '[' ? piece : ` ${piece}`;
  }
  return [...lines, row];
}

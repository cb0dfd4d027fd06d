/** Characters beyond ASCII: shown where the environment says UTF-8, and otherwise put into ASCII. */

/** Whether a text may be in UTF-8, by the first of the usual variables that is set (locale(7)). */
function isUtf8(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  // Windows has no such variables, and Node writes to its console in Unicode.
  if (!locale) return platform === 'win32';
  return /utf-?8/i.test(locale);
}

/** What gradpool's own texts hold. */
const inAscii: Readonly<Record<string, string>> = {
  '━': '#',
  '─': '-',
  '│': '|',
  '┤': '|',
  '└': '+',
  '×': 'x',
  '·': '*',
  '±': '+-',
  '−': '-',
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '≤': '<=',
  '≥': '>=',
  '‖': '|',
  '░': '.',
  '▒': ':',
  '▓': '%',
  '█': '#',
  '▀': '"',
  ε: 'eps',
  µ: 'u',
  '²': '^2',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
};

/** A text in ASCII: what has no likeness there is written as its number, `\u00fc`. */
export function ascii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (char) => {
    const escaped = () => `\\u${(char.codePointAt(0) as number).toString(16).padStart(4, '0')}`;
    return inAscii[char] ?? escaped();
  });
}

/** What puts a text into characters that can be shown. */
export function writable(env: NodeJS.ProcessEnv, platform = process.platform): (text: string) => string {
  return isUtf8(env, platform) ? (text) => text : ascii;
}

/** A terminal of a given width that keeps what it was sent, and what one would see of it. */
import type { Output } from '../../src/report/terminal.js';

export class Screen implements Output {
  text = '';

  constructor(
    readonly columns?: number,
    readonly isTTY = columns !== undefined,
  ) {}

  write(text: string): void {
    this.text += text;
  }

  /** The text without colours. */
  get plain(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is looked for
    return this.text.replace(/\x1b\[\d+m/g, '');
  }

  /** Everything that was ever drawn as one line, whether or not the terminal was wide enough for it. */
  get lines(): string[] {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is left out
    return this.plain.replace(/\x1b\[\d*[KJA]/g, '').split(/[\r\n]/);
  }

  /** What has been on each row in the end; a row that was too long goes on in the next one, as on a terminal. */
  get rows(): string[] {
    const width = this.columns ?? Number.POSITIVE_INFINITY;
    const rows = [''];
    let at = 0;
    let column = 0;
    const { plain } = this;
    for (let i = 0; i < plain.length; i++) {
      const char = plain[i];
      if (plain.startsWith('\x1b[', i)) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is looked for
        const [whole, count, code] = /^\x1b\[(\d*)([KJA])/.exec(plain.slice(i, i + 8)) ?? [char];
        if (code === 'A') at = Math.max(0, at - Number(count || 1));
        else rows[at] = rows[at].slice(0, column);
        if (code === 'J') rows.length = at + 1;
        i += whole.length - 1;
      } else if (char === '\r') column = 0;
      else if (char === '\n' || column === width) {
        at++;
        rows[at] ??= '';
        column = 0;
        if (char !== '\n') i--;
      } else {
        const row = rows[at];
        rows[at] = row.slice(0, column).padEnd(column) + char + row.slice(column + 1);
        column++;
      }
    }
    return rows;
  }
}

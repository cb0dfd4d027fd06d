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
    return this.plain.replaceAll('\x1b[K', '').split(/[\r\n]/);
  }

  /** What has been on each row in the end; a row that was too long goes on in the next one, as on a terminal. */
  get rows(): string[] {
    const width = this.columns ?? Number.POSITIVE_INFINITY;
    const rows = [''];
    let column = 0;
    for (let i = 0; i < this.plain.length; i++) {
      const char = this.plain[i];
      if (this.plain.startsWith('\x1b[K', i)) {
        rows[rows.length - 1] = rows[rows.length - 1].slice(0, column);
        i += 2;
      } else if (char === '\r') column = 0;
      else if (char === '\n' || column === width) {
        rows.push(char === '\n' ? '' : char);
        column = char === '\n' ? 0 : 1;
      } else {
        const row = rows[rows.length - 1];
        rows[rows.length - 1] = row.slice(0, column).padEnd(column) + char + row.slice(column + 1);
        column++;
      }
    }
    return rows;
  }
}

/** Lines that stay and one line that is redrawn in place. */
import { writable } from './characters.js';

/** The part of a stream that matters here. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Lines, where it is a terminal's; anything else says nothing. */
  readonly rows?: unknown;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const codes: Record<Style, readonly [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** A piece of a live line; those of the lowest `weight` are left out first where the line is too long. */
export interface Piece {
  readonly text: string;
  readonly weight: number;
  readonly style?: Style;
}

/** Back to the first column, erase to the end of the line. */
const eraseLine = '\r\x1b[K';

/** Up so many lines. */
const up = (lines: number) => (lines > 0 ? `\r\x1b[${lines}A` : '\r');
/** Erase to the end of the screen. */
const eraseBelow = '\x1b[J';

/** Characters that a line shows: all but those that colour it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is left out
const lengthOf = (line: string) => line.replace(/\x1b\[[\d;]*m/g, '').length;

/** Seconds between plain lines of progress where no line can be redrawn. */
const plainInterval = 10;

/**
 * Where a report goes: lines to standard output; the live line to whichever of standard output and standard error
 * is a terminal, the former if both are. Without a terminal no control code is ever written.
 */
export class Terminal {
  /** Whether lines are coloured: NO_COLOR and FORCE_COLOR decide, then whether someone can see it. */
  readonly #colours: boolean;
  readonly #live: Output | null;
  /** Puts a text into characters that can be shown. */
  readonly #writable: (text: string) => string;
  /** What is on the screen below the lines that stay: the live line, and the lines above it that are redrawn with it. */
  #drawn: readonly string[] = [];
  #above: readonly string[] = [];
  #plainFrom: number;
  /** Columns that COLUMNS asks for; undefined: it does not. */
  readonly #asked: number | undefined;

  constructor(
    readonly out: Output,
    readonly err: Output,
    env: NodeJS.ProcessEnv,
    readonly seconds = () => performance.now() / 1000,
  ) {
    const canRedraw = (stream: Output) => stream.isTTY === true && env.TERM !== 'dumb';
    this.#live = canRedraw(out) ? out : canRedraw(err) ? err : null;
    this.#colours = wantsColour(env) ?? canRedraw(out);
    this.#writable = writable(env);
    this.#plainFrom = seconds() + plainInterval;
    this.#asked = /^[1-9]\d{0,3}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  }

  /** Columns of the terminal; where lines go elsewhere those that COLUMNS says, else 80. */
  get width(): number {
    return (this.isPiped ? this.#asked : undefined) ?? this.#liveWidth;
  }

  get #liveWidth(): number {
    return (this.#live ?? this.out).columns || 80;
  }

  /** Whether lines go to a file or a program, which take them however long they are. */
  get isPiped(): boolean {
    return this.out.isTTY !== true;
  }

  /** Whether there is a line that can be redrawn. */
  get isLive(): boolean {
    return this.#live !== null;
  }

  /** Lines that `above` has room for; 0 where nothing can be redrawn. */
  get roomAbove(): number {
    if (this.#live === null) return 0;
    const { rows } = this.#live;
    return Math.max(0, (typeof rows === 'number' && rows > 0 ? rows : 24) - 3);
  }

  /** Whether lines may be coloured. */
  get colours(): boolean {
    return this.#colours;
  }

  /** Whether characters beyond ASCII are shown as they are. */
  get unicode(): boolean {
    return this.#writable('█') === '█';
  }

  paint(style: Style | undefined, text: string): string {
    if (!this.#colours || style === undefined || text === '') return text;
    const [on, off] = codes[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }

  /** Writes a line that stays, above the live line. */
  line(text = ''): void {
    const drawn = this.#drawn;
    this.#erase();
    this.out.write(`${this.#writable(text)}\n`);
    if (drawn.length > 0) this.#draw(drawn);
  }

  /**
   * Lines that stand above the live line and are redrawn with it, from its next drawing on. Too many for the terminal, or
   * too long ones, are left out. Without a terminal nothing happens.
   */
  above(lines: readonly string[]): void {
    this.#above = lines;
  }

  /**
   * Redraws the live line so that it never wraps. Without a terminal, `plain` becomes a line of its own, at most
   * one every ten seconds.
   */
  live(pieces: readonly Piece[], plain: () => string): void {
    if (this.#live) {
      const text = this.#fit(pieces.map((piece) => ({ ...piece, text: this.#writable(piece.text) })));
      const lines = [...this.#fittingAbove(), text];
      if (lines.length === this.#drawn.length && lines.every((line, k) => line === this.#drawn[k])) return;
      this.#draw(lines);
    } else if (this.seconds() >= this.#plainFrom) {
      this.#plainFrom = this.seconds() + plainInterval;
      this.line(plain());
    }
  }

  /** Writes a line to standard error, above the live line. */
  errorLine(text: string): void {
    const drawn = this.#drawn;
    this.#erase();
    this.err.write(`${this.#writable(text)}\n`);
    if (drawn.length > 0) this.#draw(drawn);
  }

  /** A remark to whoever sits at the terminal, not part of the report. */
  note(text: string): void {
    this.clear();
    if (this.#live) this.err.write(`${this.#writable(text)}\n`);
  }

  /** Erases the live line; the cursor is then at the start of an empty line. */
  clear(): void {
    this.#erase();
    this.#above = [];
  }

  /** The cursor rests in the first column, so that the terminal's own `^C` cannot start another line. */
  #draw(lines: readonly string[]): void {
    const before = this.#rowsOf(this.#drawn);
    const text = lines.map((line) => `\x1b[K${line}`).join('\n');
    const rest = before > lines.length ? eraseBelow : '';
    this.#drawn = lines;
    this.#live?.write(`${up(before - 1)}${text}${rest}\r`);
  }

  #erase(): void {
    const rows = this.#rowsOf(this.#drawn);
    if (rows > 0) this.#live?.write(rows === 1 ? eraseLine : `${up(rows - 1)}${eraseBelow}`);
    this.#drawn = [];
  }

  /** Rows that lines take: a terminal that has become narrower since has wrapped them. */
  #rowsOf(lines: readonly string[]): number {
    const rows = (line: string) => Math.max(1, Math.ceil(lengthOf(line) / this.#liveWidth));
    return lines.reduce((sum, line) => sum + rows(line), 0);
  }

  #fittingAbove(): readonly string[] {
    const lines = this.#above;
    const isRoom = lines.length <= this.roomAbove && lines.every((line) => lengthOf(line) < this.#liveWidth);
    return isRoom ? lines.map((line) => this.#writable(line)) : [];
  }

  #fit(pieces: readonly Piece[]): string {
    // one column stays free: some terminals wrap as soon as the last one is written
    const room = this.#liveWidth - 1;
    const length = (some: readonly Piece[]) => some.reduce((sum, piece) => sum + piece.text.length, 0);
    let kept = pieces;
    while (length(kept) > room) {
      const least = Math.min(...kept.map((piece) => piece.weight));
      const rest = kept.filter((piece) => piece.weight > least);
      if (rest.length === 0) break;
      kept = rest;
    }
    if (length(kept) > room) return kept[0].text.slice(0, Math.max(0, room));
    return kept.map((piece) => this.paint(piece.style, piece.text)).join('');
  }
}

/**
 * What the environment says about colours, if anything. FORCE_COLOR (anything but 0 or false) outdoes NO_COLOR
 * (anything but empty), as in Node itself: https://nodejs.org/api/tty.html, https://no-color.org.
 */
function wantsColour(env: NodeJS.ProcessEnv): boolean | undefined {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return env.NO_COLOR ? false : undefined;
}

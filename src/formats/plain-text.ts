/**
 * Records of delimited text as RFC 4180 has them, in a loop that is several times as quick as a parser that has an answer
 * for everything: fields without quotes, and fields that are quoted from their first character to their last. Whatever
 * else a quote does is not for here: the text from that record on is left to others, who know what is wrong with it.
 */
const LF = 10;
const CR = 13;
const QUOTE = 34;
const LINE_END = /[\n\r]/;

/**
 * Longest beginning of a record with quotes that is kept for its end: with every chunk it is looked through again, as a
 * line end within quotes is none, and that takes the square of a long record's time.
 */
const MOST_KEPT = 1 << 18;

/** What `#record` finds in place of the next record's beginning. */
const NO_END = -1;
const UNUSUAL = -2;

/** Takes text chunk by chunk, and hands on each record with the number of the line that it ends in. */
export class PlainText {
  /** The line that the next record begins in, from 1 on. */
  line = 1;
  /** What was taken and not handed on: the beginning of a record whose end did not come yet; or all that is left. */
  rest = '';
  /** Whether nothing more is taken, as the next record has quotes that are not for here: `rest` begins with it. */
  unusual = false;
  readonly #code: number;
  /** Fields that the last record had: the next one has as many, mostly. */
  #fields = 1;
  #go = true;
  /** Whether what was not handed on ends with a carriage return, or has a quote. */
  #returned = false;
  #quoted = false;

  /** @param delimiter one character @param take false: no more, please */
  constructor(
    private readonly delimiter: string,
    private readonly trim: boolean,
    private readonly take: (fields: string[], line: number) => boolean,
  ) {
    this.#code = delimiter.charCodeAt(0);
  }

  /** @returns false where nobody wants more */
  push(chunk: string): boolean {
    if (!this.#returned && !this.#quoted && !LINE_END.test(chunk) && !chunk.includes('"')) {
      // Not looked through from its beginning again with every chunk: that would take the square of a long record's time.
      this.rest += chunk;
      return true;
    }
    const text = this.rest === '' ? chunk : this.rest + chunk;
    let start = 0;
    for (;;) {
      const next = this.#record(text, start);
      if (next < 0) {
        this.unusual = next === UNUSUAL;
        break;
      }
      start = next;
      if (!this.#go) return false;
    }
    this.rest = text.slice(start);
    this.#returned = this.rest.endsWith('\r');
    this.#quoted = this.rest.includes('"');
    this.unusual ||= this.#quoted && this.rest.length > MOST_KEPT;
    return true;
  }

  /**
   * The end of the text: what is left is a record without a line end, or `unusual` where that has a quote.
   */
  end(): void {
    const { rest } = this;
    if (this.#quoted) {
      this.unusual = true;
      return;
    }
    this.rest = '';
    // Spaces that go leave no record, where neither a line end nor a delimiter says that there is one.
    const blank = this.trim && rest.trim() === '' && !rest.endsWith('\r') && !rest.includes(this.delimiter);
    // A line end after a last carriage return is half of one.
    if (rest !== '' && !blank) this.#record(`${rest}\n`, 0);
  }

  /** Hands on the record that begins at `start`; returns where the next one does. */
  #record(text: string, start: number): number {
    const { length } = text;
    const delimiter = this.#code;
    const { trim } = this;
    const fields: string[] = new Array(this.#fields);
    let count = 0;
    let from = start;
    /** Line ends within quotes. */
    let lines = 0;
    for (let at = start; at < length; at++) {
      let code = text.charCodeAt(at);
      if (code === QUOTE) {
        if (at !== from) return UNUSUAL;
        let doubled = false;
        for (;;) {
          // The field's text; after the last character of all there is NaN.
          for (code = text.charCodeAt(++at); code !== QUOTE; code = text.charCodeAt(++at)) {
            if (at >= length) return NO_END;
            if (code === LF ? text.charCodeAt(at - 1) !== CR : code === CR) lines++;
          }
          code = text.charCodeAt(++at);
          if (code !== QUOTE) break;
          doubled = true;
        }
        if (at >= length) return NO_END;
        if (code !== delimiter && code !== LF && code !== CR) return UNUSUAL;
        const field = text.substring(from + 1, at - 1);
        fields[count++] = doubled ? field.replaceAll('""', '"') : field;
      } else if (code === delimiter || code === LF || code === CR) {
        const field = text.substring(from, at);
        fields[count++] = trim ? field.trim() : field;
      } else continue;
      from = at + 1;
      if (code === delimiter) continue;
      // A carriage return may be half of a line end.
      if (code === CR && from === length) return NO_END;
      fields.length = count;
      this.#fields = count;
      this.line += lines;
      this.#go = this.take(fields, this.line++);
      return code === CR && text.charCodeAt(from) === LF ? from + 1 : from;
    }
    return NO_END;
  }
}

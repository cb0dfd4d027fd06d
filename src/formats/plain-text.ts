/**
 * Records of delimited text that has no quotes, where nothing but delimiters and line ends means anything: what RFC 4180
 * says of it fits into a loop, which is several times as quick as a parser that looks out for quotes. Text with a quote
 * is not for here.
 */
const LF = 10;
const CR = 13;
const LINE_END = /[\n\r]/;

/** Takes text chunk by chunk, and hands on each record with the number of its line. */
export class PlainText {
  /** The line that the next record is in, from 1 on. */
  line = 1;
  /** What was taken and not handed on: the beginning of a record whose end did not come yet. */
  rest = '';
  readonly #code: number;
  /** Fields that the last record had: the next one has as many, mostly. */
  #fields = 1;
  #go = true;
  /** Whether what was not handed on ends with a carriage return. */
  #returned = false;

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
    if (!this.#returned && !LINE_END.test(chunk)) {
      // Not looked through from its beginning again with every chunk: that would take the square of a long record's time.
      this.rest += chunk;
      return true;
    }
    const text = this.rest === '' ? chunk : this.rest + chunk;
    this.#returned = false;
    let start = 0;
    for (;;) {
      const next = this.#record(text, start, false);
      if (next < 0) break;
      start = next;
      if (!this.#go) return false;
    }
    this.rest = text.slice(start);
    this.#returned = this.rest.endsWith('\r');
    return true;
  }

  /** The end of the text: what is left is a record without a line end. */
  end(): void {
    const { rest } = this;
    this.rest = '';
    // Spaces that go leave no record, where neither a line end nor a delimiter says that there is one.
    const blank = this.trim && rest.trim() === '' && !rest.endsWith('\r') && !rest.includes(this.delimiter);
    if (rest !== '' && !blank) this.#record(rest, 0, true);
  }

  /** Hands on the record that begins at `start`; returns where the next one does, −1 where its end is not there. */
  #record(text: string, start: number, last: boolean): number {
    const { length } = text;
    const delimiter = this.#code;
    const fields: string[] = new Array(this.#fields);
    let count = 0;
    let from = start;
    for (let at = start; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter) {
        fields[count++] = text.substring(from, at);
        from = at + 1;
      } else if (code === LF || code === CR) {
        // A carriage return may be half of a line end.
        if (code === CR && at + 1 === length && !last) return -1;
        fields[count++] = text.substring(from, at);
        this.#hand(fields, count);
        return code === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at + 1;
      }
    }
    if (!last) return -1;
    fields[count++] = text.substring(from);
    this.#hand(fields, count);
    return length;
  }

  #hand(fields: string[], count: number): void {
    fields.length = count;
    this.#fields = count;
    if (this.trim) for (let k = 0; k < count; k++) fields[k] = fields[k].trim();
    this.#go = this.take(fields, this.line++);
  }
}

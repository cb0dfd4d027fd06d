/** What a look at a data file finds: what a configuration has to say of it, and a way to its rows. */
import type { TableReader } from '../data/table/reader.js';

/** A key of a configuration's `data`, and why it says what it says. */
export interface Finding {
  readonly key: string;
  readonly value: string | boolean | readonly string[];
  /** A remark to go with it, if it needs one. */
  readonly why?: string;
}

export interface Looked {
  /** The data family that reads the file. */
  readonly family: string;
  /** What the family has to be told, in the order in which it is written; what it finds by itself is left out. */
  readonly findings: readonly Finding[];
  readonly reader: TableReader;
  /** The decimal point of numbers that are texts. */
  readonly point: '.' | ',';
}

/** A format of files that tables come in. */
export interface LookFormat {
  /** Endings of files' names, as a user would say them: `.csv`. Each may have `.gz` after it where `gzip` is set. */
  readonly endings: readonly string[];
  readonly gzip?: true;
  /** @throws UserError for what is no such file */
  look(path: string): Promise<Looked>;
}

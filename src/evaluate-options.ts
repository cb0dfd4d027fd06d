/** What an evaluation of weights that are there already is asked for: plain data, which cross threads. */
import type { CsvTableOptions } from './data/table/csv-reader.js';
import type { Tensors } from './formats/safetensors-bytes.js';
import type { Preprocessing } from './preprocess/fitted.js';

/** What `evaluate` asks of the coordinator. */
export interface EvaluateOptions {
  threads: number | 'auto';
  tensors: Tensors;
  /** The part of the run's data; not looked at where there is a file. */
  part: 'train' | 'validation' | 'test';
  /** What the run's data were; null: nobody knows. */
  data: { sha256: string } | null;
  /** A CSV file with targets, in place of the run's data, and how it is written. */
  input: string | null;
  csv: CsvTableOptions;
  preprocessing: Preprocessing;
  /** Folder in which tables that were read are kept; undefined: none. */
  cache?: string;
  /** Shuffles a column for its importance; 0: none. */
  importance: number;
}

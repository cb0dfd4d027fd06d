/** What an evaluation of weights that are there already is asked for: plain data, which cross threads. */
import type { CsvTableOptions } from './data/table/csv-reader.js';
import type { Tensors } from './formats/safetensors-bytes.js';
import type { Preprocessing } from './preprocess/fitted.js';

/** A file to evaluate on; `csv`: how a CSV file is written, `target`: of an array of features that of what is to be predicted. */
export type EvaluatedFile =
  | { format: 'csv'; path: string; csv: CsvTableOptions }
  | { format: 'jsonl' | 'parquet'; path: string }
  | { format: 'images'; path: string }
  | { format: 'npy'; path: string; target: string };

/** What `evaluate` asks of the coordinator. */
export interface EvaluateOptions {
  threads: number | 'auto';
  tensors: Tensors;
  /** The part of the run's data; not looked at where there is a file. */
  part: 'train' | 'validation' | 'test';
  /** What the run's data were; null: nobody knows. */
  data: { sha256: string } | null;
  /** A file with targets, in place of the run's data. */
  input: EvaluatedFile | null;
  /** The column of sample weights that the model was trained with; null: there was none, or each row is to count once. */
  weight: string | null;
  /** Folder in which tables that were read are kept; undefined: none. */
  cache?: string;
  preprocessing: Preprocessing;
  /** Shuffles a column for its importance; 0: none. */
  importance: number;
}

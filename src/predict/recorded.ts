/**
 * What a model's file says beside its model: the run's configuration, where a run has written it, and how the CSV file was
 * written that it learned from. An export carries the second alone.
 */
import { isMapping, parseJson } from '../formats/json.js';
import { encodings, type TextEncoding } from '../formats/text-file.js';

/** How a CSV file is written, as a configuration's `data` says it; what is usual is left out. */
export interface CsvForm {
  readonly delimiter?: string;
  readonly encoding?: TextEncoding;
  readonly trim?: true;
  readonly header?: readonly string[];
}

/** The key in a file's metadata under which an export keeps it, as JSON. */
export const CSV_KEY = 'csv';

type Metadata = Readonly<Record<string, string>>;

/** The configuration that the model was trained with, as it was recorded; undefined where the file does not say. */
export function recordedRun({
  metadata,
}: {
  readonly metadata: Metadata;
}): Record<string, unknown> | undefined {
  const run = parseJson(metadata.run ?? '');
  return isMapping(run) ? run : undefined;
}

/** With which a file of new rows is read. Empty where nothing is said of it, and where that makes no sense. */
export function csvFormOf(metadata: Metadata): CsvForm {
  const config = recordedRun({ metadata })?.config;
  const data = isMapping(config) ? config.data : parseJson(metadata[CSV_KEY] ?? '');
  if (!isMapping(data)) return {};
  const { delimiter, encoding, trim, header } = data;
  const known = encodings.find((one) => one === encoding);
  return {
    ...(typeof delimiter === 'string' && { delimiter }),
    ...(known && { encoding: known }),
    ...(trim === true && { trim }),
    ...(Array.isArray(header) && { header: header.map(String) }),
  };
}

/** What an export adds to its metadata: nothing where the file was as CSV files are. */
export function csvMetadata(metadata: Metadata = {}): Metadata {
  const form = csvFormOf(metadata);
  return Object.keys(form).length > 0 ? { [CSV_KEY]: JSON.stringify(form) } : {};
}

/** What a format is that a run's history is exported to. */
import type { RunRecord } from '../record.js';

export interface HistoryFormat {
  /** One sentence. */
  readonly description: string;
  /** Where it goes by default; a format that names folders writes its file into the one of the run's name. */
  output(run: RunRecord): string;
  /** Whether `output` is a folder, and then how its file is called. */
  readonly fileIn?: (run: RunRecord) => string;
  /** @throws UserError for a run that there is nothing to tell of */
  encode(run: RunRecord): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
}

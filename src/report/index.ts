/** The reports that take the events of any command, by the option that asks for them. */
import { jsonReport } from './json.js';

/** A subscriber to what a command tells: called with one event after another, the result (`done`) last. */
export type Report = (event: { readonly event: string }) => void;

export interface Offer {
  /** One line of help. */
  readonly describe: string;
  /** @param write where its text goes @param quiet the result alone */
  readonly make: (write: (text: string) => void, quiet: boolean) => Report;
}

export const reports: Readonly<Record<string, Offer>> = {
  json: { describe: 'Write one JSON object a line, for scripts', make: jsonReport },
};

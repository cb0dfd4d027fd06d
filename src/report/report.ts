/** What a report is. */

/** A subscriber to what a command tells: called with one event after another, the result (`done`) last. */
export type Report = (event: { readonly event: string }) => void;

/** A member of the family. */
export interface Offer {
  /** One line of help. */
  readonly describe: string;
  /** @param write where its text goes @param quiet the result alone */
  readonly make: (write: (text: string) => void, quiet: boolean) => Report;
}

/** Tells drawings that are no part of the document's style when its colours change: day, night and paper. */

const told = new Set<() => void>();

/** Calls it whenever colours have changed. @returns what ends that */
export function onColours(call: () => void): () => void {
  if (told.size === 0) watch();
  told.add(call);
  return () => told.delete(call);
}

/** A colour of the style by its name: `--text`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

let watching = false;

function watch(): void {
  if (watching) return;
  watching = true;
  const changed = () => {
    for (const call of told) call();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  // Paper is white: charts are painted anew before, and after.
  const paper = matchMedia('print');
  const print = (on: boolean) => {
    document.documentElement.toggleAttribute('data-print', on);
    changed();
  };
  paper.addEventListener('change', () => print(paper.matches));
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
}

/** A page of a sweep under way loads itself again: a file is told no news, and may not fetch any. */
import type { SweepPageData } from '../../src/sweep/page.js';

const EVERY_MS = 10_000;
/** A sweep writes its page twice a minute at least: where none came for so long, none will. */
const LOST_MS = 5 * 60_000;

/** Whether more is to come by itself. */
export const isFollowed = ({ open, written, result }: SweepPageData): boolean =>
  open && !result.stopped && Date.now() - Date.parse(written) < LOST_MS;

/** Loads the page again, but not under the hands of somebody who reads a table, looks for the best, or marks text. */
export function follow(data: SweepPageData): void {
  if (!isFollowed(data)) return;
  let touched = Date.now();
  for (const name of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll']) {
    addEventListener(name, () => (touched = Date.now()), { passive: true });
  }
  setInterval(() => {
    const isOpen = document.querySelector('details[open]') !== null;
    const isSet = [...document.querySelectorAll('input')].some(
      ({ value, defaultValue }) => value !== defaultValue,
    );
    const isMarked = getSelection()?.isCollapsed === false;
    const isFree = !isOpen && !isSet && !isMarked && Date.now() - touched >= EVERY_MS;
    if (isFree && !document.hidden) location.reload();
  }, EVERY_MS);
}

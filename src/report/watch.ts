/** What `gradpool watch` shows at a terminal: where the page is. */
import type { Terminal } from './terminal.js';

export interface WatchEvent {
  event: 'listening';
  /** The page's address, with the token that lets in. */
  url: string;
}

export function watchReport(terminal: Terminal): (event: WatchEvent) => void {
  return ({ url }) => {
    terminal.line(url);
    terminal.note('Ctrl-C ends it');
  };
}

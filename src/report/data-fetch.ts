/** What a person sees of a data set that is fetched: a live line, a line a file, and what to do with them. */
import { bar, count, percent } from './format.js';
import { showFact } from './summary.js';
import type { Terminal } from './terminal.js';

/** What is told of it. */
export type DataFetchEvent =
  | { event: 'progress'; file: string; done: number; total: number | null }
  | { event: 'file'; file: string; url: string; state: 'fetched' | 'there' }
  | {
      event: 'done';
      name: string;
      folder: string;
      files: readonly string[];
      kind: 'table' | 'images';
      licence: string;
    };

export function dataFetchReport(terminal: Terminal, quiet: boolean): (event: DataFetchEvent) => void {
  return (event) => {
    if (event.event === 'done') {
      terminal.clear();
      if (quiet) {
        terminal.line(event.folder);
        return;
      }
      const { folder, files, kind, licence } = event;
      terminal.line();
      showFact(terminal, 'folder', folder);
      showFact(terminal, 'licence', licence);
      terminal.line();
      const next =
        kind === 'table'
          ? [`gradpool data show ${files[0]}`, `gradpool init ${files[0]}`]
          : [`gradpool data show ${folder}`, `gradpool train config/mnist.yaml --set data.path=${folder}`];
      terminal.line('next:');
      for (const line of next) terminal.line(`  ${line}`);
    } else if (quiet) return;
    else if (event.event === 'file') {
      terminal.clear();
      terminal.line(
        `${event.file}: ${event.state === 'there' ? 'is there already' : 'fetched'}, its hash is right`,
      );
    } else {
      const { file, done, total } = event;
      const fraction = total === null ? 0 : done / total;
      const { filled, empty } = bar(fraction, 20);
      const bytes = `${megabytes(done)}${total === null ? '' : ` of ${megabytes(total)}`} MB`;
      terminal.live(
        [
          { text: `${file} `, weight: 9 },
          { text: filled, weight: 0, style: 'cyan' },
          { text: empty, weight: 0, style: 'dim' },
          { text: total === null ? '' : ` ${percent(fraction, 0).padStart(5)}`, weight: 4 },
          { text: `  ${bytes}`, weight: 2 },
        ],
        () => `${file}: ${count(done)} bytes`,
      );
    }
  };
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

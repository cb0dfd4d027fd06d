/** `gradpool report`: a run's report, written anew. Reads nothing itself. */
import { type RunReportEvent, runReport } from '../report/run-report.js';
import { command } from './command.js';
import { flag, text, threads } from './options.js';

const options = {
  open: flag('Show it in a browser'),
  output: text("File to write (default: report.html in the run's folder)"),
  'no-insights': flag('Find out nothing about a run that broke off before its end'),
  threads,
  quiet: flag('Show the result only'),
};

export const report = command<typeof options, RunReportEvent>({
  name: 'report',
  describe: 'Write the report of a run as one HTML file',
  usage:
    'gradpool report <run folder> [options]\n\n' +
    'Writes what the folder of a run tells into one file that needs nothing else:\n' +
    'curves, what the network gets right and wrong, its weights, where the time\n' +
    'went, the data, the configuration. Of a run under way or killed too.\n' +
    'Training leaves one at its end. runs/latest stands for the newest run.',
  examples: ['gradpool report runs/latest --open'],
  argument: {
    name: 'runDir',
    describe: 'Folder of the run',
    missing: 'expected the folder of a run, e.g. gradpool report runs/latest',
  },
  options,
  report: runReport,
  async run(runDir, { open, output, threads, 'no-insights': none }, { tell, signal }) {
    const { report } = await import('../api/report.js');
    const result = await report(runDir as string, { output, threads, insights: !none, signal });
    const opened = open ? { opened: await shown(result.file) } : {};
    tell({ event: 'done', ...result, ...opened });
    return 0;
  },
});

async function shown(file: string): Promise<boolean> {
  const [{ pathToFileURL }, { openBrowser }] = await Promise.all([
    import('node:url'),
    import('../watch/browser.js'),
  ]);
  return openBrowser(pathToFileURL(file).href);
}

/** `gradpool compare`: runs beside each other. Compares nothing itself. */
import { type CompareEvent, compareReport } from '../report/compare.js';
import { command } from './command.js';
import { text } from './options.js';

const options = {
  metric: text('Figure that is tested over seeds (default: the monitored one)'),
  html: text('File for a page with the same, and its curves'),
};

export const compare = command<typeof options, CompareEvent>({
  name: 'compare',
  describe: 'Compare runs',
  usage:
    'gradpool compare <run> <run> … [options]\n\n' +
    'Shows in which keys of their configurations runs differ, every default\n' +
    'considered, their figures, and their losses in one plot. Runs that differ in\n' +
    'their seed alone are taken together; two such groups are compared by pairs of\n' +
    "one seed (paired t-test, Wilcoxon's signed-rank test), or where no seeds are\n" +
    "in common by Welch's t-test. Figures of other rows, other data or another\n" +
    'loss or metric are shown, and said not to be comparable.',
  examples: ['gradpool compare runs/a runs/b', 'gradpool compare runs/* --html compared.html'],
  argument: {
    name: 'run',
    describe: 'Folder of a run',
    missing: 'expected the folders of two runs or more, e.g. gradpool compare runs/a runs/b',
    rest: 'more',
  },
  options,
  report: compareReport,
  async run(run, { metric, html }, { tell, rest }) {
    const { compare } = await import('../api/compare.js');
    const comparison = await compare([run as string, ...rest], metric === undefined ? {} : { metric });
    let path: string | null = null;
    if (html !== undefined) {
      const { writeComparison } = await import('../page/compare.js');
      path = await writeComparison(comparison, html);
    }
    tell({ event: 'done', ...comparison, html: path });
    return 0;
  },
});

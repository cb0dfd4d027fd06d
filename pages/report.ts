/** The report of one run. */
import type { ReportData } from '../src/page/report-data.js';
import { element, pageData, section } from './kit.js';
import { commandsSection, configSection } from './report/commands.js';
import { curveCharts } from './report/curves.js';
import { dataSection } from './report/data.js';
import { networkSection } from './report/network.js';
import { heading } from './report/overview.js';
import { resultsSection, worstSection } from './report/results.js';
import { machineSection, timeSection } from './report/time.js';

const data = pageData<ReportData>();
const parts = [
  heading(data),
  section('Learning', curveCharts(data)),
  resultsSection(data),
  worstSection(data),
  networkSection(data),
  timeSection(data),
  dataSection(data),
  machineSection(data),
  commandsSection(data),
  configSection(data),
  element(
    'footer',
    { class: 'soft' },
    element(
      'p',
      {},
      'One file without anything fetched. Every figure in it is in the events.jsonl of the run.',
    ),
  ),
];
document.body.classList.add('report');
document.getElementById('page')?.replaceChildren(...parts.filter((part) => part !== null));

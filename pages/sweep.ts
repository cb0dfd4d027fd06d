/** The page of a sweep. */
import type { SweepPageData } from '../src/sweep/page.js';
import { pageData, section } from './kit.js';
import { viewOf } from './sweep/data.js';
import { follow } from './sweep/follow.js';
import { importanceSection } from './sweep/importance.js';
import { parallelChart } from './sweep/parallel.js';
import { scatterCharts } from './sweep/scatter.js';
import { heading, trialsSection, winnerSection } from './sweep/trials.js';

const data = pageData<SweepPageData>();
const view = viewOf(data);
const parts = [
  heading(view),
  winnerSection(view),
  section('Parameters together', parallelChart(view)),
  importanceSection(view),
  section('Parameters one by one', scatterCharts(view)),
  trialsSection(view),
];
document.getElementById('page')?.replaceChildren(...parts.filter((part) => part !== null));
follow(data);

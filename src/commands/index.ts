/** The commands, in the order in which help lists them. */
import type { Command } from './command.js';
import { compare } from './compare.js';
import { crossValidate } from './cross-validate.js';
import { dataFetch } from './data-fetch.js';
import { dataShow } from './data-show.js';
import { evaluate } from './evaluate.js';
import { exportCommand } from './export.js';
import { gradcheck } from './gradcheck.js';
import { importCommand } from './import.js';
import { init } from './init.js';
import { inspect } from './inspect.js';
import { launch } from './launch.js';
import { lrFind } from './lr-find.js';
import { predict } from './predict.js';
import { prune } from './prune.js';
import { report } from './report.js';
import { runs } from './runs.js';
import { schema } from './schema.js';
import { sweep } from './sweep.js';
import { train } from './train.js';
import { verify } from './verify.js';
import { watch } from './watch.js';

export const commands: readonly Command[] = [
  init,
  train,
  launch,
  watch,
  crossValidate,
  runs,
  compare,
  sweep,
  predict,
  evaluate,
  inspect,
  report,
  prune,
  exportCommand,
  importCommand,
  verify,
  gradcheck,
  lrFind,
  dataShow,
  dataFetch,
  schema,
];

/** Commands of two words, by the first: what these are about. */
export const groups: Readonly<Record<string, string>> = { data: 'Look at data, and fetch data sets' };

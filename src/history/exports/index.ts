/** The formats of a run's history by the names they have on a command line: a name is its file's name. */
import { csv } from './csv.js';
import type { HistoryFormat } from './format.js';
import { tensorboard } from './tensorboard.js';

const members = { csv, tensorboard };
export type HistoryFormatName = keyof typeof members;
export const historyFormats: Readonly<Record<HistoryFormatName, HistoryFormat>> = members;
export const historyFormatNames = Object.keys(members) as HistoryFormatName[];

/** A run's history as a file that TensorBoard reads, in a folder of the run's name: TensorBoard joins what lies in one. */
import { join } from 'node:path';
import { boardRecord } from '../../formats/tensorboard.js';
import type { RunRecord } from '../record.js';
import { boardEvents, secondsOf } from './board-events.js';
import type { HistoryFormat } from './format.js';

export const tensorboard: HistoryFormat = {
  description: 'Curves, histograms, pictures and hyperparameters for TensorBoard.',
  output: ({ name }) => join('tensorboard', name),
  // The same for every export of the run: a later one takes an earlier one's place.
  fileIn: (run) => `events.out.tfevents.${Math.floor(beginning(run))}.gradpool`,
  encode(run) {
    const { config, epochs, insights, done } = run;
    const from = beginning(run);
    const records: Uint8Array[] = [boardRecord({ at: from, kind: 'version' })];
    const tell = boardEvents(config);
    const add = (at: number, event: Parameters<typeof tell>[1]) => {
      for (const each of tell(at, event)) records.push(boardRecord(each));
    };
    if (run.start) add(from, run.start);
    for (const epoch of epochs) add(from + epoch.trainSeconds, epoch);
    const end = secondsOf(done?.at) ?? from + (epochs.at(-1)?.trainSeconds ?? 0);
    if (insights) add(end, insights);
    if (done) add(end, done);
    return records;
  },
};

/** When it was begun the last time, in seconds since 1970; 0 where nothing says so. */
const beginning = ({ start }: RunRecord): number => secondsOf(start?.at) ?? 0;

/** Leaves `report.html` in the run's folder when the run ends. */
import { writeReport } from '../page/report.js';
import type { Context, Subscriber } from './subscriber.js';

export function openReport({ disk }: Context): Subscriber {
  let folder: string | null = null;
  return {
    tell(event) {
      if (event.event === 'start') folder = event.runDir;
    },
    async end() {
      if (folder !== null) await writeReport(folder, disk);
    },
  };
}

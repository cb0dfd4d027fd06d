/** Where the time went, what went wrong on the way, and on what machine. */
import type { ReportData } from '../../src/page/report-data.js';
import { count, duration, element, facts, megabytes, moment, section, shares, table } from '../kit.js';

export function timeSection({ done, faults, faultCount, resumed }: ReportData): HTMLElement | null {
  const time = done?.time;
  const names = {
    compute: 'computing',
    wait: 'waiting for each other',
    update: 'updates',
    other: 'other',
  } as const;
  const kinds = ['compute', 'wait', 'update', 'other'] as const;
  const bars = time && kinds.map((kind) => ({ label: names[kind], share: time[kind] }));
  return section(
    'Time and faults',
    bars === undefined ? null : shares("Where the threads' time went", bars),
    done === undefined
      ? null
      : facts({
          steps: count(done.steps),
          'rows learned from': count(done.examples),
          'training time': duration(done.trainSeconds),
          'rows a second, mean': count(Math.round(done.examplesPerSecond)),
          'most memory': megabytes(done.peakMemoryBytes),
          'ended early': done.learnedEnough ? 'it had learned enough (train.stop)' : undefined,
        }),
    resumed > 0
      ? element(
          'p',
          {},
          `It went on ${resumed === 1 ? 'once' : `${resumed} times`} after it had ended or was killed.`,
        )
      : null,
    faultCount === 0
      ? null
      : element(
          'p',
          {},
          `${count(faultCount)} worker ${faultCount === 1 ? 'failure was' : 'failures were'} survived, with unchanged results:`,
        ),
    faultCount === 0
      ? null
      : table({
          title: 'Faults',
          columns: ['when', 'step', 'worker', 'phase', 'what'],
          rows: faults.map(({ at, step, worker, phase, message }) => [
            moment(at),
            step,
            worker === null ? '–' : String(worker),
            phase,
            message,
          ]),
        }),
  );
}

export function machineSection({ start }: ReportData): HTMLElement | null {
  if (start === undefined) return null;
  const { machine } = start;
  return section(
    'Machine',
    facts({
      processor: machine?.cpu,
      'cores for it': machine?.cores,
      memory: machine && megabytes(machine.memoryBytes),
      system: machine?.platform,
      'Node.js': machine?.node,
      gradpool: machine?.gradpool,
      threads: `${start.threads}${start.threadsReason === null ? '' : ` (${start.threadsReason})`}`,
      engine: `${start.engine}${start.engineReason === null ? '' : ` (${start.engineReason})`}`,
      precision: start.precision,
      bits: start.bits ?? 'its own',
    }),
  );
}

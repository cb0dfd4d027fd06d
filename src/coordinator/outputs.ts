/** What weights that are there already make of every row of a run's data, and which units ever say anything of them. */
import type { Config } from '../config/schema.js';
import { openData } from '../data/index.js';
import { UserError } from '../errors.js';
import { availableMemory } from '../machine/memory.js';
import { atWork } from '../machine/work.js';
import { lookedRows } from '../plan/look.js';
import type { OutputsRequest, PartOutputs } from '../protocol.js';
import { notCut } from './abandon.js';
import { checkData, putWeights } from './evaluate.js';
import { lookAt } from './insights/seen.js';
import { contextOf } from './network.js';
import { Workspace } from './workspace.js';

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * @param config as it was recorded
 * @throws UserError for data that are not those of the run, that are streamed, or whose outputs there is no memory for
 */
export async function outputsOf(config: Config, request: OutputsRequest): Promise<PartOutputs[]> {
  const { threads, tensors, data, cache, watched } = request;
  atWork({ what: 'reading the data' });
  const source = await notCut(() => openData(config.data, contextOf(config, cache)));
  if (source.stream) {
    throw new UserError('data.stream: training rows of streamed data do not lie in memory to be looked at');
  }
  const workspace = await Workspace.open(config, source, threads, { weightsFollow: true });
  try {
    const { setup, split, supervisor } = workspace;
    await checkData(workspace, data, '');
    putWeights(workspace, tensors);
    const rows = PARTS.reduce((sum, part) => sum + split[part].length, 0);
    const needed = 8 * rows * (2 * setup.net.outputs + 1);
    const free = availableMemory()?.bytes ?? Number.POSITIVE_INFINITY;
    if (needed > free) {
      throw new UserError(
        `data: the outputs for its ${rows} rows need ${needed} bytes, and ${Math.floor(free)} are free`,
      );
    }
    const found: PartOutputs[] = [];
    for (const part of PARTS) {
      const all = split[part].length;
      if (all === 0) continue;
      atWork({ what: `looking at the ${part === 'train' ? 'training' : part} rows` });
      const look = lookAt(workspace, lookedRows(part, all, all), undefined, part === 'train' ? watched : []);
      await supervisor.run({ kind: 'look', look });
      found.push({ part, rows: all, outputs: look.outputs, alive: look.alive });
    }
    return found;
  } finally {
    await workspace.close();
  }
}

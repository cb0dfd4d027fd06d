/**
 * What a run needs in memory, part by part and in the user's words. Knows sizes alone, and not what there is.
 */

import { averagings } from '../averaging/index.js';
import { engineOf } from '../engines/index.js';
import { hasMatrix, lengthOf, type Network } from '../model/network.js';
import type { GradcheckOptions } from '../protocol.js';
import type { ArenaPlan } from '../shared/arena.js';
import type { LayoutRequest } from './layout.js';

/**
 * What a pool's thread takes beside the shared memory: its heap and stack, the modules. 11 to 13 MiB were
 * measured (Node 20, Linux x64, 1 to 16 threads). The coordinator needs about 10 MiB more than it has when this is looked
 * at: for the pool, messages and the report.
 */
const THREAD_BYTES = 16 * 2 ** 20;
/**
 * Copies of the parameters and the optimizer's state that the coordinator keeps: the last good ones, to recover with,
 * the best, those that a checkpoint is being written from, and those of one that waits for the disk.
 */
const KEPT_COPIES = 4;
/** Copies of the parameters that are made as a run ends: the tensors, the message that carries them, the caller's. */
const RESULT_COPIES = 3;
/** Row numbers, which a split draws for all rows before it cuts the parts from them. */
const ROW_BYTES = 4;

export interface Part {
  /** In the user's words, e.g. `gradients`. */
  readonly what: string;
  /** Bytes in the shared memory. */
  readonly shared: number;
  /** Bytes beside it. */
  readonly own: number;
  /** How many times the same these bytes are, e.g. 8 `shards`. */
  readonly times: number;
  readonly unit?: string;
  /** What would make it smaller, naming the configuration's keys. */
  readonly help: string;
}

/** All parts of a run, of which the plan holds the shared ones. */
export function partsOf(plan: ArenaPlan, request: LayoutRequest, check?: readonly Part[]): Part[] {
  const { net, engine, source, batchSize, shards, averaging, threads, optimizerSlots: slots } = request;
  const { storesShards } = averagings[averaging];
  const planned = plan.groups();
  const part = (what: string, times: number, unit: string, help: string, own = 0): Part => {
    return { what, shared: planned.get(what) ?? 0, own, times, unit, help };
  };
  const halvable =
    engine.precision === 'float64' && engineOf(engine.name).precision === undefined && check === undefined;
  const orHalf = (help: string) => (halvable ? `${help}, model.precision: float32` : help);
  const narrower = orHalf(narrowest(net));
  const fewerShards = orHalf('train.averaging: slices, fewer train.shards');
  const vector = net.parameters * engine.bytes;
  const copies = KEPT_COPIES * (1 + slots) + RESULT_COPIES;
  // What workers copy to while they train; with slices the parameters go where gradients would, where no step needs these.
  const inMemory = slots + (storesShards || request.clipsNorm ? 1 : 0);
  const fewerThreads = 'fewer threads (--threads)';
  const smallerBatch = check ? 'fewer --rows' : 'a smaller train.batchSize';
  const { train, validation, test } = source.parts;
  // Of rows that are streamed only those that are not have a number.
  const drawn =
    ROW_BYTES * (source.stream ? 2 * (validation + test) : source.rows + train + validation + test);
  const mostRows = Math.max(validation, test);
  const fewerRows = source.stream
    ? 'a smaller data.stream.window, fewer rows for validation and test (data.split)'
    : 'files with fewer rows (data.path)';
  return [
    part('parameters', net.parameters, '', narrower),
    part('optimizer state', slots, 'vectors', narrower),
    storesShards
      ? part('gradients', shards, 'shards', shards > 1 ? fewerShards : narrower)
      : part('gradients', net.parameters, '', narrower),
    part('data', source.rows, 'rows', fewerRows),
    part('minibatch and activations', batchSize, 'rows', orHalf(smallerBatch)),
    part('evaluation', threads, 'threads', `${fewerThreads}, ${narrower}`),
    part(
      'rows and orders',
      source.rows,
      'rows',
      source.stream ? fewerRows : `a smaller data.split.train, ${fewerRows}`,
      drawn,
    ),
    part(
      'ranked rows',
      mostRows,
      'rows',
      'fewer rows for validation and test (data.split), train.validate.metrics that do not rank rows',
      // Sorting copies what lies in shared memory.
      (planned.get('ranked rows') ?? 0) > 0 ? 8 * mostRows * threads : 0,
    ),
    part('threads', threads, '', fewerThreads, threads * THREAD_BYTES),
    part('coordination', 1, '', 'a machine with more memory', THREAD_BYTES),
    part(
      'copies of the parameters',
      check ? inMemory : inMemory + copies,
      '',
      narrower,
      check ? 0 : copies * vector,
    ),
    ...(check ?? []),
  ];
}

/** The hidden dense layer that the most weights lead to and from. */
function narrowest({ layers }: Network): string {
  const weighted = layers.filter(hasMatrix);
  const sizes = weighted.map(({ tensors }) => lengthOf(tensors));
  const hidden = sizes.slice(0, -1).map((n, l) => n + sizes[l + 1]);
  const l = hidden.indexOf(Math.max(...hidden));
  return l < 0 ? 'rows with fewer values (data.path)' : `fewer model.layers.${weighted[l].place}.units`;
}

/** What gradcheck.ts and numeric.ts allocate for `rows` rows, beside what a workspace has. */
export function partsOfCheck(net: Network, rows: number, { threads, sample }: GradcheckOptions): Part[] {
  const most = sample ?? Number.POSITIVE_INFINITY;
  const checked = net.layers.map(({ tensors }) => Math.min(most, lengthOf(tensors)));
  const n = checked.reduce((sum, each) => sum + each, 0);
  // Both gradients, and the order in which parameters are drawn; for each of those to check its index, twice in lists, and
  // its derivative, that one's error and whether it was at a kink, as workers find them and as they are kept; once more
  // for the layer that is being compared, with backpropagation's side.
  const found = 4 + 8 + 8 + 1;
  const kept = 4 + 8 + 8;
  const compared = net.parameters * (8 + 8 + 4) + n * (4 + found + kept) + Math.max(...checked) * (8 + found);
  const units = net.layers.reduce((sum, layer) => sum + layer.outputs, 0);
  // Values, and an object a row.
  const probe = 8 * (rows * (net.inputs + net.outputs + 2 * units) + 2 * units) + rows * 256;
  return [
    {
      what: 'gradients to compare',
      shared: 0,
      own: compared,
      times: net.parameters,
      help: n < net.parameters ? narrowest(net) : `--sample, ${narrowest(net)}`,
    },
    {
      what: 'numeric gradients',
      shared: 0,
      own: threads * probe,
      times: threads,
      unit: 'threads',
      help: 'fewer --rows, fewer threads (--threads)',
    },
  ];
}

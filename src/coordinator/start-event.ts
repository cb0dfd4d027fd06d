/** What a run is, as its first event tells it. */
import type { Config } from '../config/schema.js';
import { narrowed } from '../data/each.js';
import { type EngineName, engineOf } from '../engines/index.js';
import { intervalOf } from '../interval.js';
import { machineFacts } from '../machine/facts.js';
import { widthsOf } from '../model/network.js';
import { scaledTargets } from '../preprocess/units.js';
import type { DoneEvent, EngineFacts, StartEvent } from '../protocol.js';
import { decayNotes, scheduleNotes } from './idle-notes.js';
import { splitHash } from './provenance.js';
import type { Workspace } from './workspace.js';

/** @param facts what neither the workspace nor the configuration knows @param version of gradpool */
export function startEvent(
  workspace: Workspace,
  config: Config,
  facts: Pick<StartEvent, 'activeThreads' | 'stepsPerEpoch' | 'initFrom' | 'runDir' | 'hosts'>,
  version: string,
): StartEvent {
  const { setup, source, split, threads, threadsReason, objective, sampling } = workspace;
  const { net } = setup;
  const every = intervalOf(config.train.validate.every, facts.stepsPerEpoch);
  const notes = [
    ...(source.notes ?? []),
    ...decayNotes(net, config.optimizer),
    ...scheduleNotes(setup.optimizer, facts.stepsPerEpoch, setup.steps, every.steps),
  ];
  return {
    event: 'start',
    at: new Date().toISOString(),
    machine: machineFacts(version),
    name: config.name,
    seed: config.seed,
    ...engineFacts(workspace),
    precision: setup.precision,
    threads,
    threadsReason,
    activeThreads: facts.activeThreads,
    ...(facts.hosts && { hosts: facts.hosts }),
    shards: setup.shards,
    batchSize: setup.batchSize,
    ...(setup.accumulate && { accumulate: setup.accumulate }),
    epochs: config.train.epochs,
    stepsPerEpoch: facts.stepsPerEpoch,
    network: widthsOf(net),
    parameters: net.parameters,
    trainRows: setup.trainRows,
    validationRows: split.validation.length,
    testRows: split.test.length,
    metrics: setup.evaluated.metrics.map(({ name }) => name),
    ...weightedIn(workspace, config),
    ...(sampling?.needs === 'classes' && { balanced: true as const }),
    ...(sampling?.told && { sampling: sampling.told }),
    monitor: objective.monitor,
    unusedRows: split.unused ?? 0,
    ...(source.dropped && { droppedRows: source.dropped }),
    ...(notes.length > 0 && { notes }),
    ...(source.columns && { columns: source.columns }),
    ...scaledOf(workspace),
    ...(facts.initFrom && { initFrom: facts.initFrom }),
    splitHash: splitHash(workspace),
    runDir: facts.runDir,
  };
}

/** What counts more or less in the loss, if anything does. */
function weightedIn({ source }: Workspace, { train }: Config): Pick<StartEvent, 'weighted'> {
  const weighted: NonNullable<StartEvent['weighted']> = [];
  if (source.hasWeights) weighted.push('rows');
  if (train.classWeights !== undefined) weighted.push('classes');
  return weighted.length > 0 ? { weighted } : {};
}

/** The scaled targets as events tell of them. */
export function scaledOf({ source }: Workspace): Pick<DoneEvent, 'scaledTargets'> {
  const { preprocessing, each } = source;
  const own = preprocessing && each ? narrowed(preprocessing, each) : preprocessing;
  const names = scaledTargets(own?.target);
  return names.length > 0 ? { scaledTargets: names } : {};
}

/** The engine as events tell of it. */
export function engineFacts({ engine: { choice, reason } }: Workspace): EngineFacts {
  return {
    engine: choice.name as EngineName,
    engineReason: reason ?? null,
    bits: engineOf(choice.name).bits?.() ?? null,
  };
}

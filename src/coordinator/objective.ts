/**
 * What validations decide: which weights are the best, and whether the run has learned enough. One figure of the
 * validation rows decides both.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.js';
import type { DataSource } from '../data/source.js';
import { didYouMean, shortened, UserError } from '../errors.js';
import { type ActivationName, activations } from '../model/activations/index.js';
import { losses } from '../model/losses/index.js';
import { isTable, metricNames, metricOf } from '../model/metrics/index.js';
import { type LearningTask, learningTask } from '../model/metrics/task.js';
import { type ScheduleSpec, watches } from '../optimizers/schedules/index.js';
import { defaultsOf, type Spec } from '../options.js';
import type { Evaluated } from '../plan/evaluation.js';
import type { RunState } from '../runs/state.js';
import type { Evaluation } from './evaluation.js';

/** What is read of a configuration. */
export type ObjectiveConfig = Pick<Config, 'loss'> & {
  readonly optimizer?: { readonly name?: string; readonly schedule?: ScheduleSpec };
  readonly train: Pick<Config['train'], 'validate' | 'stop'>;
  readonly model?: Outputs['model'];
};

/** What outputs are made by. */
type Outputs = Pick<Config, 'loss'> & {
  readonly model?: { readonly layers: readonly { readonly name: string }[] };
};

/** What metrics a network can have depends on. */
interface Ground {
  readonly task: LearningTask;
  /** A row. */
  readonly outputs: number;
  /** Metrics of the loss, whose options stand where nothing is said. */
  readonly own: readonly Spec[];
  /** What makes outputs that are no probabilities; undefined: they are some. */
  readonly unlikely: string | undefined;
  /** How many outputs each target has. */
  readonly each: number;
}

/** The monitored figure, and how two of it are compared. */
export class Objective {
  /** +1 where higher is better, −1 where lower is. */
  readonly sign: 1 | -1;
  readonly #minDelta: number;
  readonly #patience: number;

  /** @param monitor `loss`, or the name of a metric that is a number */
  constructor(
    readonly monitor: string,
    stop: Config['train']['stop'],
  ) {
    this.sign = monitor !== 'loss' && metricOf(monitor).better === 'higher' ? 1 : -1;
    this.#minDelta = stop?.minDelta ?? 0;
    this.#patience = stop?.patience ?? Number.POSITIVE_INFINITY;
  }

  /** The monitored figure; null where there are no rows or it is undefined. */
  valueOf({ loss, metrics }: Pick<Evaluation, 'loss' | 'metrics'>): number | null {
    const value = this.monitor === 'loss' ? loss : metrics[this.monitor];
    return typeof value === 'number' ? value : null;
  }

  /** Strictly better: of equals the earliest is the best. */
  isBetter(value: number, than: number | null): boolean {
    return than === null || this.sign * value > this.sign * than;
  }

  /** Counts a validation: what comes next must be better than the last improvement by more than minDelta. */
  count(value: number, before: RunState['improvement']): NonNullable<RunState['improvement']> {
    if (before === null || this.sign * value > this.sign * before.value + this.#minDelta) {
      return { value, misses: 0 };
    }
    return { value: before.value, misses: before.misses + 1 };
  }

  /** Whether so many validations in a row brought nothing better that the run ends. */
  isReached(improvement: RunState['improvement']): boolean {
    return (improvement?.misses ?? 0) >= this.#patience;
  }

  /** Whether targets can leave the figure undefined. */
  get mayBeUndefined(): boolean {
    return this.monitor !== 'loss' && metricOf(this.monitor).mayBeUndefined === true;
  }

  /** @throws UserError where the figure is undefined on the validation rows, whatever the weights are */
  refuseUndefined(evaluation: Evaluation): void {
    if (this.valueOf(evaluation) !== null) return;
    throw new UserError(
      `train.validate.monitor: "${this.monitor}" is undefined on the validation rows ` +
        `(${evaluation.reasons[this.monitor]}), so no weights could be the best by it; expected another figure, e.g. "loss"`,
    );
  }
}

/**
 * What a run evaluates: the metrics that were asked for, or the task's usual ones, and the monitored one.
 * @throws UserError for metrics that the task does not have, and for what needs validation rows where there are none
 */
export function objectiveOf(
  config: ObjectiveConfig,
  { targets, outputs, parts, hasWeights }: Pick<DataSource, 'targets' | 'outputs' | 'parts' | 'hasWeights'>,
): { evaluated: Evaluated; objective: Objective } {
  const { loss, optimizer, train } = config;
  const { validate, stop } = train;
  const task = learningTask(losses[loss.name], targets.kind, outputs);
  const ground = groundOf(config, task, outputs);
  const { own } = ground;
  const asked = (where: string, metric: string | Spec) => specOf(where, metric, ground);
  const wanted = validate.metrics?.map((metric) => asked('train.validate.metrics', metric));
  const usual = suited(ground).filter(({ name }) => metricOf(name).usual);
  const specs = wanted ?? [...own.filter(({ name }) => metricOf(name).tasks.includes(task)), ...usual];
  const { monitor } = validate;
  if (monitor !== 'loss') {
    const where = 'train.validate.monitor';
    const spec = asked(where, monitor);
    if (metricOf(monitor).better === null) {
      const instead = ['loss', ...suited(ground).map(({ name }) => name)].filter((name) => !isTable(name));
      throw new UserError(
        `${where}: "${monitor}" is a table, of which none is the best; expected ${listed(instead)}`,
      );
    }
    // As it was asked for among the metrics, if it was.
    if (!specs.some(({ name }) => name === monitor)) specs.push(spec);
  }
  const wanting = [
    stop && 'train.stop',
    optimizer?.schedule && watches(optimizer.schedule) && 'optimizer.schedule',
    monitor !== 'loss' && 'train.validate.monitor',
  ].find(Boolean);
  if (parts.validation === 0 && wanting) {
    const where = wanting;
    throw new UserError(
      `${where}: needs validation rows, and there are none; set data.split.validation, or leave ${where} out`,
    );
  }
  const metrics = [...new Map(specs.map((spec) => [spec.name, spec])).values()];
  const twice = specs.find((spec) => !metrics.some((other) => isDeepStrictEqual(spec, other)));
  if (twice !== undefined) {
    throw new UserError(
      `train.validate.metrics: expected "${twice.name}" once, got it twice with different options, and figures are told by their names`,
    );
  }
  const weighted = hasWeights === true;
  return { evaluated: { task, metrics, weighted }, objective: new Objective(monitor, stop) };
}

function groundOf(config: Outputs, task: LearningTask, outputs: number): Ground {
  // Those that say more of what the loss learns than the usual ones.
  const own = losses[config.loss.name].metrics?.(config.loss as never) ?? [];
  const { length: each } = losses[config.loss.name].each?.(config.loss as never) ?? [''];
  return { task, outputs, own, unlikely: unlikelyOf(config), each };
}

function unlikelyOf({ loss, model }: Outputs): string | undefined {
  if (losses[loss.name].ranks) return `the loss "${loss.name}"`;
  const last = model?.layers.at(-1);
  if (last === undefined) return undefined;
  const { activation } = last as { readonly activation?: { readonly name: ActivationName } };
  if (activation === undefined) return `the last layer "${last.name}"`;
  return activations[activation.name].probabilities
    ? undefined
    : `the output activation "${activation.name}"`;
}

/** All that `evaluate` tells: what makes sense for the task, but for what only some losses are about. */
export function allMetrics(config: Outputs, task: LearningTask, outputs: number): Spec[] {
  const ground = groundOf(config, task, outputs);
  return suited(ground).flatMap((spec) => {
    const asked = ground.own.find(({ name }) => name === spec.name);
    return asked ?? (metricOf(spec.name).asked ? [] : spec);
  });
}

/** The metrics for a task of so many outputs, with their defaults. */
const suited = ({ task, outputs, unlikely, each }: Ground): Spec[] =>
  metricNames
    .map((name) => withDefaults({ name }))
    .filter((spec) => {
      const { tasks, refuse, probabilities, each: forEach } = metricOf(spec.name);
      if ((probabilities && unlikely !== undefined) || (each > 1 && !forEach)) return false;
      return tasks.includes(task) && refuse?.(outputs, spec) === undefined;
    });

const withDefaults = (spec: Spec): Spec => ({ ...defaultsOf(metricOf(spec.name)?.options), ...spec });

const listed = (names: readonly string[]): string => {
  const quoted = names.map((name) => `"${name}"`);
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ');
};

/** @throws UserError where there is no such metric, or not for this task or these outputs */
function specOf(where: string, metric: string | Spec, ground: Ground): Spec {
  const { task, outputs, own, unlikely, each } = ground;
  const named = typeof metric === 'string' ? { name: metric } : metric;
  const spec = withDefaults({ ...own.find((one) => one.name === named.name), ...named });
  const { name } = spec;
  const names = suited(ground).map((one) => one.name);
  const expected = listed(
    where.endsWith('monitor') ? ['loss', ...names.filter((one) => !isTable(one))] : names,
  );
  if (!Object.hasOwn(Object.fromEntries(metricNames.map((one) => [one, true])), name)) {
    const hint = didYouMean(name, names);
    throw new UserError(`${where}: expected ${expected}, got "${shortened(name)}"${hint}`);
  }
  const { tasks, refuse, probabilities, each: forEach } = metricOf(name);
  if (!tasks.includes(task)) {
    throw new UserError(
      `${where}: "${name}" is not for ${task}, which this loss and these targets are; expected ${expected}`,
    );
  }
  if (probabilities && unlikely !== undefined) {
    throw new UserError(
      `${where}: "${name}" needs probabilities, and with ${unlikely} outputs are none; expected ${expected}`,
    );
  }
  if (each > 1 && !forEach) {
    throw new UserError(
      `${where}: "${name}" is of one output for each target, and this loss has ${each}; expected ${expected}`,
    );
  }
  const refused = refuse?.(outputs, spec);
  if (refused !== undefined) throw new UserError(`${where}: "${name}": ${refused}`);
  return spec;
}

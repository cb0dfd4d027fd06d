/** A run's events as those of TensorBoard: what a tag is called, and which hyperparameters there are. */
import type { TrainEvent } from '../../events.js';
import { encodePng } from '../../formats/png-write.js';
import {
  type BoardEvent,
  type Hyperparameter,
  SessionStatus,
  type SummaryValue,
} from '../../formats/tensorboard.js';
import type { InsightsEvent } from '../../insights.js';
import { numbersOf } from '../compared-run.js';
import { leavesOf } from '../differences.js';
import { type Point, pointOf, speeds } from '../speed.js';

/** ISO 8601 in seconds since 1970. */
export function secondsOf(at: string | undefined): number | undefined {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

/**
 * A function that makes of each event of a run what TensorBoard is told, in the events' order. Steps are the optimizer's.
 * @param config with all defaults: its keys are the hyperparameters
 */
export function boardEvents(config: unknown): (at: number, event: TrainEvent) => BoardEvent[] {
  let step = 0;
  /** The last epoch; undefined: the run went on, and what was before is not told again. */
  let before: Point | undefined = { examples: 0, seconds: 0 };
  // A figure that was not finite stands as null in a file of events.
  const isThere = (value: SummaryValue) => !('scalar' in value) || typeof value.scalar === 'number';
  const values = (at: number, all: readonly SummaryValue[]): BoardEvent[] => {
    const some = all.filter(isThere);
    return some.length === 0 ? [] : [{ at, step, kind: { values: some } }];
  };
  return (at, event) => {
    switch (event.event) {
      case 'start':
        return [{ at, kind: { values: [{ begin: { at, hyperparameters: hyperparametersOf(config) } }] } }];
      case 'resume':
        if (event.step > 0) before = undefined;
        // What stands at the step itself was told before its checkpoint was written.
        return [{ at, step: event.step + 1, kind: 'restart' }];
      case 'epoch': {
        ({ step } = event);
        const now = pointOf(event);
        const [speed] = before === undefined ? [null] : speeds([now], before);
        before = now;
        return values(at, [
          { tag: 'loss/train', scalar: event.trainLoss },
          ...scalars('validation', event.validLoss, event.validMetrics),
          { tag: 'learning_rate', scalar: event.learningRate },
          ...(speed === null ? [] : [{ tag: 'examples_per_second', scalar: speed }]),
        ]);
      }
      case 'insights':
        return values(at, insightsOf(event));
      case 'done': {
        step = event.steps;
        const status = event.stopped ? SessionStatus.failure : SessionStatus.success;
        return [
          ...values(at, scalars('test', event.testLoss, event.testMetrics)),
          { at, kind: { values: [{ end: { at, status } }] } },
        ];
      }
      default:
        return [];
    }
  };
}

/** `accuracy/validation`: TensorBoard draws what is before the stroke in one place. */
const scalars = (part: string, ...figures: Parameters<typeof numbersOf>): SummaryValue[] =>
  Object.entries(numbersOf(...figures)).map(([name, scalar]) => ({ tag: `${name}/${part}`, scalar }));

/**
 * The configuration's keys. TensorBoard leaves out a run in which a key has another type than elsewhere, so that each has
 * one: what says how data are read is text, whatever it is, and a number of units that is `auto` is left out.
 */
export function hyperparametersOf(config: unknown): Record<string, Hyperparameter> {
  const found: Record<string, Hyperparameter> = {};
  for (const [key, value] of leavesOf('', config)) {
    const isText = key.startsWith('data.') && !key.startsWith('data.split.');
    const written = typeof value === 'string' ? value : JSON.stringify(value);
    if (value === null || written === undefined) continue;
    if (isText) found[key] = written;
    else if (typeof value === 'number' || typeof value === 'boolean') found[key] = value;
    else if (!key.endsWith('.units')) found[key] = written;
  }
  return found;
}

function insightsOf({ layers, filters, worst }: InsightsEvent): SummaryValue[] {
  const values: SummaryValue[] = [];
  for (const { layer, weights, gradients } of layers) {
    values.push({ tag: `weights/${layer}`, histogram: weights });
    if (gradients) values.push({ tag: `gradients/${layer}`, histogram: gradients });
  }
  if (filters) values.push({ tag: 'filters', picture: filterPicture(filters) });
  for (const [k, { picture }] of worst.entries()) {
    if (!picture) continue;
    const { width, height, channels } = picture;
    const png = encodePng(width, height, channels, Buffer.from(picture.bytes, 'base64'));
    values.push({ tag: `worst/${k + 1}`, picture: { width, height, channels, png } });
  }
  return values;
}

/** Each unit's weights side by side, one dark pixel between them: 0 is grey, the largest size is black or white. */
function filterPicture({ width, height, channels, units }: NonNullable<InsightsEvent['filters']>) {
  const across = Math.ceil(Math.sqrt(units.length));
  const down = Math.ceil(units.length / across);
  const whole = { width: across * (width + 1) - 1, height: down * (height + 1) - 1, channels };
  const bytes = new Uint8Array(whole.width * whole.height * channels);
  for (const [u, weights] of units.entries()) {
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
    const left = (u % across) * (width + 1);
    const top = Math.floor(u / across) * (height + 1);
    for (let y = 0; y < height; y++) {
      const line = ((top + y) * whole.width + left) * channels;
      for (let k = 0; k < width * channels; k++) {
        bytes[line + k] = Math.round(127.5 + (127.5 * weights[y * width * channels + k]) / largest);
      }
    }
  }
  return { ...whole, png: encodePng(whole.width, whole.height, channels, bytes) };
}

/**
 * What a diagnosis means to the user, in two sentences: where a number stopped being finite, and what to change. Knows
 * rules of thumb, and nothing of how a diagnosis is made.
 */

import { type ActivationName, activations } from '../model/activations/index.js';
import { defaultInitializer, type InitSpec, initializers } from '../model/init/index.js';
import type { Layer } from '../model/layers/layer.js';
import { losses } from '../model/losses/index.js';
import type { Setup } from '../plan/task.js';
import type { Diagnosis, Finding } from '../worker/diagnose.js';

/** What the advice depends on. */
export type Circumstances = Pick<Setup, 'precision' | 'optimizer' | 'loss' | 'net' | 'init' | 'exchange'>;

/**
 * A run that passes every bound within so few steps has grown by a factor of tens in each of them: far beyond what a
 * tenth of the rate would tame.
 */
const FEW_STEPS = 20;
/** Inputs and targets up to here in size are left alone. */
const USUAL_SIZE = 10;
const MOST_HINTS = 2;

/** Two sentences for the user: where, and what to do. */
export function advice(setup: Circumstances, diagnosis: Diagnosis): string {
  const { first, step } = diagnosis;
  if (first === null && setup.exchange?.order === 'half') {
    return (
      `In step ${step + 1} a number became infinite that is finite when the step is repeated: what hosts send each other ` +
      'with train.exchange: half is rounded, and at most 3.39e+38. Set train.exchange to fixed, and lower ' +
      `optimizer.learningRate from ${setup.optimizer.learningRate} where that does not help.`
    );
  }
  if (first === null) {
    return `In step ${step + 1} every number is finite when it is repeated. Please report this with the run's folder.`;
  }
  const hints = hintsFor(setup, diagnosis, first).slice(0, MOST_HINTS).join(', and ');
  return `In step ${step + 1} ${where(first)}. ${hints[0].toUpperCase()}${hints.slice(1)}.`;
}

/** `an output of layer2 (row 17 of the data, unit 4) became Infinity; what it was made from reached 3.14e+38` */
function where({ what, layer, tensor, index, dataRow, value, before }: Finding): string {
  const place = {
    parameters: `a ${tensor} of ${layer}`,
    inputs: 'an input',
    targets: 'a target',
    outputs: `an output of ${layer}`,
    loss: 'the loss',
    delta: `a derivative by the sums of ${layer}`,
    gradient: `the gradient of a ${tensor} of ${layer}`,
    update: `a new ${tensor} of ${layer}`,
    state: `what the optimizer keeps for a ${tensor} of ${layer}`,
  }[what];
  const given = what === 'parameters' || what === 'inputs' || what === 'targets';
  const column = what === 'inputs' ? 'column' : 'unit';
  const at =
    tensor !== null && index.length === 2
      ? [`input ${index[0]}`, `unit ${index[1]}`]
      : tensor !== null
        ? [`unit ${index[0]}`]
        : [
            ...(dataRow === null ? [] : [`row ${dataRow} of the data`]),
            ...(index.length < 2 ? [] : [`${column} ${index[1]}`]),
          ];
  const exactly = at.length === 0 ? '' : ` (${at.join(', ')})`;
  const largest = given ? 'the largest of the others is' : 'what it was made from reached';
  return `${place}${exactly} ${given ? 'is' : 'became'} ${value}; ${largest} ${short(before)}`;
}

/** What to change, the likeliest first. */
function hintsFor(setup: Circumstances, diagnosis: Diagnosis, { what, value }: Finding): string[] {
  const { precision, loss } = setup;
  const { learningRate } = setup.optimizer;
  const { step, inputs, targets } = diagnosis;
  const wider = precision === 'float32' && !Number.isNaN(value) ? ['use model.precision: float64'] : [];
  if (what === 'inputs' || what === 'targets') {
    return [`mend or leave out this row of the data`, ...wider];
  }
  const factor = step < FEW_STEPS ? 100 : 10;
  const slower = `lower optimizer.learningRate from ${learningRate} to about ${short(learningRate / factor)}`;
  const narrower = narrowerInit(setup.net.layers, setup.init);
  const smaller = [
    ...(losses[loss.name].targets === 'values' && targets > USUAL_SIZE ? [scale('targets', targets)] : []),
    ...(inputs > USUAL_SIZE ? [scale('inputs', inputs)] : []),
  ];
  if (what === 'parameters') return ['begin with parameters that are finite', slower];
  // Nothing has been learned yet: the rate is to blame for the update alone.
  if (step === 0 && what !== 'update' && what !== 'state') return [...narrower, ...smaller, ...wider, slower];
  return [slower, ...narrower, ...smaller, ...wider];
}

function scale(what: string, largest: number): string {
  return `scale the ${what}, which reach ${short(largest)}, to about −1 … 1`;
}

/**
 * For the first layer whose weights have a range that was written for layers of any size, and that is wider than what
 * keeps the size of numbers from layer to layer.
 */
function narrowerInit(layers: readonly Layer[], init: InitSpec): string[] {
  for (const { name, index, inputs, outputs, options, tensors } of layers) {
    if (tensors.length === 0 || tensors[0].shape.length < 2) continue;
    const own = (options.init as InitSpec | undefined) ?? init;
    const member = initializers[own.name];
    const given = member.anySize && member.bound?.(inputs, outputs, own as never);
    const follows = layers[index + 1]?.options.activation as { name: ActivationName } | undefined;
    const better = (follows && activations[follows.name].init) ?? defaultInitializer;
    const range = initializers[better].bound?.(inputs, outputs, {});
    if (given === undefined || range === undefined || given <= range) continue;
    return [
      `draw the weights of ${name} with init ${better} (here a range of ${short(range)}) instead of ${own.name} with a ` +
        `range of ${given}`,
    ];
  }
  return [];
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

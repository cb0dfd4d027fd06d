/** What a run says of its model in the file of its weights, so that this file alone is enough to predict. */
import type { Config } from '../config/schema.js';
import { preprocessingOf } from '../data/source.js';
import { DESCRIPTION_FORMAT, type ModelDescription } from '../predict/description.js';
import type { Validation } from '../runs/state.js';
import { layersOf } from './network.js';
import type { Workspace } from './workspace.js';

/** @param best the validation of these weights, if there was any, and after which step it was */
export function describeModel(
  { name, model, loss }: Config,
  { setup, source, objective }: Workspace,
  best: { readonly step: number; readonly validation: Validation | undefined },
): ModelDescription {
  const { net, evaluated, precision } = setup;
  return {
    format: DESCRIPTION_FORMAT,
    name,
    precision,
    inputs: net.inputs,
    outputs: net.outputs,
    layers: layersOf(model, source),
    loss,
    task: evaluated.task,
    preprocessing: preprocessingOf(source),
    best: {
      step: best.step,
      monitor: objective.monitor,
      loss: best.validation?.loss ?? null,
      metrics: best.validation?.metrics ?? {},
    },
  };
}

/** The activations by the names they have in a configuration: a name is its file's name. */
import type { Activation } from './activation.js';
import { elu } from './elu.js';
import { gelu } from './gelu.js';
import { leakyRelu } from './leaky-relu.js';
import { linear } from './linear.js';
import { relu } from './relu.js';
import { sigmoid } from './sigmoid.js';
import { silu } from './silu.js';
import { softmax } from './softmax.js';
import { softplus } from './softplus.js';
import { tanh } from './tanh.js';

/** With the types of their options. */
export const activationMembers = {
  elu,
  gelu,
  'leaky-relu': leakyRelu,
  linear,
  relu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
};

export type ActivationName = keyof typeof activationMembers;
export const activations: Readonly<Record<ActivationName, Activation>> = activationMembers;
export const activationNames = Object.keys(activations) as ActivationName[];
/** The one that changes nothing. */
export const identity = activationNames.find((name) => activations[name].identity) as ActivationName;

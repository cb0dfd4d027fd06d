/** The activations by the names they have in a configuration: a name is its file's name. */
import type { Activation } from './activation.js';
import { elu } from './elu.js';
import { exponential } from './exponential.js';
import { gelu } from './gelu.js';
import { geluTanh } from './gelu-tanh.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { hardTanh } from './hard-tanh.js';
import { leakyRelu } from './leaky-relu.js';
import { linear } from './linear.js';
import { logSoftmax } from './log-softmax.js';
import { mish } from './mish.js';
import { relu } from './relu.js';
import { relu6 } from './relu6.js';
import { selu } from './selu.js';
import { sigmoid } from './sigmoid.js';
import { silu } from './silu.js';
import { softmax } from './softmax.js';
import { softplus } from './softplus.js';
import { softsign } from './softsign.js';
import { tanh } from './tanh.js';

/** With the types of their options. */
export const activationMembers = {
  elu,
  exponential,
  gelu,
  'gelu-tanh': geluTanh,
  'hard-sigmoid': hardSigmoid,
  'hard-tanh': hardTanh,
  'leaky-relu': leakyRelu,
  linear,
  'log-softmax': logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
};

export type ActivationName = keyof typeof activationMembers;
export const activations: Readonly<Record<ActivationName, Activation>> = activationMembers;
export const activationNames = Object.keys(activations) as ActivationName[];
/** The one that changes nothing. */
export const identity = activationNames.find((name) => activations[name].identity) as ActivationName;

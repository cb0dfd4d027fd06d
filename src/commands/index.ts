/** The commands, in the order in which help lists them. */
import type { Command } from './command.js';
import { evaluate } from './evaluate.js';
import { gradcheck } from './gradcheck.js';
import { inspect } from './inspect.js';
import { predict } from './predict.js';
import { schema } from './schema.js';
import { train } from './train.js';
import { verify } from './verify.js';

export const commands: readonly Command[] = [train, predict, evaluate, inspect, verify, gradcheck, schema];

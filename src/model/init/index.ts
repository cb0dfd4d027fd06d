/** The initializers by the names they have in a configuration: a name is its file's name. */
import { glorotNormal } from './glorot-normal.js';
import { glorotUniform } from './glorot-uniform.js';
import { heNormal } from './he-normal.js';
import { heUniform } from './he-uniform.js';
import type { Initializer } from './init.js';
import { uniform } from './uniform.js';

const members = {
  'glorot-normal': glorotNormal,
  'glorot-uniform': glorotUniform,
  'he-normal': heNormal,
  'he-uniform': heUniform,
  uniform,
} satisfies Record<string, Initializer>;

export type InitializerName = keyof typeof members;
export const initializers: Readonly<Record<InitializerName, Initializer>> = members;
export const initializerNames = Object.keys(initializers) as InitializerName[];

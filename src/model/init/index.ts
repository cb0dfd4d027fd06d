/** The initializers by the names they have in a configuration: a name is its file's name. */
import { constant } from './constant.js';
import { file } from './file.js';
import { glorotNormal } from './glorot-normal.js';
import { glorotUniform } from './glorot-uniform.js';
import { heNormal } from './he-normal.js';
import { heUniform } from './he-uniform.js';
import type { Initializer } from './init.js';
import { lecunNormal } from './lecun-normal.js';
import { lecunUniform } from './lecun-uniform.js';
import { normal } from './normal.js';
import { orthogonal } from './orthogonal.js';
import { truncatedNormal } from './truncated-normal.js';
import { uniform } from './uniform.js';

/** With the types of their options. */
export const initializerMembers = {
  constant,
  file,
  'glorot-normal': glorotNormal,
  'glorot-uniform': glorotUniform,
  'he-normal': heNormal,
  'he-uniform': heUniform,
  'lecun-normal': lecunNormal,
  'lecun-uniform': lecunUniform,
  normal,
  orthogonal,
  'truncated-normal': truncatedNormal,
  uniform,
};

export const defaultInitializer = 'glorot-uniform';

export type InitializerName = keyof typeof initializerMembers;
export const initializers: Readonly<Record<InitializerName, Initializer>> = initializerMembers;
export const initializerNames = Object.keys(initializers) as InitializerName[];

/** How weights are drawn: the initializer's name and its own options. */
export interface InitSpec {
  readonly name: InitializerName;
  readonly [option: string]: unknown;
}

/** The formulas of layers that have operations of their own, by the layers' names. */
import { batchNorm } from './batch-norm.js';
import { dropout } from './dropout.js';
import type { Formula, OpsOf } from './formula.js';
import { layerNorm } from './layer-norm.js';

const members = { 'layer-norm': layerNorm, 'batch-norm': batchNorm, dropout };

type Members = typeof members;

/** What an engine offers for each of them. */
export type LayersOps = { readonly [Name in keyof Members]: OpsOf<Members[Name]> };

// biome-ignore lint/suspicious/noExplicitAny: an engine binds all of them alike; LayersOps says what each takes.
export const layerFormulas: Readonly<Record<keyof Members, Readonly<Record<string, Formula<any>>>>> = members;

/** What is wrong between values of a configuration that are right one by one. */
import { engineOf } from '../engines/index.js';
import { activations, identity } from '../model/activations/index.js';
import { losses } from '../model/losses/index.js';
import type { Precision } from '../model/precision.js';
import { families } from './families.js';
import type { Member, Registry } from './spec.js';
import type { Path } from './yaml.js';

export interface Wrong {
  readonly path: Path;
  /** What was expected, what came, and what to do. */
  readonly message: string;
}

/** What a layer may say, whatever kind it is. */
interface AnyLayer {
  readonly name: string;
  readonly units?: number | 'auto';
  readonly activation?: AnySpec;
  readonly init?: AnySpec;
}
type AnySpec = { readonly name: string };

/** What is looked at. */
interface Looked {
  readonly engine: AnySpec;
  readonly model: {
    readonly precision: Precision;
    readonly init: AnySpec;
    readonly layers: readonly AnyLayer[];
  };
  readonly loss: AnySpec;
  readonly optimizer: AnySpec;
}

export function problemsBetween(config: Looked): Wrong[] {
  const { layers } = config.model;
  return [
    ...wrongOutput(config.loss.name as keyof typeof losses, layers),
    ...wrongWidths(layers),
    ...wrongPrecision(config),
    ...(config.model.precision === 'float32' ? vanishing(config) : []),
  ];
}

/** What an activation says of so few units; undefined where they are enough. */
function tooFewUnits(activation: string, units: number): string | undefined {
  const { leastUnits } = activations[activation as keyof typeof activations];
  if (leastUnits === undefined || units >= leastUnits.units) return undefined;
  return (
    `expected at least ${leastUnits.units} units for "${activation}", got ${units}, whose output would always be the ` +
    `same; use "${leastUnits.instead}" here`
  );
}

function* wrongOutput(loss: keyof typeof losses, layers: readonly AnyLayer[]): Generator<Wrong> {
  const last = layers.length - 1;
  const { activation } = layers[last];
  const sensible: readonly string[] = losses[loss].activations;
  const output = activation?.name ?? identity;
  if (sensible.includes(output)) return;
  const names = sensible.map((name) => `"${name}"`).join(' or ');
  yield {
    path: ['model', 'layers', last, 'activation'],
    message: `the loss "${loss}" needs the output activation ${names}, got "${output}"`,
  };
}

/**
 * Layers whose width says nothing.
 * @param data what decides the widths that the configuration leaves open, once it is known
 */
export function* wrongWidths(
  layers: readonly AnyLayer[],
  data?: { readonly features: number; readonly outputs: number },
): Generator<Wrong> {
  const lastWide = layers.findLastIndex(({ units }) => units !== undefined);
  let width = data?.features;
  for (const [index, { units, activation }] of layers.entries()) {
    const path = ['model', 'layers', index];
    if (units === 'auto' && index !== lastWide) {
      const message = 'only the last layer with units may say "auto"; expected a whole number of units';
      yield { path: [...path, 'units'], message };
    }
    if (units !== undefined) width = units === 'auto' ? data?.outputs : units;
    const few = activation && width !== undefined && tooFewUnits(activation.name, width);
    if (few) yield { path: [...path, 'activation'], message: few };
  }
}

function* wrongPrecision({ engine, model }: Looked): Generator<Wrong> {
  const only = engineOf(engine.name).precision;
  if (only === undefined || only === model.precision) return;
  yield {
    path: ['model', 'precision'],
    message: `the engine "${engine.name}" computes in "${only}" only, got "${model.precision}"`,
  };
}

/** Numbers that must be above 0, and in float32 are not. */
function* vanishing({ optimizer, model }: Looked): Generator<Wrong> {
  yield* vanishingIn(['optimizer'], families.optimizers, optimizer);
  yield* vanishingIn(['model', 'init'], families.init, model.init);
  for (const [index, { init }] of model.layers.entries()) {
    if (init) yield* vanishingIn(['model', 'layers', index, 'init'], families.init, init);
  }
}

function* vanishingIn(path: Path, family: Registry, spec: AnySpec): Generator<Wrong> {
  const { options = {} }: Member = family[spec.name];
  const values = spec as unknown as Readonly<Record<string, unknown>>;
  for (const [key, option] of Object.entries(options)) {
    const value = values[key];
    if (option.type !== 'number' || option.above !== 0 || typeof value !== 'number') continue;
    if (Math.fround(value) > 0) continue;
    yield {
      path: [...path, key],
      message: `expected a number that float32 can hold, which ends at 1.4e-45, got ${value}; or use model.precision: float64`,
    };
  }
}

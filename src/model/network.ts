/** Layers over one flat parameter vector. */
import { keyed } from '../random.js';
import type { ActivationName } from './activations/index.js';
import { type InitializerName, initializers } from './init/index.js';

/** How initial weights are drawn: the initializer's name and its own options. */
export interface InitSpec {
  name: InitializerName;
  range?: number;
}

/** One dense layer as a configuration describes it. */
export interface LayerSpec {
  units: number;
  activation: ActivationName;
  init?: InitSpec;
}

/** One dense layer, U = X·W + b: W is inputs×units, row-major, at `weights`; b is at `biases`. */
export interface Layer {
  /** `layer1`, `layer2`, …, as reports and files name it. */
  readonly name: string;
  readonly inputs: number;
  readonly units: number;
  readonly activation: ActivationName;
  readonly init: InitSpec;
  /** Index of W[0,0] in the parameter vector. */
  readonly weights: number;
  /** Index of b[0] in the parameter vector. */
  readonly biases: number;
  /** inputs·units + units. */
  readonly parameters: number;
}

/** The layers of a network and the length of its parameter vector: W₁ b₁ W₂ b₂ …, without gaps. */
export interface Network {
  readonly layers: readonly Layer[];
  readonly inputs: number;
  readonly outputs: number;
  readonly parameters: number;
}

/** Lays the layers out in one parameter vector. */
export function network(inputs: number, specs: readonly LayerSpec[], init: InitSpec): Network {
  const layers: Layer[] = [];
  let offset = 0;
  let fanIn = inputs;
  for (const [index, spec] of specs.entries()) {
    const biases = offset + fanIn * spec.units;
    const parameters = fanIn * spec.units + spec.units;
    layers.push({
      name: `layer${index + 1}`,
      inputs: fanIn,
      units: spec.units,
      activation: spec.activation,
      init: spec.init ?? init,
      weights: offset,
      biases,
      parameters,
    });
    offset += parameters;
    fanIn = spec.units;
  }
  return { layers, inputs, outputs: fanIn, parameters: offset };
}

/** Draws the initial parameters, keyed by (seed, layer), into `parameters`; biases are zero. */
export function initialize(net: Network, seed: number, parameters: Float32Array | Float64Array): void {
  for (const layer of net.layers) {
    const options = layer.init as unknown as Readonly<Record<string, number>>;
    const draw = initializers[layer.init.name].draws(layer.inputs, layer.units, options);
    const random = keyed(seed, 'init', layer.name);
    for (let i = layer.weights; i < layer.biases; i++) parameters[i] = draw(random);
    parameters.fill(0, layer.biases, layer.biases + layer.units);
  }
}

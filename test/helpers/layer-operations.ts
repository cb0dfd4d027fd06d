/** The operations of layers, as a suite gives them to two engines alike. */
import type { Engine } from '../../src/engines/engine.js';
import type { Operation, Outputs } from './operations.js';

type Matrix = Float64Array;

/**
 * A parameter of an operation: a number, or one that depends on the engine; an array that is only read, one that is
 * changed or one that is filled, both with the name that their values are to have among the outputs; or, by its place,
 * the very array that another parameter is.
 */
export type Given =
  | number
  | ((engine: Engine) => number)
  | Matrix
  | { readonly name: string; readonly changed: Matrix }
  | { readonly name: string; readonly filled: number }
  | { readonly as: number };

export const changed = (name: string, values: Matrix): Given => ({ name, changed: values });
export const filled = (name: string, n: number): Given => ({ name, filled: n });

export function layerOf<Layer extends keyof Engine['layers']>(
  layer: Layer,
  operation: keyof Engine['layers'][Layer] & string,
  ...given: Given[]
): Operation {
  return (engine, board) => {
    const outputs: [name: string, at: number, n: number][] = [];
    const placed: number[] = [];
    for (const parameter of given) {
      if (typeof parameter === 'number') placed.push(parameter);
      else if (typeof parameter === 'function') placed.push(parameter(engine));
      else if (parameter instanceof Float64Array) placed.push(board.input(parameter));
      else if ('as' in parameter) placed.push(placed[parameter.as]);
      else {
        const into = 'changed' in parameter;
        const n = into ? parameter.changed.length : parameter.filled;
        const at = into ? board.inout(parameter.changed) : board.output(n);
        outputs.push([parameter.name, at, n]);
        placed.push(at);
      }
    }
    const operations = engine.layers[layer] as unknown as Record<string, (...given: number[]) => void>;
    operations[operation](...placed);
    return Object.fromEntries(outputs.map(([name, at, n]) => [name, board.read(at, n)])) satisfies Outputs;
  };
}

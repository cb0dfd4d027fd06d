/** What a formula of a layer is. */

/**
 * An operation of a layer as plain float64 TypeScript: the definition that every fast version is tested against. The
 * fast version is the kernel `<layer>_<operation>`. Matrices are row-major; an array holds what the operation needs,
 * and may be longer.
 */
export interface Formula<Parameters extends readonly unknown[]> {
  /** The places of those parameters that are arrays. */
  readonly arrays: readonly number[];
  run(...parameters: Parameters): void;
}

export function formula<Parameters extends readonly unknown[]>(
  arrays: readonly number[],
  run: (...parameters: Parameters) => void,
): Formula<Parameters> {
  return { arrays, run };
}

type Offsets<Parameters extends readonly unknown[]> = {
  [Place in keyof Parameters]: Parameters[Place] extends Float64Array ? number : Parameters[Place];
};

/** A layer's operations as an engine offers them: on arrays in its memory, each given by its byte offset. */
export type LayerOps = Readonly<Record<string, (...parameters: number[]) => void>>;

// biome-ignore lint/suspicious/noExplicitAny: formulas of all kinds; OpsOf says what each takes.
export type Formulas = Readonly<Record<string, Formula<any>>>;

/** The operations with the types of their formulas: a member's own, by its name. */
export function operationsOf<F extends Formulas>(
  engine: { readonly layers: Readonly<Record<string, LayerOps>> },
  name: string,
  _formulas: F,
): OpsOf<F> {
  return engine.layers[name] as unknown as OpsOf<F>;
}

/** The same operations on arrays in a memory, each given by its byte offset. */
export type OpsOf<Formulas> = {
  readonly [Name in keyof Formulas]: Formulas[Name] extends Formula<infer Parameters>
    ? (...parameters: Offsets<Parameters>) => void
    : never;
};

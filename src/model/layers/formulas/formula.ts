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

/** The same operations on arrays in a memory, each given by its byte offset. */
export type OpsOf<Formulas> = {
  readonly [Name in keyof Formulas]: Formulas[Name] extends Formula<infer Parameters>
    ? (...parameters: Offsets<Parameters>) => void
    : never;
};

// The contract of a compiled aggregation expression.
import type { RawValue } from '../bson/raw-value.js';

/** Values of `$let`, `$map`, ... variables by name; `ROOT` and `CURRENT` are kept apart because every expression needs them. */
export interface Scope {
  readonly root: RawValue;
  readonly current: RawValue;
  readonly variables: ReadonlyMap<string, RawValue | undefined>;
}

export interface Expression {
  /** The value, or undefined where it is missing (which is not null: `$project` leaves such a field out). */
  evaluate(scope: Scope): RawValue | undefined;
  /** The value where it does not depend on a document; lets compilers fold constants. */
  readonly constant?: RawValue | undefined;
  /** Field paths (from the root) that it reads; undefined: may read anything. */
  readonly dependencies: readonly string[] | undefined;
}

// The environment of a pipeline inside another, with the variables that the outer one binds for it.
import type { RawValue } from '../../bson/raw-value.js';
import { rebound, type QueryEnvironment } from '../../query/environment.js';
import { missingVariable } from '../expressions/field-path.js';

/** The environment with more variables; an undefined one is bound to a missing value. */
export function withVariables(environment: QueryEnvironment, variables: Iterable<readonly [string, RawValue | undefined]>): QueryEnvironment {
  const all = new Map(environment.variables);
  for (const [name, value] of variables) all.set(name, value ?? missingVariable);
  return rebound(environment, all);
}

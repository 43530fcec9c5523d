// What an operator is compiled with, and the shape of an entry of the operator table.
import type { RawValue } from '../../bson/raw-value.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { Expression, Scope } from '../expression.js';

/** A value, or undefined where it is missing. */
export type Value = RawValue | undefined;

export interface CompileContext {
  readonly environment: QueryEnvironment;
  /** Names that `$let`, `$map`, ... have bound around this place; the command's own variables are in the environment. */
  readonly boundVariables: ReadonlySet<string>;
  /** Compiles a nested expression in this context. */
  compile(value: RawValue): Expression;
  /** The same context with more names bound. */
  binding(names: Iterable<string>): CompileContext;
}

/** Compiles `{<name>: <argument>}`. One per entry of the operator table. */
export type OperatorCompiler = (argument: RawValue, context: CompileContext, name: string) => Expression;

const roundsBetweenLooks = 64;

/** For operators that loop over elements: to be called in each round, it looks now and then at whether the command must stop. */
export function pacing({ environment: { checkInterrupt } }: CompileContext): () => void {
  if (checkInterrupt === undefined) return () => undefined;
  let rounds = 0;
  return () => {
    rounds += 1;
    if (rounds % roundsBetweenLooks === 0) checkInterrupt();
  };
}

const noVariables: ReadonlyMap<string, Value> = new Map();

/** The scope in which an expression about this document is evaluated. */
export function documentScope(root: RawValue, variables: ReadonlyMap<string, Value> = noVariables): Scope {
  return { root, current: root, variables };
}

export function isNullish(value: Value): value is undefined | (RawValue & { isNullish(): true }) {
  return value === undefined || value.isNullish();
}

// One partition of $setWindowFields: its documents in order, and what the window functions ask of them.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import type { SortOrder } from '../../query/sort.js';
import type { QueryEnvironment } from '../../query/environment.js';
import type { Scope } from '../expression.js';
import type { CompileContext, Value } from '../expressions/compile-context.js';

export interface Partition {
  readonly documents: readonly RawDocument[];
  readonly scopes: readonly Scope[];
  /** The value of the one field that the documents are sorted by, for ranges, slopes and areas. */
  sortValue(index: number): Value;
  /** Whether two documents have the same place in the order. */
  isPeer(a: number, b: number): boolean;
}

/** How the stage sorts; undefined: it does not. */
export interface WindowOrder {
  readonly order: SortOrder;
  /** The bytes of the sort field's names, where there is one field only. */
  readonly onlyFieldNames: readonly Buffer[] | undefined;
  readonly isAscending: boolean;
}

/** Gives the documents of a partition their values: asked for each index once, in order, so that it may keep what it has added up. */
export type WindowFunction = (partition: Partition) => (index: number) => Value;

export interface WindowContext {
  readonly expressions: CompileContext;
  readonly environment: QueryEnvironment;
  readonly order: WindowOrder | undefined;
}

/** Compiles `{<name>: argument, window: window}`. One per entry of the table of window functions. */
export type WindowCompiler = (argument: RawValue, window: RawValue | undefined, context: WindowContext, name: string) => WindowFunction;

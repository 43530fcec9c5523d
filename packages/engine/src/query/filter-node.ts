// A filter as a tree: what the planner reads to find index bounds, and what explain prints as `parsedQuery`.
import type { RawValue } from '../bson/raw-value.js';

export type ComparisonOperator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte';

export type FilterNode =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly children: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly child: FilterNode }
  | { readonly kind: 'comparison'; readonly path: string; readonly operator: ComparisonOperator; readonly value: RawValue }
  /** `values` without the regular expressions, which stand in `regexes`. */
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly RawValue[]; readonly regexes: readonly RawValue[] }
  | { readonly kind: 'exists'; readonly path: string; readonly exists: boolean }
  | { readonly kind: 'type'; readonly path: string; readonly types: readonly number[] }
  | { readonly kind: 'regex'; readonly path: string; readonly pattern: string; readonly options: string }
  /** `{path: {$elemMatch: {...}}}`: `child` is about the element (object form) or has path '' (value form). */
  | { readonly kind: 'elemMatch'; readonly path: string; readonly child: FilterNode }
  /** Any operator that no index serves; `operator` as written, `path` undefined for `$expr`, `$jsonSchema`, `$comment`, ... */
  | { readonly kind: 'other'; readonly operator: string; readonly path: string | undefined; readonly value: RawValue }
  | { readonly kind: 'always'; readonly matches: boolean };

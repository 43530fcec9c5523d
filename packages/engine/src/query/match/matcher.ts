// The contract of a compiled filter.
import type { RawValue } from '../../bson/raw-value.js';
import type { FilterNode } from '../filter-node.js';

export interface Matcher {
  /** The parsed filter, for the planner and for explain. */
  readonly node: FilterNode;
  /** Whether the document (a value of type object) matches. */
  matches(document: RawValue): boolean;
  /**
   * As `matches`, and where the filter went through an array, the index of the element that satisfied it: what the positional
   * operator `$` stands for. Undefined index: no array was met.
   */
  matchPosition(document: RawValue): { readonly matched: boolean; readonly arrayIndex: number | undefined };
}

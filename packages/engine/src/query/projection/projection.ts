// The contract of a compiled projection.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';

export interface Projection {
  /** Top-level and dotted paths that the result depends on; undefined: the whole document (an exclusion, an expression of $$ROOT). */
  readonly dependencies: readonly string[] | undefined;
  /** Whether a positional `path.$` needs the matcher's array index. */
  readonly needsArrayIndex: boolean;
  apply(document: RawValue, arrayIndex?: number): RawDocument;
}

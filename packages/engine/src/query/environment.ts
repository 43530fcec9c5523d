// What filters, updates, sorts and expressions are compiled with: everything outside the documents that they may depend on.
import type { RawValue } from '../bson/raw-value.js';
import type { Collation } from '../bson/collation.js';

export interface QueryEnvironment {
  /** `$$NOW`, the same for the whole command. Milliseconds since the epoch. */
  readonly now_ms: number;
  /** `$$CLUSTER_TIME` as a timestamp value's 64 bits. */
  readonly clusterTime: bigint;
  /** The command's `let` variables, evaluated. */
  readonly variables: ReadonlyMap<string, RawValue>;
  /** undefined: simple binary comparison. */
  readonly collation: Collation | undefined;
  /** 12 fresh bytes, for `_id` of upserts. */
  readonly newObjectId: () => Buffer;
  /** A number in [0, 1), for `$rand` and `$sample`. */
  readonly random: () => number;
  /** A timestamp of nothing but zeros is stored as it is, not as the time of the write. */
  readonly keepsEmptyTimestamps?: boolean;
  /** Throws when the command must stop; expressions that loop over elements call it now and then. */
  readonly checkInterrupt?: () => void;
}

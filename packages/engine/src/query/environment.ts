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

/** The environment with these variables instead of its own. The cluster time stays one that is asked for when it is needed. */
export function rebound(environment: QueryEnvironment, variables: ReadonlyMap<string, RawValue>): QueryEnvironment {
  return new ReboundEnvironment(environment, variables);
}

class ReboundEnvironment implements QueryEnvironment {
  readonly now_ms: number;
  readonly collation: Collation | undefined;
  readonly newObjectId: () => Buffer;
  readonly random: () => number;
  readonly keepsEmptyTimestamps: boolean;
  readonly checkInterrupt: () => void;

  constructor(private readonly outer: QueryEnvironment, readonly variables: ReadonlyMap<string, RawValue>) {
    this.now_ms = outer.now_ms;
    this.collation = outer.collation;
    this.newObjectId = () => outer.newObjectId();
    this.random = outer.random;
    this.keepsEmptyTimestamps = outer.keepsEmptyTimestamps === true;
    this.checkInterrupt = () => outer.checkInterrupt?.();
  }

  get clusterTime(): bigint {
    return this.outer.clusterTime;
  }
}

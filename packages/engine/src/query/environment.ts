// What filters, updates, sorts and expressions are compiled with: everything outside the documents that they may depend on.
import type { RawValue } from '../bson/raw-value.js';
import type { Collation } from '../bson/collation.js';

/** Bytes, as the parameters `internalQueryMaxPushBytes` and `internalQueryMaxAddToSetBytes` say them now. */
export interface GatheringLimits {
  readonly pushBytes: number;
  readonly addToSetBytes: number;
}

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
  /** What one array of `$push` or one set of `$addToSet` may hold; default: 100 MiB. */
  readonly gatheringLimits?: GatheringLimits | undefined;
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
  readonly gatheringLimits: GatheringLimits | undefined;
  readonly checkInterrupt: () => void;

  constructor(private readonly outer: QueryEnvironment, readonly variables: ReadonlyMap<string, RawValue>) {
    this.now_ms = outer.now_ms;
    this.collation = outer.collation;
    this.newObjectId = () => outer.newObjectId();
    this.random = outer.random;
    this.keepsEmptyTimestamps = outer.keepsEmptyTimestamps === true;
    this.gatheringLimits = outer.gatheringLimits;
    this.checkInterrupt = () => outer.checkInterrupt?.();
  }

  get clusterTime(): bigint {
    return this.outer.clusterTime;
  }
}

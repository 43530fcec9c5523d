// A query environment whose clock, ids and dice are fixed, for tests.
import type { Collation } from '../bson/collation.js';
import type { RawValue } from '../bson/raw-value.js';
import type { QueryEnvironment } from './environment.js';

export function environmentOf(collation?: Collation, variables: ReadonlyMap<string, RawValue> = new Map()): QueryEnvironment {
  return {
    now_ms: Date.UTC(2024, 0, 2, 3, 4, 5),
    clusterTime: 1n,
    variables,
    collation,
    newObjectId: () => Buffer.alloc(12, 7),
    random: () => 0.5,
  };
}

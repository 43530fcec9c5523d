// Moving a database's data (R4.4, R3.5): into another database of the same user, to another cluster, or under the name that new databases
// have. What is decided here needs nothing but the records.
import { z } from 'zod';
import type { DatabaseEntry, DatabaseOwner } from './database-entry.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from './database-status.js';
import { alternateUsername, mongoNames } from './naming.js';
import { decideSize, QuotaExceeded } from './quota.js';

export const moveModes = ['offline', 'online'] as const;

export const moveTargetSchema = z.discriminatedUnion('kind', [
  /** Another database of the same user. */
  z.strictObject({ kind: z.literal('database'), database_id: z.string() }),
  /** The same database, on another cluster. */
  z.strictObject({ kind: z.literal('cluster'), cluster_id: z.string() }),
  /** The same database, on its cluster, under the name that new databases have. */
  z.strictObject({ kind: z.literal('storage') }),
]);
export type MoveTarget = Readonly<z.infer<typeof moveTargetSchema>>;

/** Where a database's data is, and who uses it there. */
export const movePlaceSchema = z.strictObject({ database_id: z.string(), cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string() });
export type MovePlace = Readonly<z.infer<typeof movePlaceSchema>>;

export type MoveRefusal =
  | 'same_database' | 'already_there' | 'still_reversible' | 'cluster_unknown' | 'cluster_draining' | 'cluster_without_room'
  | 'target_not_empty' | 'views_in_the_way' | 'not_supported' | 'older_version' | 'name_too_long';

/** Why a move is not begun. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused';

  constructor(readonly reason: MoveRefusal, readonly details: Readonly<Record<string, unknown>> = {}) {
    super(`the move is refused: ${reason}`);
  }
}

/** Why a move cannot be taken back, or ended, any more. */
export class MoveNotReversible extends Error {
  override readonly name = 'MoveNotReversible';

  constructor(readonly reason: 'no_move' | 'not_ended' | 'over' | 'changed_since') {
    super(`the move cannot be taken back: ${reason}`);
  }
}

function placeOf({ id, cluster_id, mongo_database, mongo_username }: DatabaseEntry): MovePlace {
  return { database_id: id, cluster_id, mongo_database, mongo_username };
}

function activeEntry({ databases }: DatabaseOwner, databaseId: string): DatabaseEntry {
  const entry = databases.find(({ id }) => id === databaseId);
  if (entry === undefined) throw new DatabaseAbsent('no such database');
  if (entry.status !== 'active') throw new DatabaseInWrongStatus(entry.status);
  return entry;
}

/** The other database has to have room for what is moved into it, and so has its owner. Throws QuotaExceeded. */
function holdToQuotas(owner: DatabaseOwner, source: DatabaseEntry, target: DatabaseEntry): void {
  const used = target.current_size_mb + source.current_size_mb;
  if (target.quota_mb !== null && used > target.quota_mb) throw new QuotaExceeded({ kind: 'exceeded', quota: 'database_size', limit: target.quota_mb, used });
  const others = owner.databases.filter(({ id }) => id !== target.id);
  const decision = decideSize(others, Math.max(target.quota_mb ?? 0, used), owner.totalQuotaMb);
  if (decision.kind === 'exceeded') throw new QuotaExceeded(decision);
}

function placeElsewhere(owner: DatabaseOwner, source: DatabaseEntry, target: Exclude<MoveTarget, { readonly kind: 'database' }>): MovePlace {
  if (target.kind === 'cluster') {
    if (target.cluster_id === source.cluster_id) throw new MoveRefused('already_there');
    return { ...placeOf(source), cluster_id: target.cluster_id };
  }
  const names = mongoNames(owner.userId, source.id);
  if (names.database === source.mongo_database) throw new MoveRefused('already_there');
  const mongo_username = names.username === source.mongo_username ? alternateUsername(names.username) : names.username;
  return { ...placeOf(source), mongo_database: names.database, mongo_username };
}

export interface DecidedMove {
  readonly source: DatabaseEntry;
  readonly from: MovePlace;
  readonly to: MovePlace;
  /** The other database, where it is one. */
  readonly target: DatabaseEntry | null;
}

/** From where to where. Throws DatabaseAbsent and DatabaseInWrongStatus (of the source), MoveRefused, QuotaExceeded. */
export function decideMove(owner: DatabaseOwner, databaseId: string, target: MoveTarget): DecidedMove {
  const source = activeEntry(owner, databaseId);
  if (source.is_frozen === true) throw new MoveRefused('still_reversible');
  if (target.kind !== 'database') return { source, from: placeOf(source), to: placeElsewhere(owner, source, target), target: null };
  if (target.database_id === databaseId) throw new MoveRefused('same_database');
  const other = activeEntry(owner, target.database_id);
  if (other.is_frozen === true) throw new MoveRefused('still_reversible', { database_id: other.id });
  holdToQuotas(owner, source, other);
  return { source, from: placeOf(source), to: placeOf(other), target: other };
}

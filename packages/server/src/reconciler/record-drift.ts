// Records against records: what a user's document says of their databases, against itself, their apps, what is scheduled and the clock.
// Pure: the same rules look at a page of users, and once more at one user in the transaction that mends.
import type { DriftKind } from '@freehold/api';
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { defaultFaultOf, resolveDefaultDatabase } from '../domain/default-database.js';
import { purgeTime } from '../domain/deletion.js';
import { decideQuotaLevel, quotaLevelOf } from '../domain/quota-level.js';
import { grace } from './finding.js';

/** Everything the rules look at. */
export interface OwnerView {
  readonly owner: DatabaseOwner;
  readonly now: Date;
  /** How many apps name the database. */
  readonly appCount: (databaseId: string) => number;
  /** Whether there is a time at which it is purged. */
  readonly hasPurge: (databaseId: string) => boolean;
}

export interface RecordDrift {
  readonly kind: Extract<DriftKind, 'entry_stuck_provisioning' | 'entry_stuck_migrating' | 'purge_unscheduled' | 'purge_overdue' | 'default_dangling' | 'default_flag_wrong' | 'app_count_wrong' | 'quota_level_wrong'>;
  /** Null: about all of the user's. */
  readonly entry: DatabaseEntry | null;
  readonly details: Readonly<Record<string, unknown>>;
}

function defaultDrift({ owner }: OwnerView): readonly RecordDrift[] {
  const { databases, defaultDatabaseId: default_database_id } = owner;
  const fault = defaultFaultOf(owner);
  if (fault === undefined) return [];
  if (fault.kind === 'flag_wrong') return [{ kind: 'default_flag_wrong', entry: null, details: { default_database_id, flagged: fault.flagged } }];
  return [{ kind: 'default_dangling', entry: null, details: { default_database_id, becomes: resolveDefaultDatabase(databases, default_database_id)?.id ?? null } }];
}

function purgeDrift({ now, hasPurge }: OwnerView, entry: DatabaseEntry): readonly RecordDrift[] {
  if (entry.status !== 'deleting') return [];
  if (!hasPurge(entry.id) || entry.deleted_at === null) return [{ kind: 'purge_unscheduled', entry, details: { deleted_at: entry.deleted_at } }];
  const dueAt = purgeTime(entry.deleted_at);
  return now.getTime() - dueAt.getTime() > grace.purgeMs ? [{ kind: 'purge_overdue', entry, details: { due_at: dueAt } }] : [];
}

function entryDrift(view: OwnerView, entry: DatabaseEntry): readonly RecordDrift[] {
  const { owner, now, appCount } = view;
  const found: RecordDrift[] = [...purgeDrift(view, entry)];
  const isOld = now.getTime() - entry.created_at.getTime() > grace.operationMs;
  if (entry.status === 'provisioning' && isOld) found.push({ kind: 'entry_stuck_provisioning', entry, details: { created_at: entry.created_at } });
  if (entry.status === 'migrating') found.push({ kind: 'entry_stuck_migrating', entry, details: {} });
  const counted = appCount(entry.id);
  if (counted !== entry.app_count) found.push({ kind: 'app_count_wrong', entry, details: { written: entry.app_count, counted } });
  const isMeasured = entry.status === 'active' && entry.is_suspended !== true && entry.is_frozen !== true;
  const [written, right] = [quotaLevelOf(entry), isMeasured ? decideQuotaLevel(entry, owner) : quotaLevelOf(entry)];
  if (written !== right) found.push({ kind: 'quota_level_wrong', entry, details: { written, right } });
  return found;
}

/** Everything that is wrong with one user's records. `isWanted`: which databases the run is about; of a part of them, nothing is said of the default. */
export function recordDriftOf(view: OwnerView, isWanted: (entry: DatabaseEntry) => boolean, isWhole: boolean): readonly RecordDrift[] {
  return [...(isWhole ? defaultDrift(view) : []), ...view.owner.databases.filter(isWanted).flatMap((entry) => entryDrift(view, entry))];
}

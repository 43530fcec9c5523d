// May this database be deleted, and what becomes of the apps that use it (R5.7)?
import type { DatabaseEntry } from './database-entry.js';
import { resolveDefaultDatabase } from './default-database.js';

const softDeleteDays = 7;
const millisecondsPerDay = 86_400_000;

/** What the rules need to know of an app. */
export interface BoundApp {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Null: it uses the user's default database. */
  readonly databaseId: string | null;
}

export interface DeletionRequestRules {
  readonly databaseId: string;
  readonly databases: readonly DatabaseEntry[];
  readonly defaultDatabaseId: string | null;
  readonly apps: readonly BoundApp[];
  readonly onApps: 'refuse' | 'move' | 'detach';
  /** Where `move` moves the apps; also the new default, where the default database goes and none else is named. */
  readonly targetDatabaseId: string | null;
  readonly newDefaultDatabaseId: string | null;
}

/** Why a deletion was refused. */
export class DeletionRefused extends Error {
  override readonly name = 'DeletionRefused';

  constructor(readonly decision: Exclude<DeletionDecision, { readonly kind: 'allowed' }>) {
    super(`the deletion is refused: ${decision.kind}`);
  }
}

export type DeletionDecision =
  | {
    readonly kind: 'allowed';
    readonly isDefault: boolean;
    readonly newDefaultDatabaseId: string | null;
    /** The apps that name the database, and what they name from now on; null: the default. */
    readonly reboundAppIds: readonly string[];
    readonly reboundTo: string | null;
    /** The apps that use another database from now on, and have to be told. */
    readonly movedAppIds: readonly string[];
  }
  | { readonly kind: 'not_deletable'; readonly status: DatabaseEntry['status'] }
  | { readonly kind: 'in_use'; readonly apps: readonly BoundApp[] }
  | { readonly kind: 'default_required'; readonly candidates: readonly string[] }
  | { readonly kind: 'target_unusable'; readonly targetDatabaseId: string | null };

/** The apps that lose their database when this one goes: bound to it by name, or through the default. */
export function appsUsing(databaseId: string, databases: readonly DatabaseEntry[], defaultDatabaseId: string | null, apps: readonly BoundApp[]): readonly BoundApp[] {
  const isDefault = resolveDefaultDatabase(databases, defaultDatabaseId)?.id === databaseId;
  return apps.filter((app) => app.databaseId === databaseId || (app.databaseId === null && isDefault));
}

/** Decides a deletion by R5.7; pure, so that it can be decided again inside the transaction that carries it out. */
export function decideDeletion(request: DeletionRequestRules): DeletionDecision {
  const { databaseId, databases, defaultDatabaseId } = request;
  const entry = databases.find((candidate) => candidate.id === databaseId);
  if (entry === undefined) throw new Error('the database to delete is one of the user’s');
  if (entry.status !== 'active' && entry.status !== 'failed') return { kind: 'not_deletable', status: entry.status };

  const survivors = databases.filter((other) => other.id !== databaseId && other.status === 'active');
  const isDefault = resolveDefaultDatabase(databases, defaultDatabaseId)?.id === databaseId;
  const isUsable = (id: string | null): boolean => survivors.some((other) => other.id === id);

  const newDefaultDatabaseId = isDefault ? request.newDefaultDatabaseId ?? request.targetDatabaseId : null;
  if (newDefaultDatabaseId !== null && !isUsable(newDefaultDatabaseId)) return { kind: 'target_unusable', targetDatabaseId: newDefaultDatabaseId };
  if (isDefault && newDefaultDatabaseId === null && survivors.length > 0) return { kind: 'default_required', candidates: survivors.map((other) => other.id) };

  const affected = appsUsing(databaseId, databases, defaultDatabaseId, request.apps);
  if (affected.length > 0 && request.onApps === 'refuse') return { kind: 'in_use', apps: affected };
  if (request.onApps === 'move' && !isUsable(request.targetDatabaseId)) return { kind: 'target_unusable', targetDatabaseId: request.targetDatabaseId };
  return {
    kind: 'allowed',
    isDefault,
    newDefaultDatabaseId,
    reboundAppIds: request.apps.filter((app) => app.databaseId === databaseId).map((app) => app.id),
    reboundTo: request.onApps === 'move' ? request.targetDatabaseId : null,
    movedAppIds: request.onApps === 'move' ? affected.map((app) => app.id) : [],
  };
}

/** When a database deleted at this time is purged (R5.5). */
export function purgeTime(deletedAt: Date): Date {
  return new Date(deletedAt.getTime() + softDeleteDays * millisecondsPerDay);
}

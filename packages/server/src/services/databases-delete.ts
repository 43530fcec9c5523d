// Deleting a database: first what would be lost and a token, then, with the token, the deletion (R5.6, R5.7).
import type { DeleteDatabaseQuery, DeletionRequest } from '@freehold/api';
import { confirmTokenLifetimeMilliseconds } from '../domain/confirm-token.js';
import { DatabaseInWrongStatus, mayBecome, requireEntry } from '../domain/database-status.js';
import { appsUsing } from '../domain/deletion.js';
import { appsAtStake, confirmTokenHash, deletionStateHash } from '../operations/database-delete.js';
import type { Actor } from './contracts.js';
import { succeeded } from './databases-errors.js';
import { originOf, type DatabaseServiceDependencies } from './databases-world.js';
import { runForRequest } from './request-operations.js';

/** Deletes nothing; hands out a token for exactly what is there now. */
export async function requestDeletion({ control, identifiers, clock }: DatabaseServiceDependencies, actor: Actor, databaseId: string): Promise<DeletionRequest> {
  const { userId } = actor;
  const { owner, entry } = requireEntry(await control.databases.owner(userId), databaseId);
  if (!mayBecome(entry.status, 'deleting')) throw new DatabaseInWrongStatus(entry.status);
  const atStake = await appsAtStake(control, userId, databaseId);
  const apps = appsUsing(databaseId, owner.databases, owner.defaultDatabaseId, atStake);
  const token = identifiers.token();
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + confirmTokenLifetimeMilliseconds);
  await control.transaction(async (stores) => {
    await stores.confirmTokens.insert({ tokenHash: confirmTokenHash(token.reveal()), userId, databaseId, stateHash: deletionStateHash(entry, apps), expiresAt });
    await stores.audit.record({
      action: 'database.deletion_requested', origin: originOf(actor), userId, subject: { kind: 'database', id: databaseId }, at: now, details: { app_count: apps.length },
    });
  });
  return { confirm_token: token.reveal(), expires_at: expiresAt.toISOString(), apps: apps.map(({ id, name, status }) => ({ id, name, status })) };
}

/** Runs the operation to its end: the credential does not work any more when this returns. */
export async function deleteDatabase(
  dependencies: DatabaseServiceDependencies, actor: Actor, databaseId: string, query: DeleteDatabaseQuery & { readonly confirm_token: string },
): Promise<void> {
  const outcome = await runForRequest(dependencies, actor, dependencies.operations['database.delete'], databaseId, {
    origin: originOf(actor),
    confirm_token_hash: confirmTokenHash(query.confirm_token),
    on_apps: query.on_apps ?? 'refuse',
    target_database_id: query.target_database_id ?? null,
    new_default_database_id: query.new_default_database_id ?? null,
    found: null,
  });
  succeeded(outcome, databaseId);
}

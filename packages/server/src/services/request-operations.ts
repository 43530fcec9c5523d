// Operations of requests that carry an idempotency key: the operation has the key's id, so that a repeat of a request whose
// process died finds what that one began and goes on with it, instead of beginning another.
import { ApiError } from '@freehold/api';
import { isClosed, type OperationKind, type OperationRecord } from '../domain/operation.js';
import type { Journal } from '../journal/journal.js';
import type { OperationDefinition } from '../journal/operation-definition.js';
import type { Outcome } from '../journal/operation-run.js';
import type { OperationStore } from '../ports/operations.js';
import type { Actor } from './contracts.js';

export interface RequestOperations {
  readonly journal: Journal;
  readonly control: { readonly operations: Pick<OperationStore, 'find'> };
}

/** What an earlier request of the same key came to. Undefined: nothing stands of it, and the operation is to be run. */
export async function outcomeOfEarlier({ journal, control }: RequestOperations, actor: Actor, kind: OperationKind): Promise<{ readonly record: OperationRecord; readonly outcome: Outcome } | undefined> {
  if (actor.idempotencyId === undefined) return undefined;
  const record = await control.operations.find(actor.idempotencyId);
  if (record?.user_id !== actor.userId || record.kind !== kind) return undefined;
  if (record.state === 'failed') return undefined;
  if (record.state === 'succeeded') return { record, outcome: { state: 'succeeded', operationId: record._id, result: record.result ?? {} } };
  const outcome = await journal.resume(record._id);
  // Its lease has not run out: whoever holds it may still be at work.
  if (outcome === undefined && !isClosed(record.state)) throw new ApiError('IDEMPOTENCY_IN_PROGRESS');
  return outcome === undefined ? undefined : { record, outcome };
}

/** The id for the operation of this request: the key's, unless an operation that was undone has it already. */
export async function operationIdFor({ journal, control }: RequestOperations, actor: Actor): Promise<string> {
  const { idempotencyId } = actor;
  if (idempotencyId === undefined || (await control.operations.find(idempotencyId)) !== undefined) return journal.newOperationId();
  return idempotencyId;
}

/** Runs the operation once for all repeats of the request. */
export async function runForRequest<Params extends object>(
  operations: RequestOperations, actor: Actor, definition: OperationDefinition<Params>, databaseId: string, params: Params,
): Promise<Outcome> {
  const earlier = await outcomeOfEarlier(operations, actor, definition.kind);
  if (earlier?.record.database_id === databaseId) return earlier.outcome;
  return operations.journal.run(definition, { userId: actor.userId, databaseId, params }, await operationIdFor(operations, actor));
}

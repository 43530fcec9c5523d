// Operations of requests that carry an idempotency key: the operation has the key's id, so that a repeat of a request whose
// process died finds what that one began and goes on with it, instead of beginning another. Where an operation was undone and its
// request is repeated, the next one has an id that follows from the key too.
import { ApiError } from '@freehold/api';
import type { OperationKind, OperationRecord } from '../domain/operation.js';
import type { Journal } from '../journal/journal.js';
import type { OperationDefinition } from '../journal/operation-definition.js';
import type { Outcome } from '../journal/operation-run.js';
import type { OperationStore } from '../ports/operations.js';
import type { Actor } from './contracts.js';

export interface RequestOperations {
  readonly journal: Journal;
  readonly control: { readonly operations: Pick<OperationStore, 'find'> };
}

/** After so many operations that were undone, one more has an id that does not follow from the key. */
const largestAttemptCount = 100;

/** The last operation of this key, and the id for the one after it; undefined: there are too many. */
async function lastOfKey(operations: Pick<OperationStore, 'find'>, idempotencyId: string): Promise<{ readonly last: OperationRecord | undefined; readonly nextId: string | undefined }> {
  let last: OperationRecord | undefined;
  for (let attempt = 1; attempt <= largestAttemptCount; attempt += 1) {
    const id = attempt === 1 ? idempotencyId : `${idempotencyId}-${attempt}`;
    // One after the other: there is a second only where the first was undone.
    const record = await operations.find(id);
    if (record === undefined) return { last, nextId: id };
    last = record;
  }
  return { last, nextId: undefined };
}

/** What an earlier request of the same key came to. Undefined: nothing stands of it, and the operation is to be run. */
export async function outcomeOfEarlier({ journal, control }: RequestOperations, actor: Actor, kind: OperationKind): Promise<{ readonly record: OperationRecord; readonly outcome: Outcome } | undefined> {
  if (actor.idempotencyId === undefined) return undefined;
  const { last: record } = await lastOfKey(control.operations, actor.idempotencyId);
  if (record?.user_id !== actor.userId || record.kind !== kind) return undefined;
  if (record.state === 'failed') return undefined;
  if (record.state === 'succeeded') return { record, outcome: { state: 'succeeded', operationId: record._id, result: record.result ?? {} } };
  const outcome = await journal.resume(record._id);
  // Its lease has not run out: whoever holds it may still be at work.
  if (outcome === undefined) throw new ApiError('IDEMPOTENCY_IN_PROGRESS');
  return { record, outcome };
}

/** The id for the operation of this request: it follows from the key, where there is one. */
export async function operationIdFor({ journal, control }: RequestOperations, actor: Actor): Promise<string> {
  const { idempotencyId } = actor;
  if (idempotencyId === undefined) return journal.newOperationId();
  return (await lastOfKey(control.operations, idempotencyId)).nextId ?? journal.newOperationId();
}

/** Runs the operation once for all repeats of the request. */
export async function runForRequest<Params extends object>(
  operations: RequestOperations, actor: Actor, definition: OperationDefinition<Params>, databaseId: string, params: Params,
): Promise<Outcome> {
  const earlier = await outcomeOfEarlier(operations, actor, definition.kind);
  if (earlier?.record.database_id === databaseId) return earlier.outcome;
  return operations.journal.run(definition, { userId: actor.userId, databaseId, params }, await operationIdFor(operations, actor));
}

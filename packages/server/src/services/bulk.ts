// One action on many databases (`BulkService`, R4.2): each by itself, a few at a time, none twice on a repeat of the call.
import { createHash } from 'node:crypto';
import { ApiError, type ErrorCode, type BulkAction, type BulkAnswer, type BulkItemError, type BulkRequest, type BulkResult } from '@freehold/api';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { legacyDatabaseName } from '../domain/legacy-user.js';
import type { OperationKind } from '../domain/operation.js';
import type { Journal } from '../journal/journal.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { EventSink } from '../ports/events.js';
import { isUnreachable } from '../ports/failures.js';
import { LeaseLost } from '../ports/operations.js';
import type { Actor, BulkService, DatabaseService } from './contracts.js';
import { answering, succeeded } from './databases-errors.js';
import { RateLimited, type RateLimiter } from './rate-limiter.js';
import { outcomeOfEarlier } from './request-operations.js';

export interface BulkServiceDependencies {
  /** With its rate limits: each change counts as if it had been asked for alone. */
  readonly databases: DatabaseService;
  readonly control: ControlDatabase;
  readonly journal: Journal;
  readonly events: EventSink;
  /** Undefined: misses are not counted. */
  readonly limiter: Pick<RateLimiter, 'countMiss'> | undefined;
}

const itemsAtOnce = 4;
const deletionAttempts = 3;

type Request<Action extends BulkAction> = Extract<BulkRequest, { readonly action: Action }>;

interface ActionDefinition<Action extends BulkAction> {
  /** The operation that it is. */
  readonly kind: OperationKind;
  apply(dependencies: BulkServiceDependencies, actor: Actor, databaseId: string, params: Request<Action>['params']): Promise<unknown>;
}

/** Quotas of many databases are few transactions instead. */
type SingleAction = Exclude<BulkAction, 'backup' | 'set_quota'>;

const actions: { readonly [Action in SingleAction]: ActionDefinition<Action> } = {
  rotate_credentials: {
    kind: 'database.rotate_credentials',
    apply: ({ databases }, actor, databaseId, rotation) => databases.rotateCredentials(actor, databaseId, rotation),
  },
  delete: {
    kind: 'database.delete',
    apply: async ({ databases }, actor, databaseId, params) => {
      for (let attempt = 1; attempt <= deletionAttempts; attempt += 1) {
        try {
          // `confirm` stands for the caller's look at what is lost; the token still ties the deletion to what is there now.
          const { confirm_token } = await databases.requestDeletion(actor, databaseId);
          return await databases.delete(actor, databaseId, { ...params, confirm_token });
        } catch (error) {
          // Somebody changed the database or its apps in between.
          if (!(error instanceof ApiError) || error.code !== 'CONFIRM_TOKEN_INVALID') throw error;
        }
      }
      throw new ApiError('OPERATION_IN_PROGRESS', { database_id: databaseId });
    },
  },
  restore: { kind: 'database.restore', apply: ({ databases }, actor, databaseId) => databases.restore(actor, databaseId) },
};

/** The caller as the request for one database: its operation has an id of its own, which a repeat of the call finds again. */
function forItem(actor: Actor, action: BulkAction, databaseId: string): Actor {
  if (actor.idempotencyId === undefined) return actor;
  return { ...actor, idempotencyId: createHash('sha256').update(JSON.stringify([actor.idempotencyId, action, databaseId])).digest('hex') };
}

function asResult(events: EventSink, action: BulkAction, databaseId: string, error: unknown): BulkResult {
  const shown = error instanceof ApiError ? error : new ApiError(isUnreachable(error) ? 'SERVICE_UNAVAILABLE' : 'INTERNAL_ERROR', { database_id: databaseId }, { cause: error });
  if (shown.status >= 500 && shown.code !== 'QUOTA_EXCEEDED') events.emit({ name: 'bulk.item_failed', action, databaseId, errorCode: shown.code, error });
  return { database_id: databaseId, status: 'failed', error: { code: shown.code as BulkItemError, message: shown.message, details: { ...shown.details } } };
}

/** Another process goes on with what this one began: its lease ran out, while the control database was away, say. */
function isTakenOver(error: unknown): boolean {
  return error instanceof LeaseLost || (error instanceof ApiError && error.cause instanceof LeaseLost);
}

async function runItem<Action extends SingleAction>(
  dependencies: BulkServiceDependencies, actor: Actor, { action, params }: { readonly action: Action; readonly params: Request<Action>['params'] }, databaseId: string,
): Promise<BulkResult> {
  const definition: ActionDefinition<Action> = actions[action];
  const itemActor = forItem(actor, action, databaseId);
  try {
    await answering(dependencies.control.operations, databaseId, async () => {
      const earlier = await outcomeOfEarlier(dependencies, itemActor, definition.kind);
      if (earlier === undefined) await definition.apply(dependencies, itemActor, databaseId, params);
      else succeeded(earlier.outcome, databaseId);
    });
    return { database_id: databaseId, status: 'succeeded' };
  } catch (error) {
    // A repeat with the same key finds out what becomes of it; without a key it is an operation like any other.
    return asResult(dependencies.events, action, databaseId, isTakenOver(error) && actor.idempotencyId !== undefined ? new ApiError('IDEMPOTENCY_IN_PROGRESS') : error);
  }
}

/** Counts an id that the caller does not have, as a call for it alone would (R2.3). The refusal, where it was one too many. */
async function refusalOfMiss({ limiter, events }: BulkServiceDependencies, actor: Actor, action: BulkAction, result: BulkResult): Promise<RateLimited | undefined> {
  if (result.error?.code !== 'DATABASE_NOT_FOUND') return undefined;
  try {
    await limiter?.countMiss(actor);
  } catch (error) {
    if (error instanceof RateLimited) return error;
    // What was done to other databases is still to be told.
    events.emit({ name: 'bulk.item_failed', action, databaseId: result.database_id, errorCode: 'MISS_NOT_COUNTED', error });
  }
  return undefined;
}

/** The order of work: the default database goes last, when there may be no other left that would have to become it. */
async function inOrder({ control }: BulkServiceDependencies, { userId }: Actor, { action, database_ids: ids }: BulkRequest): Promise<readonly (readonly string[])[]> {
  if (action !== 'delete') return [ids];
  const owner = await control.databases.owner(userId);
  const defaultId = resolveDefaultDatabase(owner?.databases ?? [], owner?.defaultDatabaseId ?? null)?.id;
  return [ids.filter((id) => id !== defaultId), ids.filter((id) => id === defaultId)];
}

/** Those before the first id too many that the caller does not have, and what becomes of the others. */
async function beforeRefusal(dependencies: BulkServiceDependencies, actor: Actor, ids: readonly string[]): Promise<{ readonly allowed: readonly string[]; readonly refused: readonly BulkResult[] }> {
  const owner = await dependencies.control.databases.owner(actor.userId);
  const owned = new Set([...(owner?.databases ?? []).map(({ id }) => id), legacyDatabaseName]);
  for (const [at, databaseId] of ids.entries()) {
    if (owned.has(databaseId)) continue;
    // One after the other: nothing is changed, or told, behind the refusal.
    const refusal = await refusalOfMiss(dependencies, actor, 'set_quota', asResult(dependencies.events, 'set_quota', databaseId, new ApiError('DATABASE_NOT_FOUND', { database_id: databaseId })));
    if (refusal !== undefined) return { allowed: ids.slice(0, at), refused: ids.slice(at).map((id) => asResult(dependencies.events, 'set_quota', id, refusal)) };
  }
  return { allowed: ids, refused: [] };
}

/** The databases of one transaction: so many that it stays short. */
const quotasAtOnce = 50;

async function setQuotas(dependencies: BulkServiceDependencies, actor: Actor, ids: readonly string[], quotaMb: number | null): Promise<readonly BulkResult[]> {
  const failed = (databaseId: string, error: unknown): BulkResult => asResult(dependencies.events, 'set_quota', databaseId, error);
  try {
    const errors = await dependencies.databases.setQuotas(actor, ids, quotaMb);
    return ids.map((databaseId) => (errors.has(databaseId) ? failed(databaseId, errors.get(databaseId)) : { database_id: databaseId, status: 'succeeded' }));
  } catch (error) {
    return ids.map((databaseId) => failed(databaseId, error));
  }
}

/** Quotas of many databases, in few transactions; a repeat comes to the same end. */
async function setManyQuotas(dependencies: BulkServiceDependencies, actor: Actor, { database_ids: ids, params }: Request<'set_quota'>): Promise<BulkAnswer> {
  const { allowed, refused } = await beforeRefusal(dependencies, actor, ids);
  const results: BulkResult[] = [];
  for (let from = 0; from < allowed.length; from += quotasAtOnce) {
    // One after the other: they write the same document.
    results.push(...(await setQuotas(dependencies, actor, allowed.slice(from, from + quotasAtOnce), params.quota_mb)));
  }
  refuseWithoutVerdict(actor, results);
  return { results: [...results, ...refused] };
}

/** What says nothing of whether the change was made: the control database went away, or a process that has begun it may still be at work. */
const withoutVerdict: ReadonlySet<string> = new Set<ErrorCode>(['SERVICE_UNAVAILABLE', 'IDEMPOTENCY_IN_PROGRESS']);

/** A repeat of the call finds what was done and learns of the rest; an answer without it would be the answer for good. */
function refuseWithoutVerdict(actor: Actor, results: Iterable<BulkResult>): void {
  if (actor.idempotencyId === undefined) return;
  for (const { error } of results) if (error !== undefined && withoutVerdict.has(error.code)) throw new ApiError(error.code);
}

/** Builds the service. */
export function createBulkService(dependencies: BulkServiceDependencies): BulkService {
  return {
    run: async (actor, request) => {
      if (request.action === 'backup') throw new ApiError('BACKUPS_UNAVAILABLE');
      if (request.action === 'set_quota') return setManyQuotas(dependencies, actor, request);
      const results = new Map<string, BulkResult>();
      let refusal: RateLimited | undefined;
      const runOne = async (databaseId: string): Promise<BulkResult> => {
        // Who has asked for too many ids that are not theirs learns nothing about the others either.
        if (refusal !== undefined) return asResult(dependencies.events, request.action, databaseId, refusal);
        const result = await runItem(dependencies, actor, request, databaseId);
        refusal ??= await refusalOfMiss(dependencies, actor, request.action, result);
        return refusal !== undefined && result.error?.code === 'DATABASE_NOT_FOUND' ? asResult(dependencies.events, request.action, databaseId, refusal) : result;
      };
      for (const group of await inOrder(dependencies, actor, request)) {
        const waiting = group.values();
        const worker = async (): Promise<void> => {
          for (const databaseId of waiting) results.set(databaseId, await runOne(databaseId));
        };
        // One group after the other, as their order says; within it a few at once.
        await Promise.all(Array.from({ length: itemsAtOnce }, worker));
      }
      refuseWithoutVerdict(actor, results.values());
      return { results: request.database_ids.map((databaseId) => results.get(databaseId)!) };
    },
  };
}

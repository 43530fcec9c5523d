// Operations, as their owners follow them (`OperationService`).
import { ApiError, type Operation } from '@freehold/api';
import { isClosed, type OperationRecord } from '../domain/operation.js';
import type { Clock } from '../ports/clock.js';
import type { OperationStore } from '../ports/operations.js';
import type { Actor, OperationService } from './contracts.js';
import { createSharedPoll } from './shared-poll.js';

/** A record as its owner sees it. */
export function presentOperation(record: OperationRecord): Operation {
  return {
    id: record._id,
    kind: record.kind,
    state: record.state,
    database_id: record.database_id,
    steps: record.steps.map(({ started_at, finished_at, ...step }) => ({
      ...step, started_at: started_at?.toISOString() ?? null, finished_at: finished_at?.toISOString() ?? null,
    })),
    progress: record.progress ?? null,
    error_code: record.error_code,
    result: record.result,
    created_at: record.created_at.toISOString(),
    updated_at: record.updated_at.toISOString(),
  };
}

/** What its followers see of it: renewing a lease is no news. */
function versionOf(record: OperationRecord): string {
  return JSON.stringify({ ...presentOperation(record), updated_at: null });
}

/** How often all operations that somebody follows are looked at. */
const defaultPollMs = 250;

/** Builds the service. Parameters are never shown: they may hold envelopes. */
export function createOperationService(operations: Pick<OperationStore, 'find' | 'findMany'>, clock: Clock, everyMs = defaultPollMs): OperationService {
  const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, OperationRecord>> => new Map((await operations.findMany(ids)).map((record) => [record._id, record]));
  const poll = createSharedPoll({ read, versionOf, everyMs, clock });

  const find = async (actor: Actor, operationId: string): Promise<OperationRecord> => {
    const record = await operations.find(operationId);
    // A stranger's operation and an absent one answer alike (R2.2). Operators see those of others: they begin moves of their databases.
    if (record === undefined || (record.user_id !== actor.userId && actor.role !== 'operator')) throw new ApiError('OPERATION_NOT_FOUND');
    return record;
  };

  return {
    get: async (actor, operationId) => presentOperation(await find(actor, operationId)),
    follow: async (actor, operationId) => {
      const first = await find(actor, operationId);
      return async function* (signal) {
        yield presentOperation(first);
        if (isClosed(first.state)) return;
        for await (const record of poll.watch(operationId, versionOf(first), signal)) {
          yield presentOperation(record);
          if (isClosed(record.state)) return;
        }
      };
    },
  };
}

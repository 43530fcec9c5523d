// Operations, as their owners follow them (`OperationService`).
import { ApiError, type Operation } from '@freehold/api';
import type { OperationRecord } from '../domain/operation.js';
import type { OperationStore } from '../ports/operations.js';
import type { OperationService } from './contracts.js';

function present(record: OperationRecord): Operation {
  return {
    id: record._id,
    kind: record.kind,
    state: record.state,
    database_id: record.database_id,
    steps: record.steps.map(({ started_at, finished_at, ...step }) => ({
      ...step, started_at: started_at?.toISOString() ?? null, finished_at: finished_at?.toISOString() ?? null,
    })),
    progress: null,
    error_code: record.error_code,
    result: record.result,
    created_at: record.created_at.toISOString(),
    updated_at: record.updated_at.toISOString(),
  };
}

/** Builds the service. Parameters are never shown: they may hold envelopes. */
export function createOperationService(operations: Pick<OperationStore, 'find'>): OperationService {
  return {
    get: async (actor, operationId) => {
      const record = await operations.find(operationId);
      // A stranger's operation and an absent one answer alike (R2.2).
      if (record?.user_id !== actor.userId) throw new ApiError('OPERATION_NOT_FOUND');
      return present(record);
    },
  };
}

// A move that has ended, for whoever takes it back or ends its time for that: what it was, as its operation says.
import { DatabaseAbsent } from '../domain/database-status.js';
import { MoveNotReversible } from '../domain/move.js';
import type { ControlStores } from '../ports/control-database.js';
import { foundBy, moveParamsSchema, type MoveFound, type MoveParams } from './move-parameters.js';

export interface MovedBefore {
  readonly operationId: string;
  readonly params: MoveParams;
  readonly found: MoveFound;
  readonly reversibleUntil: Date;
}

/** Throws MoveNotReversible: there is none, or its time is over. */
export async function movedBefore(stores: ControlStores, databaseId: string): Promise<MovedBefore> {
  const job = await stores.schedule.find('database.end_move', databaseId);
  if (job === undefined) throw new MoveNotReversible('no_move');
  const record = await stores.operations.find(job.operationId ?? '');
  if (record?.kind !== 'database.move') throw new DatabaseAbsent('the move that is to end is not known');
  const params = moveParamsSchema.parse(record.params);
  return { operationId: record._id, params, found: foundBy({ params }), reversibleUntil: job.runAt };
}

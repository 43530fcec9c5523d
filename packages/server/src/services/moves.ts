// Moves of databases (`MoveService`): begun here, and run by their operation.
import { ApiError, type Operation } from '@freehold/api';
import { movedBefore } from '../copying/moved-before.js';
import { preflight } from '../copying/preflight.js';
import { DatabaseAbsent } from '../domain/database-status.js';
import { decideMove, MoveNotReversible, type MoveTarget } from '../domain/move.js';
import type { MoveParams } from '../copying/move-parameters.js';
import type { OperationRecord } from '../domain/operation.js';
import type { Outcome } from '../journal/operation-run.js';
import type { Actor, MoveService } from './contracts.js';
import { answering, succeeded } from './databases-errors.js';
import { originOf, type DatabaseServiceDependencies } from './databases-world.js';
import { presentOperation } from './operations.js';
import { operationIdFor, outcomeOfEarlier } from './request-operations.js';

type Dependencies = Pick<DatabaseServiceDependencies, 'control' | 'clusters' | 'journal' | 'operations'>;
/** What becomes of a move that has ended. */
type Afterwards = 'database.move_back' | 'database.end_move';
type Wish = Pick<MoveParams, 'mode' | 'on_conflict' | 'delete_source' | 'back_out_seconds'>;

async function begin(dependencies: Dependencies, actor: Actor, userId: string, databaseId: string, target: MoveTarget, wish: Wish): Promise<string> {
  const { control, journal, operations } = dependencies;
  const earlier = actor.idempotencyId === undefined ? undefined : await control.operations.find(actor.idempotencyId);
  // A repeat of the request: what it began runs, or has ended well.
  if (earlier?.kind === 'database.move' && earlier.database_id === databaseId && earlier.state !== 'failed') return earlier._id;
  const owner = await control.databases.owner(userId);
  if (owner === undefined) throw new DatabaseAbsent('no such database');
  const { from, to } = decideMove(owner, databaseId, target);
  // Refused at once rather than by the operation, which looks again.
  if (to.database_id !== databaseId || from.cluster_id === to.cluster_id || (await control.clusters.find(to.cluster_id)) !== undefined) await preflight(dependencies, { from, to, onConflict: wish.on_conflict });
  const params = { origin: originOf(actor), target, ...wish, found: null };
  return journal.start(operations['database.move'], { userId, databaseId, params }, await operationIdFor(dependencies, actor));
}

/** The move of this id, if its owner, or an operator, asks. */
async function moveOf({ control }: Dependencies, actor: Actor, operationId: string): Promise<OperationRecord> {
  const record = await control.operations.find(operationId);
  const mayAsk = record !== undefined && (record.user_id === actor.userId || actor.role === 'operator');
  if (!mayAsk) throw new ApiError('OPERATION_NOT_FOUND');
  if (record.kind !== 'database.move') throw new MoveNotReversible('no_move');
  if (record.state === 'running' || record.state === 'undoing') throw new MoveNotReversible('not_ended');
  const job = await movedBefore(control, record.database_id);
  if (job.operationId !== operationId) throw new MoveNotReversible('changed_since');
  return record;
}

/** The service, for migrated and unmigrated users alike. */
export function movesOfAllUsers(moves: MoveService, { prepare }: { readonly prepare: (actor: Actor) => Promise<void> }): MoveService {
  return {
    ...moves,
    migrate: async (actor, databaseId, input) => {
      await prepare(actor);
      return moves.migrate(actor, databaseId, input);
    },
  };
}

/** Builds the service. */
export function createMoveService(dependencies: Dependencies): MoveService {
  const { control, journal, operations } = dependencies;

  async function ownerOf(databaseId: string): Promise<string> {
    const found = await control.databases.findById(databaseId);
    if (found === undefined) throw new DatabaseAbsent('no such database');
    return found.userId;
  }

  /** What an earlier request of the same key has begun, or ended: there is no move any more that it could find. */
  async function earlierOf(actor: Actor, kind: Afterwards, { user_id: userId, database_id: databaseId }: OperationRecord): Promise<Outcome | undefined> {
    const mayAsk = userId === actor.userId || actor.role === 'operator';
    const earlier = mayAsk ? await outcomeOfEarlier(dependencies, { ...actor, userId }, kind) : undefined;
    return earlier?.record.database_id === databaseId ? earlier.outcome : undefined;
  }

  async function afterwards(actor: Actor, operationId: string, kind: Afterwards, begin: (record: OperationRecord, id: string) => Promise<Outcome>): Promise<Operation> {
    const named = await control.operations.find(operationId);
    return answering(control.operations, named?.database_id ?? null, async () => {
      const earlier = named === undefined ? undefined : await earlierOf(actor, kind, named);
      const outcome = earlier ?? (await begin(await moveOf(dependencies, actor, operationId), await operationIdFor(dependencies, actor)));
      succeeded(outcome, named?.database_id ?? '');
      return presentOperation((await control.operations.find(outcome.operationId))!);
    });
  }

  const elsewhere = { on_conflict: 'fail', delete_source: false } as const;
  return {
    migrate: (actor, databaseId, { target_database_id: database_id, ...wish }) =>
      answering(control.operations, databaseId, () => begin(dependencies, actor, actor.userId, databaseId, { kind: 'database', database_id }, wish)),
    moveToCluster: (actor, databaseId, { cluster_id, ...wish }) =>
      answering(control.operations, databaseId, async () => begin(dependencies, actor, await ownerOf(databaseId), databaseId, { kind: 'cluster', cluster_id }, { ...elsewhere, ...wish })),
    renameStorage: (actor, databaseId, wish) =>
      answering(control.operations, databaseId, async () => begin(dependencies, actor, await ownerOf(databaseId), databaseId, { kind: 'storage' }, { ...elsewhere, ...wish })),
    moveBack: (actor, operationId) => afterwards(actor, operationId, 'database.move_back', ({ user_id: userId, database_id: databaseId }, id) =>
      journal.run(operations['database.move_back'], { userId, databaseId, params: { origin: originOf(actor), found: null } }, id)),
    finish: (actor, operationId) => afterwards(actor, operationId, 'database.end_move', ({ user_id: userId, database_id: databaseId }, id) =>
      journal.run(operations['database.end_move'], { userId, databaseId, params: { origin: originOf(actor), is_early: true, found: null } }, id)),
  };
}

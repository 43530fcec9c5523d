// Every kind of operation, by name: a new kind breaks the build here until it is defined.
import type { OperationDefinitions } from '../journal/journal.js';
import { databaseCreate } from './database-create.js';
import { databaseDelete } from './database-delete.js';
import { databaseEndMove } from './database-end-move.js';
import { databaseEnforceQuota } from './database-enforce-quota.js';
import { databaseMoveBack } from './database-move-back.js';
import { databaseMove } from './database-move.js';
import { databasePurge } from './database-purge.js';
import { databaseRepair } from './database-repair.js';
import { databaseRestore } from './database-restore.js';
import { databaseRevokePrevious } from './database-revoke-previous.js';
import { databaseRotateCredentials } from './database-rotate-credentials.js';
import { databaseSetSuspension } from './database-set-suspension.js';
import { legacyMigrateUser } from './legacy-migrate-user.js';
import { legacyRollbackUser } from './legacy-rollback-user.js';
import type { OperationWorld } from './operation-world.js';

export interface DatabaseOperations extends OperationDefinitions {
  readonly 'database.create': ReturnType<typeof databaseCreate>;
  readonly 'database.delete': ReturnType<typeof databaseDelete>;
  readonly 'database.restore': ReturnType<typeof databaseRestore>;
  readonly 'database.rotate_credentials': ReturnType<typeof databaseRotateCredentials>;
  readonly 'database.revoke_previous': ReturnType<typeof databaseRevokePrevious>;
  readonly 'database.purge': ReturnType<typeof databasePurge>;
  readonly 'database.repair': ReturnType<typeof databaseRepair>;
  readonly 'database.enforce_quota': ReturnType<typeof databaseEnforceQuota>;
  readonly 'database.set_suspension': ReturnType<typeof databaseSetSuspension>;
  readonly 'database.move': ReturnType<typeof databaseMove>;
  readonly 'database.move_back': ReturnType<typeof databaseMoveBack>;
  readonly 'database.end_move': ReturnType<typeof databaseEndMove>;
  readonly 'legacy.migrate_user': ReturnType<typeof legacyMigrateUser>;
  readonly 'legacy.rollback_user': ReturnType<typeof legacyRollbackUser>;
}

/** The definitions, typed by kind, for the journal and for the services that start them. */
export function operationDefinitions(world: OperationWorld): DatabaseOperations {
  return {
    'database.create': databaseCreate(world),
    'database.delete': databaseDelete(world),
    'database.restore': databaseRestore(world),
    'database.rotate_credentials': databaseRotateCredentials(world),
    'database.revoke_previous': databaseRevokePrevious(world),
    'database.purge': databasePurge(world),
    'database.repair': databaseRepair(world),
    'database.enforce_quota': databaseEnforceQuota(world),
    'database.set_suspension': databaseSetSuspension(world),
    'database.move': databaseMove(world),
    'database.move_back': databaseMoveBack(world),
    'database.end_move': databaseEndMove(world),
    'legacy.migrate_user': legacyMigrateUser(world),
    'legacy.rollback_user': legacyRollbackUser(world),
  };
}

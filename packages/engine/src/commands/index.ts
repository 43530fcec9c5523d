// Every command of the engine: the table that the dispatcher, `listCommands` and the documentation read.
import type { CommandDefinition } from '../dispatch/command.js';
import { abortTransaction } from './abort-transaction.js';
import { aggregate } from './aggregate.js';
import { appendOplogNote } from './append-oplog-note.js';
import { applyOpsOf } from './apply-ops.js';
import { authenticate } from './authenticate.js';
import { buildInfo } from './build-info.js';
import { bulkWrite } from './bulk-write.js';
import { cloneCollectionAsCapped } from './clone-collection-as-capped.js';
import { collMod } from './coll-mod.js';
import { collStats } from './coll-stats.js';
import { commitTransaction } from './commit-transaction.js';
import { compact } from './compact.js';
import { configureFailPoint } from './configure-fail-point.js';
import { connPoolStats } from './conn-pool-stats.js';
import { convertToCapped } from './convert-to-capped.js';
import { connectionStatus } from './connection-status.js';
import { count } from './count.js';
import { createIndexes } from './create-indexes.js';
import { createRole } from './create-role.js';
import { createUser } from './create-user.js';
import { create } from './create.js';
import { currentOp } from './current-op.js';
import { dataSize } from './data-size.js';
import { dbHash } from './db-hash.js';
import { dbStats } from './db-stats.js';
import { deleteCommand } from './delete.js';
import { distinct } from './distinct.js';
import { dropAllRolesFromDatabase } from './drop-all-roles-from-database.js';
import { dropAllUsersFromDatabase } from './drop-all-users-from-database.js';
import { dropConnections } from './drop-connections.js';
import { dropDatabase } from './drop-database.js';
import { dropIndexes } from './drop-indexes.js';
import { dropRole } from './drop-role.js';
import { dropUser } from './drop-user.js';
import { drop } from './drop.js';
import { endSessions } from './end-sessions.js';
import { explainOf } from './explain.js';
import { features } from './features.js';
import { fileMd5 } from './file-md5.js';
import { findAndModify } from './find-and-modify.js';
import { find } from './find.js';
import { fsyncUnlock } from './fsync-unlock.js';
import { fsync } from './fsync.js';
import { getClusterParameter } from './get-cluster-parameter.js';
import { getCmdLineOpts } from './get-cmd-line-opts.js';
import { getDefaultRWConcern } from './get-default-rw-concern.js';
import { getDiagnosticData } from './get-diagnostic-data.js';
import { getLog } from './get-log.js';
import { getMore } from './get-more.js';
import { getParameter } from './get-parameter.js';
import { grantPrivilegesToRole } from './grant-privileges-to-role.js';
import { grantRolesToRole } from './grant-roles-to-role.js';
import { grantRolesToUser } from './grant-roles-to-user.js';
import { hello } from './hello.js';
import { hostInfo } from './host-info.js';
import { insert } from './insert.js';
import { invalidateUserCache } from './invalidate-user-cache.js';
import { killAllSessionsByPattern } from './kill-all-sessions-by-pattern.js';
import { killAllSessions } from './kill-all-sessions.js';
import { killCursors } from './kill-cursors.js';
import { killOp } from './kill-op.js';
import { killSessions } from './kill-sessions.js';
import { listCollections } from './list-collections.js';
import { listCommands } from './list-commands.js';
import { listDatabases } from './list-databases.js';
import { listIndexes } from './list-indexes.js';
import { logRotate } from './log-rotate.js';
import { logout } from './logout.js';
import { mergeAuthzCollections } from './merge-authz-collections.js';
import { ping } from './ping.js';
import { planCacheClearFilters } from './plan-cache-clear-filters.js';
import { planCacheClear } from './plan-cache-clear.js';
import { planCacheListFilters } from './plan-cache-list-filters.js';
import { planCacheSetFilter } from './plan-cache-set-filter.js';
import { profile } from './profile.js';
import { reIndex } from './re-index.js';
import { refreshSessions } from './refresh-sessions.js';
import { renameCollection } from './rename-collection.js';
import { replSetFreeze } from './repl-set-freeze.js';
import { replSetGetConfig } from './repl-set-get-config.js';
import { replSetGetStatus } from './repl-set-get-status.js';
import { replSetInitiate } from './repl-set-initiate.js';
import { replSetResizeOplog } from './repl-set-resize-oplog.js';
import { replSetStepDown } from './repl-set-step-down.js';
import { revokePrivilegesFromRole } from './revoke-privileges-from-role.js';
import { revokeRolesFromUser } from './revoke-roles-from-user.js';
import { revokeRolesFromRole } from './revoke-roles-from-role.js';
import { rolesInfo } from './roles-info.js';
import { rotateCertificates } from './rotate-certificates.js';
import { saslContinue } from './sasl-continue.js';
import { saslStart } from './sasl-start.js';
import { serverStatus } from './server-status.js';
import { setClusterParameter } from './set-cluster-parameter.js';
import { setDefaultRWConcern } from './set-default-rw-concern.js';
import { setFeatureCompatibilityVersion } from './set-feature-compatibility-version.js';
import { setParameter } from './set-parameter.js';
import { shutdown } from './shutdown.js';
import { startSession } from './start-session.js';
import { testVersion2 } from './test-version-2.js';
import { top } from './top.js';
import { updateRole } from './update-role.js';
import { updateUser } from './update-user.js';
import { update } from './update.js';
import { usersInfo } from './users-info.js';
import { validate } from './validate.js';
import { whatsmyuri } from './whatsmyuri.js';

const definitions: readonly CommandDefinition[] = [
  abortTransaction,
  aggregate,
  appendOplogNote,
  authenticate,
  buildInfo,
  bulkWrite,
  cloneCollectionAsCapped,
  collMod,
  collStats,
  commitTransaction,
  compact,
  configureFailPoint,
  connectionStatus,
  connPoolStats,
  convertToCapped,
  count,
  create,
  createIndexes,
  createRole,
  createUser,
  currentOp,
  dataSize,
  dbHash,
  dbStats,
  deleteCommand,
  distinct,
  drop,
  dropAllRolesFromDatabase,
  dropAllUsersFromDatabase,
  dropConnections,
  dropDatabase,
  dropIndexes,
  dropRole,
  dropUser,
  endSessions,
  features,
  fileMd5,
  find,
  findAndModify,
  fsync,
  fsyncUnlock,
  getClusterParameter,
  getCmdLineOpts,
  getDefaultRWConcern,
  getDiagnosticData,
  getLog,
  getMore,
  getParameter,
  grantPrivilegesToRole,
  grantRolesToRole,
  grantRolesToUser,
  hello,
  hostInfo,
  insert,
  invalidateUserCache,
  killAllSessions,
  killAllSessionsByPattern,
  killCursors,
  killOp,
  killSessions,
  listCollections,
  listCommands,
  listDatabases,
  listIndexes,
  logRotate,
  logout,
  mergeAuthzCollections,
  ping,
  planCacheClear,
  planCacheClearFilters,
  planCacheListFilters,
  planCacheSetFilter,
  profile,
  reIndex,
  refreshSessions,
  renameCollection,
  replSetFreeze,
  replSetGetConfig,
  replSetGetStatus,
  replSetInitiate,
  replSetResizeOplog,
  replSetStepDown,
  revokePrivilegesFromRole,
  revokeRolesFromRole,
  revokeRolesFromUser,
  rolesInfo,
  rotateCertificates,
  saslContinue,
  saslStart,
  serverStatus,
  setClusterParameter,
  setDefaultRWConcern,
  setFeatureCompatibilityVersion,
  setParameter,
  shutdown,
  startSession,
  testVersion2,
  top,
  update,
  updateRole,
  updateUser,
  usersInfo,
  validate,
  whatsmyuri,
];

export const commandDefinitions: readonly CommandDefinition[] = [...definitions, applyOpsOf(definitions), explainOf(definitions)];

// The action lists that the built-in roles are made of. Source: the manual's pages "Built-In Roles" and "Privilege Actions".
import type { Action } from './privileges.js';

export const readActions: readonly Action[] = [
  'changeStream', 'collStats', 'dbHash', 'dbStats', 'find', 'killCursors', 'listCollections', 'listIndexes', 'listSearchIndexes',
  'planCacheRead',
];

export const readWriteActions: readonly Action[] = [
  ...readActions, 'cleanupStructuredEncryptionData', 'compactStructuredEncryptionData', 'convertToCapped', 'createCollection',
  'createIndex', 'createSearchIndexes', 'dropCollection', 'dropIndex', 'dropSearchIndex', 'insert', 'remove',
  'renameCollectionSameDB', 'update', 'updateSearchIndex',
];

export const userAdminActions: readonly Action[] = [
  'changeCustomData', 'changePassword', 'createRole', 'createUser', 'dropRole', 'dropUser', 'grantRole', 'revokeRole',
  'setAuthenticationRestriction', 'viewRole', 'viewUser',
];

export const databaseAdminActions: readonly Action[] = [
  'analyze', 'bypassDocumentValidation', 'collMod', 'collStats', 'compact', 'configureQueryAnalyzer', 'convertToCapped',
  'createCollection', 'createIndex', 'createSearchIndexes', 'dbStats', 'dropCollection', 'dropDatabase', 'dropIndex',
  'dropSearchIndex', 'enableProfiler', 'listCollections', 'listIndexes', 'listSearchIndexes', 'planCacheIndexFilter',
  'planCacheRead', 'planCacheWrite', 'reIndex', 'renameCollectionSameDB', 'storageDetails', 'updateSearchIndex', 'validate',
];

export const profileActions: readonly Action[] = [...readActions, 'convertToCapped', 'createCollection', 'dropCollection'];

export const readAndIndexActions: readonly Action[] = [...readActions, 'createIndex', 'createSearchIndexes', 'dropIndex', 'dropSearchIndex'];

export const enableShardingActions: readonly Action[] = [
  'analyzeShardKey', 'enableSharding', 'moveCollection', 'refineCollectionShardKey', 'reshardCollection',
];

export const monitorClusterActions: readonly Action[] = [
  'allCollectionStats', 'connPoolStats', 'getCmdLineOpts', 'getDefaultRWConcern', 'getLog', 'getParameter', 'getShardMap', 'hostInfo',
  'inprog', 'listDatabases', 'listSampledQueries', 'listSessions', 'listShards', 'netstat', 'operationMetrics', 'replSetGetConfig',
  'replSetGetStatus', 'serverStatus', 'shardedDataDistribution', 'shardingState', 'top', 'useUUID',
];

export const monitorDatabaseActions: readonly Action[] = ['collStats', 'dbStats', 'getDatabaseVersion', 'getShardVersion', 'indexStats'];

export const hostClusterActions: readonly Action[] = [
  'applicationMessage', 'auditConfigure', 'connPoolSync', 'dropConnections', 'flushRouterConfig', 'fsync', 'invalidateUserCache',
  'killAnyCursor', 'killAnySession', 'killop', 'logRotate', 'oidReset', 'oidcListKeys', 'oidcRefreshKeys', 'replSetResizeOplog',
  'resync', 'rotateCertificates', 'setParameter', 'shutdown', 'touch', 'trafficRecord', 'unlock',
];

export const managerClusterActions: readonly Action[] = [
  'addShard', 'appendOplogNote', 'applicationMessage', 'checkMetadataConsistency', 'cleanupOrphaned', 'flushRouterConfig',
  'getChangeStreamState', 'getClusterParameter', 'getDefaultRWConcern', 'listSessions', 'listShards', 'queryStatsRead',
  'queryStatsReadTransformed', 'querySettings', 'removeShard', 'replSetConfigure', 'replSetGetConfig', 'replSetGetStatus',
  'replSetStateChange', 'resync', 'runTenantMigration', 'setChangeStreamState', 'setClusterParameter', 'setDefaultRWConcern',
  'setFeatureCompatibilityVersion', 'transitionFromDedicatedConfigServer', 'transitionToDedicatedConfigServer',
];

export const managerDatabaseActions: readonly Action[] = [
  'analyzeShardKey', 'clearJumboFlag', 'configureQueryAnalyzer', 'enableSharding', 'moveChunk', 'moveCollection',
  'refineCollectionShardKey', 'reshardCollection', 'splitChunk', 'splitVector',
];

export const writeActions: readonly Action[] = ['insert', 'remove', 'update'];

export const restoreActions: readonly Action[] = [
  'bypassDocumentValidation', 'collMod', 'convertToCapped', 'createCollection', 'createIndex', 'createSearchIndexes', 'dropCollection',
  'insert', 'updateSearchIndex',
];

const remainingActions: readonly Action[] = [
  'anyAction', 'applyOps', 'authSchemaUpgrade', 'bypassWriteBlockingMode', 'dbCheck', 'exportCollection', 'forceUUID',
  'impersonate', 'importCollection', 'internal', 'issueDirectShardOperations', 'listCachedAndActiveUsers', 'setUserWriteBlockMode',
  'useTenant', 'changeOwnCustomData', 'changeOwnPassword', 'cpuProfiler', 'dropAllUsersFromDatabase',
  'dropAllRolesFromDatabase', 'authenticate', 'unlock', 'getTrafficRecord',
];

/** Every action that a privilege may name: `createRole` refuses others. */
export const allActions: ReadonlySet<Action> = new Set([
  ...readWriteActions, ...userAdminActions, ...databaseAdminActions, ...enableShardingActions, ...monitorClusterActions,
  ...monitorDatabaseActions, ...hostClusterActions, ...managerClusterActions, ...managerDatabaseActions, ...remainingActions,
]);

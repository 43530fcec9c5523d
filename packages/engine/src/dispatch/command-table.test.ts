// Every command that a member of a MongoDB replica set has is here, or is refused by name. Source: the manual's "Database Commands".
import { describe, expect, it } from 'vitest';
import { commandDefinitions } from '../commands/index.js';
import { CommandError } from '../errors.js';
import { CommandTable } from './command-table.js';
import { unsupportedCommands } from './unsupported-commands.js';

const table = new CommandTable(commandDefinitions);

const commandsOfMembers = `
  abortTransaction aggregate analyze analyzeShardKey appendOplogNote applyOps authenticate autoCompact autoSplitVector buildInfo bulkWrite cleanupOrphaned
  cleanupStructuredEncryptionData cloneCollectionAsCapped collMod collStats commitTransaction compact compactStructuredEncryptionData configureFailPoint
  connPoolStats connPoolSync connectionStatus convertToCapped coordinateCommitTransaction count create createIndexes createRole createSearchIndexes createUser
  currentOp dataSize dbCheck dbHash dbStats delete distinct driverOIDTest drop dropAllRolesFromDatabase dropAllUsersFromDatabase dropConnections dropDatabase
  dropIndexes dropRole dropSearchIndex dropUser endSessions explain features filemd5 find findAndModify flushRouterConfig fsync fsyncUnlock
  getAuditConfig getChangeStreamState getClusterParameter getCmdLineOpts getDatabaseVersion getDefaultRWConcern getDiagnosticData getLog getMore getParameter
  getShardMap getShardVersion grantPrivilegesToRole grantRolesToRole grantRolesToUser hello hostInfo insert invalidateUserCache isMaster killAllSessions
  killAllSessionsByPattern killCursors killOp killSessions listCollections listCommands listDatabases listIndexes listSearchIndexes lockInfo logRotate logout
  mapReduce mergeChunks moveChunk ping planCacheClear planCacheClearFilters planCacheListFilters planCacheSetFilter prepareTransaction profile reIndex
  refreshSessions renameCollection replSetAbortPrimaryCatchUp replSetFreeze replSetGetConfig replSetGetRBID replSetGetStatus replSetHeartbeat replSetInitiate
  replSetMaintenance replSetReconfig replSetRequestVotes replSetResizeOplog replSetStepDown replSetStepUp replSetSyncFrom replSetTest replSetUpdatePosition
  revokePrivilegesFromRole revokeRolesFromRole revokeRolesFromUser rolesInfo rotateCertificates saslContinue saslStart serverStatus setAuditConfig
  setChangeStreamState setClusterParameter setDefaultRWConcern setFeatureCompatibilityVersion setIndexCommitQuorum setParameter setProfilingFilterGlobally
  setQuerySettings setShardVersion setUserWriteBlockMode shardingState shutdown splitChunk splitVector startRecordingTraffic startSession stopRecordingTraffic
  top update updateRole updateSearchIndex updateUser usersInfo validate validateDBMetadata voteAbortIndexBuild voteCommitIndexBuild waitForFailPoint whatsmysni
  whatsmyuri _configsvrCommitMovePrimary _shardsvrMovePrimary _flushRoutingTableCacheUpdates _killOperations _mergeAuthzCollections
`.trim().split(/\s+/u);

const codeOf = (name: string): number | undefined => {
  try {
    table.find(name);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
};

describe('the table of commands', () => {
  it('has what MongoDB has, or says why not', () => {
    expect(commandsOfMembers.filter((name) => ![undefined, 115, 31082].includes(codeOf(name)))).toEqual([]);
  });

  it('knows no command that nobody has', () => {
    expect(['getnonce', 'copydb', 'planCacheListPlans', 'resetError', 'noSuchCommand', 'toString', 'constructor'].map(codeOf)).toEqual(Array(7).fill(59));
  });

  it('refuses nothing that it has', () => {
    expect(Object.keys(unsupportedCommands).filter((name) => table.has(name))).toEqual([]);
  });
});

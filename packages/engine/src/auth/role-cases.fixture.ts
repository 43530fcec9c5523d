// Which built-in role may run which command: what MongoDB's manual says, as a table. Source: the pages "Built-In Roles" and
// "Privilege Actions", and the page of each command.
import type { Document } from 'bson';

/** The database that the roles of one database are given on, and another one. */
const ownDatabase = 'shop';
export const otherDatabase = 'neighbour';

/** Every role that a user of the test has, each alone. */
export const roleGrants = {
  read: { role: 'read', db: ownDatabase },
  readWrite: { role: 'readWrite', db: ownDatabase },
  dbAdmin: { role: 'dbAdmin', db: ownDatabase },
  userAdmin: { role: 'userAdmin', db: ownDatabase },
  dbOwner: { role: 'dbOwner', db: ownDatabase },
  enableSharding: { role: 'enableSharding', db: ownDatabase },
  readLocal: { role: 'read', db: 'local' },
  readAnyDatabase: { role: 'readAnyDatabase', db: 'admin' },
  readWriteAnyDatabase: { role: 'readWriteAnyDatabase', db: 'admin' },
  dbAdminAnyDatabase: { role: 'dbAdminAnyDatabase', db: 'admin' },
  userAdminAnyDatabase: { role: 'userAdminAnyDatabase', db: 'admin' },
  clusterMonitor: { role: 'clusterMonitor', db: 'admin' },
  clusterManager: { role: 'clusterManager', db: 'admin' },
  hostManager: { role: 'hostManager', db: 'admin' },
  clusterAdmin: { role: 'clusterAdmin', db: 'admin' },
  backup: { role: 'backup', db: 'admin' },
  restore: { role: 'restore', db: 'admin' },
  directShardOperations: { role: 'directShardOperations', db: 'admin' },
  root: { role: 'root', db: 'admin' },
  system: { role: '__system', db: 'admin' },
} as const;

export type RoleKey = keyof typeof roleGrants;

/** May do everything below. */
const always = ['root', 'system'] as const;
const all = Object.keys(roleGrants) as RoleKey[];
const reading: readonly RoleKey[] = ['read', 'readWrite', 'dbOwner'];
const readingAny: readonly RoleKey[] = ['readAnyDatabase', 'readWriteAnyDatabase'];
const writing: readonly RoleKey[] = ['readWrite', 'dbOwner', 'readWriteAnyDatabase'];
const managing: readonly RoleKey[] = ['dbAdmin', 'dbOwner', 'dbAdminAnyDatabase'];
const managingUsers: readonly RoleKey[] = ['userAdmin', 'dbOwner', 'userAdminAnyDatabase', 'restore'];
const monitoring: readonly RoleKey[] = ['clusterMonitor', 'clusterAdmin'];
const hosting: readonly RoleKey[] = ['hostManager', 'clusterAdmin'];
const clustering: readonly RoleKey[] = ['clusterManager', 'clusterAdmin'];

export interface RoleCase {
  readonly command: Document;
  readonly database: string;
  /** Besides `root` and `__system`. */
  readonly allowed: readonly RoleKey[];
}

const on = (database: string, command: Document, ...allowed: readonly (readonly RoleKey[] | RoleKey)[]): RoleCase => ({
  command, database, allowed: [...always, ...allowed.flat()] as RoleKey[],
});
const own = (command: Document, ...allowed: readonly (readonly RoleKey[] | RoleKey)[]): RoleCase => on(ownDatabase, command, ...allowed);
const other = (command: Document, ...allowed: readonly (readonly RoleKey[] | RoleKey)[]): RoleCase => on(otherDatabase, command, ...allowed);
const admin = (command: Document, ...allowed: readonly (readonly RoleKey[] | RoleKey)[]): RoleCase => on('admin', command, ...allowed);
const pipeline = (stage: Document, collection: string | 1 = 'things'): Document => ({ aggregate: collection, pipeline: [stage], cursor: {} });

const reads: readonly RoleCase[] = [
  own({ find: 'things' }, reading, readingAny, 'backup'),
  other({ find: 'things' }, readingAny, 'backup'),
  own({ count: 'things' }, reading, readingAny, 'backup'),
  own({ distinct: 'things', key: 'a' }, reading, readingAny, 'backup'),
  own(pipeline({ $match: {} }), reading, readingAny, 'backup'),
  other(pipeline({ $match: {} }), readingAny, 'backup'),
  own({ explain: { find: 'things' } }, reading, readingAny, 'backup'),
  own({ explain: { update: 'things', updates: [{ q: {}, u: { $set: { a: 1 } } }] } }, writing),
  own(pipeline({ $lookup: { from: 'others', localField: 'a', foreignField: 'a', as: 'b' } }), reading, readingAny, 'backup'),
  own(pipeline({ $out: 'made' }), writing),
  own(pipeline({ $out: { db: otherDatabase, coll: 'made' } }), 'readWriteAnyDatabase'),
  own(pipeline({ $merge: { into: 'made' } }), writing),
  own(pipeline({ $changeStream: {} }), reading, readingAny),
  admin(pipeline({ $changeStream: { allChangesForCluster: true } }, 1), readingAny),
  own(pipeline({ $collStats: { count: {} } }), reading, readingAny, managing, monitoring, 'backup'),
  other(pipeline({ $collStats: { count: {} } }), readingAny, 'dbAdminAnyDatabase', monitoring, 'backup'),
  own(pipeline({ $indexStats: {} }), monitoring),
  own(pipeline({ $planCacheStats: {} }), reading, readingAny, managing),
  admin(pipeline({ $currentOp: { allUsers: true } }, 1), monitoring),
  admin(pipeline({ $currentOp: { allUsers: false } }, 1), all),
  admin(pipeline({ $listLocalSessions: { allUsers: true } }, 1), monitoring, 'clusterManager'),
  admin(pipeline({ $listLocalSessions: {} }, 1), all),
  on('local', { find: 'oplog.rs', limit: 1 }, 'readLocal', monitoring, 'backup'),
  on('local', pipeline({ $limit: 1 }, 'oplog.rs'), 'readLocal', monitoring, 'backup'),
  admin({ find: 'system.users' }, 'userAdminAnyDatabase', 'backup', 'restore'),
  admin({ find: 'system.roles' }, 'userAdminAnyDatabase', 'backup'),
  admin({ find: 'system.version' }, 'userAdminAnyDatabase', 'backup', 'restore'),
  own({ find: 'system.js' }, reading, readingAny, 'backup'),
  own({ find: 'system.profile' }, managing, monitoring, 'backup'),
  other({ find: 'system.profile' }, 'dbAdminAnyDatabase', monitoring, 'backup'),
  on('config', { find: 'settings' }, monitoring, 'clusterManager', 'backup'),
];

const writes: readonly RoleCase[] = [
  own({ insert: 'things', documents: [{ a: 1 }] }, writing, 'restore'),
  other({ insert: 'things', documents: [{ a: 1 }] }, 'readWriteAnyDatabase', 'restore'),
  own({ insert: 'things', documents: [{ a: 1 }], bypassDocumentValidation: true }, 'dbOwner', 'restore'),
  own({ update: 'things', updates: [{ q: { a: -1 }, u: { $set: { b: 1 } } }] }, writing),
  own({ update: 'things', updates: [{ q: { a: -1 }, u: { $set: { b: 1 } }, upsert: true }] }, writing),
  own({ delete: 'things', deletes: [{ q: { a: -1 }, limit: 1 }] }, writing),
  own({ findAndModify: 'things', query: { a: -1 }, update: { $set: { b: 1 } } }, writing),
  own({ findAndModify: 'things', query: { a: -1 }, remove: true }, writing),
  admin({ bulkWrite: 1, ops: [{ insert: 0, document: { a: 1 } }], nsInfo: [{ ns: `${ownDatabase}.things` }] }, writing, 'restore'),
  own({ create: 'made' }, writing, managing, 'restore'),
  own({ createIndexes: 'things', indexes: [{ key: { a: 1 }, name: 'a_1' }] }, writing, managing, 'restore'),
  own({ dropIndexes: 'things', index: 'nothing' }, writing, managing),
  own({ drop: 'nothing' }, writing, managing, 'restore'),
  own({ collMod: 'things' }, managing, 'restore'),
  own({ planCacheListFilters: 'things' }, managing),
  own({ planCacheClearFilters: 'things' }, managing),
  own({ planCacheClear: 'things' }, managing),
  own({ dropDatabase: 1 }, managing, 'clusterAdmin'),
  other({ dropDatabase: 1 }, 'dbAdminAnyDatabase', 'clusterAdmin'),
  admin({ renameCollection: `${ownDatabase}.nothing`, to: `${ownDatabase}.nothing2` }, writing, managing),
  admin({ renameCollection: `${ownDatabase}.nothing`, to: `${otherDatabase}.nothing` }, 'readWriteAnyDatabase'),
];

const administration: readonly RoleCase[] = [
  own({ listCollections: 1 }, reading, readingAny, managing, 'backup', 'restore'),
  own({ listCollections: 1, nameOnly: true, authorizedCollections: true }, all),
  own({ listIndexes: 'things' }, reading, readingAny, managing, 'backup'),
  admin({ listDatabases: 1 }, all),
  admin({ listDatabases: 1, authorizedDatabases: false }, readingAny, 'dbAdminAnyDatabase', 'userAdminAnyDatabase', monitoring, 'backup'),
  own({ collStats: 'things' }, reading, readingAny, managing, monitoring, 'backup'),
  own({ dbStats: 1 }, reading, readingAny, managing, monitoring),
  other({ dbStats: 1 }, readingAny, 'dbAdminAnyDatabase', monitoring),
  own({ dbHash: 1 }, reading, readingAny),
  own({ validate: 'things' }, managing),
  own({ compact: 'things' }, managing),
  own({ profile: 0 }, managing),
  own({ profile: -1 }, managing, monitoring, 'backup'),
  own({ createUser: 'somebody', pwd: 'p', roles: [] }, managingUsers),
  own({ updateUser: 'nobody', pwd: 'p' }, managingUsers),
  // Whatever roles the user has had may be of any database.
  own({ updateUser: 'nobody', roles: [] }, 'userAdminAnyDatabase', 'restore'),
  own({ dropUser: 'nobody' }, managingUsers),
  own({ dropAllUsersFromDatabase: 1 }, managingUsers),
  own({ grantRolesToUser: 'nobody', roles: ['read'] }, managingUsers),
  own({ revokeRolesFromUser: 'nobody', roles: ['read'] }, managingUsers),
  own({ createRole: 'nothing', privileges: [], roles: ['nope'] }, managingUsers),
  own({ updateRole: 'nothing', privileges: [] }, 'userAdminAnyDatabase', 'restore'),
  own({ dropRole: 'nothing' }, managingUsers),
  own({ dropAllRolesFromDatabase: 1 }, managingUsers),
  own({ grantRolesToRole: 'nothing', roles: ['read'] }, managingUsers),
  own({ grantPrivilegesToRole: 'nothing', privileges: [{ resource: { db: ownDatabase, collection: '' }, actions: ['find'] }] }, managingUsers),
  own({ revokePrivilegesFromRole: 'nothing', privileges: [{ resource: { db: ownDatabase, collection: '' }, actions: ['find'] }] }, managingUsers),
  own({ usersInfo: 1 }, managingUsers),
  own({ usersInfo: 'nobody' }, managingUsers),
  own({ rolesInfo: 1, showBuiltinRoles: true }, managingUsers),
  admin({ usersInfo: { forAllDBs: true } }, 'userAdminAnyDatabase'),
];

const server: readonly RoleCase[] = [
  ...[{ hello: 1 }, { ping: 1 }, { buildInfo: 1 }, { connectionStatus: 1 }, { whatsmyuri: 1 }, { startSession: 1 }].map((command) => admin(command, all)),
  admin({ endSessions: [] }, all),
  admin({ refreshSessions: [] }, all),
  admin({ killSessions: [] }, all),
  admin({ currentOp: 1, $ownOps: true }, all),
  admin({ serverStatus: 1 }, monitoring, 'backup'),
  ...[
    { currentOp: 1 }, { getCmdLineOpts: 1 }, { getLog: 'global' }, { hostInfo: 1 }, { connPoolStats: 1 }, { top: 1 },
  ].map((command) => admin(command, monitoring)),
  admin({ getParameter: '*' }, monitoring, 'backup', 'restore'),
  ...[{ replSetGetConfig: 1 }, { replSetGetStatus: 1 }, { getDefaultRWConcern: 1 }].map((command) => admin(command, monitoring, 'clusterManager')),
  ...[
    { setParameter: 1, quiet: false }, { killOp: 1, op: 987_654_321 }, { fsync: 1 }, { fsyncUnlock: 1 }, { logRotate: 'server' }, { killAllSessions: [{ user: 'nobody', db: 'x' }] },
    { killAllSessionsByPattern: [{ uid: Buffer.alloc(32) }] }, { rotateCertificates: 1 }, { replSetResizeOplog: 1, size: 990 },
  ].map((command) => admin(command, hosting)),
  admin({ invalidateUserCache: 1 }, hosting, 'userAdminAnyDatabase'),
  ...[
    { replSetFreeze: 0 }, { replSetStepDown: 1 }, { getClusterParameter: '*' },
    { setClusterParameter: { changeStreamOptions: { preAndPostImages: { expireAfterSeconds: 'off' } } } }, { setFeatureCompatibilityVersion: '8.0', confirm: true },
  ].map((command) => admin(command, clustering)),
];

export const roleCases: readonly RoleCase[] = [...reads, ...writes, ...administration, ...server];
/** Nobody may run these but by these roles; they end the server, so that only refusals are tried. */
export const refusedOnly: readonly RoleCase[] = [admin({ shutdown: 1 }, hosting)];

// The built-in roles as one table. Source: the manual's page "Built-In Roles".
import {
  allActions, databaseAdminActions, enableShardingActions, hostClusterActions, managerClusterActions, managerDatabaseActions,
  monitorClusterActions, monitorDatabaseActions, profileActions, readActions, readAndIndexActions, readWriteActions,
  restoreActions, userAdminActions, writeActions,
} from './built-in-actions.js';
import type { RoleName } from './names.js';
import type { Action, Privilege, Resource } from './privileges.js';

export interface BuiltInRole {
  /** Whether only `admin` has it. */
  readonly adminOnly: boolean;
  readonly inherits: (database: string) => readonly RoleName[];
  readonly privileges: (database: string) => readonly Privilege[];
}

const cluster: Resource = { cluster: true };
const anyResource: Resource = { anyResource: true };
/** Ordinary collections of all databases but `local` and `config`. */
const anyNormal: Resource = { database: '', collection: '' };
const everywhere = (collection: string): Resource => ({ database: '', collection });
const wholeDatabase = (database: string): Resource => ({ database, collection: '' });
const exactly = (database: string, collection: string): Resource => ({ database, collection });
const on = (resource: Resource, ...actions: readonly Action[]): Privilege => ({ resource, actions });

const none = (): [] => [];
const ofDatabase = (database: string, ...roles: readonly string[]): RoleName[] => roles.map((role) => ({ role, database }));

function databaseRole(privileges: (database: string) => readonly Privilege[], ...inherited: readonly string[]): BuiltInRole {
  return { adminOnly: false, privileges, inherits: (database) => ofDatabase(database, ...inherited) };
}

function adminRole(privileges: readonly Privilege[], inherited: readonly RoleName[] = []): BuiltInRole {
  return { adminOnly: true, privileges: () => privileges, inherits: () => inherited };
}

/** Collections of replication's own that the roles name one by one. */
const replicationCollections = ['replset.election', 'replset.minvalid'] as const;

const clusterMonitorPrivileges: readonly Privilege[] = [
  on(cluster, ...monitorClusterActions),
  on(anyNormal, ...monitorDatabaseActions),
  on(wholeDatabase('config'), ...monitorDatabaseActions),
  on(exactly('config', 'system.sessions'), ...monitorDatabaseActions),
  on(wholeDatabase('local'), ...monitorDatabaseActions),
  ...['system.replset', ...replicationCollections].map((name) => on(exactly('local', name), 'find')),
  on(everywhere('system.profile'), 'find'),
];

const clusterManagerPrivileges: readonly Privilege[] = [
  on(cluster, ...managerClusterActions),
  on(anyNormal, ...managerDatabaseActions),
  on(wholeDatabase('config'), ...managerDatabaseActions, ...writeActions),
  on(wholeDatabase('local'), ...managerDatabaseActions, ...writeActions),
  on(exactly('local', 'system.replset'), ...readActions),
  on(exactly('local', 'system.healthlog'), ...readActions),
  on(anyResource, 'dbCheck'),
  ...replicationCollections.map((name) => on(exactly('local', name), ...writeActions)),
];

const userAdminAnyDatabasePrivileges: readonly Privilege[] = [
  on(anyNormal, ...userAdminActions, 'listCachedAndActiveUsers'),
  on(wholeDatabase('local'), ...userAdminActions),
  on(wholeDatabase('config'), ...userAdminActions),
  on(cluster, 'listDatabases', 'authSchemaUpgrade', 'invalidateUserCache', 'viewUser'),
  on(exactly('admin', 'system.users'), ...readAndIndexActions),
  on(exactly('admin', 'system.roles'), ...readAndIndexActions),
  on(everywhere('system.users'), ...readActions),
  on(exactly('admin', 'system.version'), ...readActions),
  on(exactly('admin', 'system.backup_users'), ...readActions),
];

const queryableBackupPrivileges: readonly Privilege[] = [
  on(anyResource, 'collStats', 'listCollections', 'listIndexes', 'listSearchIndexes'),
  on(anyNormal, 'find'),
  on(cluster, 'getParameter', 'listDatabases', 'useUUID'),
  on(wholeDatabase('config'), 'find'),
  on(wholeDatabase('local'), 'find'),
  ...replicationCollections.map((name) => on(exactly('local', name), 'find')),
  ...['system.js', 'system.users', 'system.profile'].map((name) => on(everywhere(name), 'find')),
  ...['system.backup_users', 'system.roles', 'system.version'].map((name) => on(exactly('admin', name), 'find')),
  on(exactly('config', 'settings'), 'find'),
];

const restorePrivileges: readonly Privilege[] = [
  on(cluster, 'getParameter', 'forceUUID', 'useUUID', 'bypassWriteBlockingMode', 'setUserWriteBlockMode', 'applyOps'),
  on(wholeDatabase('local'), ...restoreActions),
  on(wholeDatabase('config'), ...restoreActions),
  ...['system.replset', ...replicationCollections].map((name) => on(exactly('local', name), ...restoreActions)),
  on(anyResource, 'listCollections'),
  on(anyNormal, ...restoreActions, ...userAdminActions),
  on(everywhere('system.js'), ...restoreActions),
  on(exactly('admin', 'tempusers'), 'find'),
  on(exactly('admin', 'temproles'), 'find'),
  on(exactly('admin', 'system.backup_users'), ...restoreActions),
  on(exactly('admin', 'system.version'), ...restoreActions, 'find'),
  on(everywhere('system.users'), ...restoreActions, 'find', 'update', 'remove'),
  on(exactly('admin', 'system.roles'), 'createIndex'),
];

const rootPrivileges: readonly Privilege[] = [
  on(anyResource, 'validate'),
  on(cluster, 'useTenant'),
  on(exactly('config', 'system.preimages'), 'find', 'remove'),
  on(exactly('config', 'system.change_collection'), 'find', 'insert', 'remove', 'update'),
];

/** Name -> role. */
export const builtInRoles: Readonly<Record<string, BuiltInRole>> = {
  read: databaseRole((database) => [on(wholeDatabase(database), ...readActions), on(exactly(database, 'system.js'), ...readActions)]),
  readWrite: databaseRole((database) => [
    on(wholeDatabase(database), ...readWriteActions),
    on(exactly(database, 'system.js'), ...readWriteActions),
  ]),
  userAdmin: databaseRole((database) => [on(wholeDatabase(database), ...userAdminActions)]),
  dbAdmin: databaseRole((database) => [
    on(wholeDatabase(database), ...databaseAdminActions),
    on(exactly(database, 'system.profile'), ...profileActions),
  ]),
  dbOwner: databaseRole(none, 'readWrite', 'dbAdmin', 'userAdmin'),
  enableSharding: databaseRole(() => [on(anyNormal, ...enableShardingActions)]),
  readAnyDatabase: adminRole([
    on(anyNormal, ...readActions),
    on(cluster, 'listDatabases'),
    on(everywhere('system.js'), ...readActions),
  ]),
  readWriteAnyDatabase: adminRole(
    [on(anyNormal, ...readWriteActions), on(everywhere('system.js'), ...readWriteActions)],
    ofDatabase('admin', 'readAnyDatabase'),
  ),
  userAdminAnyDatabase: adminRole(userAdminAnyDatabasePrivileges),
  dbAdminAnyDatabase: adminRole([
    on(cluster, 'listDatabases', 'applyOps'),
    on(anyNormal, ...databaseAdminActions),
    on(everywhere('system.profile'), ...profileActions),
  ]),
  clusterMonitor: adminRole(clusterMonitorPrivileges, [...ofDatabase('config', 'read'), ...ofDatabase('local', 'read')]),
  hostManager: adminRole([on(cluster, ...hostClusterActions), on(anyNormal, 'killCursors')]),
  clusterManager: adminRole(clusterManagerPrivileges, ofDatabase('config', 'read')),
  clusterAdmin: adminRole(
    [on(anyNormal, 'dropDatabase'), on(anyResource, 'importCollection', 'exportCollection')],
    ofDatabase('admin', 'clusterMonitor', 'hostManager', 'clusterManager'),
  ),
  __queryableBackup: adminRole(queryableBackupPrivileges),
  backup: adminRole(
    [on(cluster, 'appendOplogNote', 'serverStatus', 'setUserWriteBlockMode'), on(exactly('config', 'settings'), 'insert', 'update')],
    ofDatabase('admin', '__queryableBackup'),
  ),
  restore: adminRole(restorePrivileges),
  directShardOperations: adminRole([on(cluster, 'issueDirectShardOperations')]),
  root: adminRole(
    rootPrivileges,
    ofDatabase(
      'admin', 'clusterAdmin', 'userAdminAnyDatabase', 'dbAdminAnyDatabase', 'readWriteAnyDatabase', 'backup', 'restore',
      'directShardOperations',
    ),
  ),
  __system: adminRole([on(anyResource, ...allActions)]),
};

/** The built-in role of that name, where that database has it. `$external` has users and no roles. */
export function builtInRole(name: RoleName): BuiltInRole | undefined {
  const role = Object.hasOwn(builtInRoles, name.role) ? builtInRoles[name.role] : undefined;
  return role === undefined || name.database === '$external' || (role.adminOnly && name.database !== 'admin') ? undefined : role;
}

// Apps against records: whether the database that an app names is its owner's, and whether what it was given still opens it.
import type { AppRecord } from '../domain/app.js';
import type { OwnedDatabase } from '../ports/databases.js';
import type { KnownCredential } from '../ports/drift-reads.js';
import { eachOf, settleFinding, type Finding, type PageWork, type ReconcilerDependencies } from './finding.js';

export const appsPerPage = 200;

/** The database that an app uses: the one it names, or its owner's default. */
async function databaseOf({ control }: ReconcilerDependencies, { user_id: userId, database_id: databaseId }: AppRecord): Promise<OwnedDatabase | undefined> {
  if (databaseId !== null) return control.databases.find(userId, databaseId);
  return (await control.databases.list(userId, { isDefault: true, limit: 1, offset: 0, sort: { key: 'created_at', descending: false } })).items[0];
}

/** Whether there may be a difference; `named`: what is written about the database that it names. */
function isSuspect(app: AppRecord, named: KnownCredential | undefined): boolean {
  if (app.database_id !== null && named?.userId !== app.user_id) return true;
  const isKnownToRun = app.status === 'running' && (app.deployed_username ?? null) !== null;
  return isKnownToRun && (app.database_id === null || app.deployed_username !== named?.username);
}

function unbound({ control }: ReconcilerDependencies, { _id: appId, user_id: userId, database_id: databaseId }: AppRecord): Finding {
  return {
    kind: 'app_unbound', subject: { userId, appId, databaseId }, details: {},
    mend: () => control.transaction(async (stores) => {
      const app = await stores.apps.find(userId, appId);
      if (app?.database_id !== databaseId || databaseId === null || (await stores.databases.find(userId, databaseId)) !== undefined) return false;
      return (await stores.apps.change(userId, appId, { database_id: null })) !== undefined;
    }),
  };
}

/** Looks at one app again; undefined: there is no difference, or an operation is at work on its database. */
async function lookAgain(dependencies: ReconcilerDependencies, { user_id: userId, _id: appId }: AppRecord): Promise<Finding | undefined> {
  const { control, redeployer } = dependencies;
  const app = await control.apps.find(userId, appId);
  if (app === undefined) return undefined;
  const database = await databaseOf(dependencies, app);
  if (database === undefined) return app.database_id === null ? undefined : unbound(dependencies, app);
  const { entry } = database;
  const isOutdated = app.status === 'running' && (app.deployed_username ?? null) !== null && app.deployed_username !== entry.mongo_username;
  if (!isOutdated || entry.status !== 'active' || (await control.operations.openOn(entry.id)) !== undefined) return undefined;
  return {
    kind: 'app_credential_outdated', subject: { userId, appId, databaseId: entry.id, clusterId: entry.cluster_id, username: app.deployed_username ?? null }, details: { current: entry.mongo_username },
    mend: async () => {
      await redeployer.redeploy(userId, [appId]);
      return (await control.apps.find(userId, appId))?.deployed_username === entry.mongo_username;
    },
  };
}

/** Looks at the apps of a page. */
export async function checkApps(dependencies: ReconcilerDependencies, work: PageWork): Promise<void> {
  const { reads } = dependencies;
  const { clusterId } = work.run.scope;
  const apps = await reads.apps(work.page.keys);
  work.tally.apps += apps.length;
  const known = await reads.credentials([...new Set(apps.flatMap(({ database_id }) => database_id ?? []))]);
  const suspects = apps.filter((app) => isSuspect(app, app.database_id === null ? undefined : known.get(app.database_id)));
  await eachOf(suspects, async (app) => {
    const finding = await lookAgain(dependencies, app);
    if (finding === undefined || (clusterId !== null && finding.subject.clusterId !== clusterId)) return;
    await settleFinding(dependencies, work, finding);
  });
}

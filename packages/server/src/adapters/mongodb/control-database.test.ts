import type { CommandStartedEvent, Document } from 'mongodb';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntry } from '../../domain/database-entry.fixture.js';
import { describeControlDatabaseContract, type ControlDatabaseUnderTest } from '../../ports/control-database.contract.fixture.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';

function newUserIn({ db }: ControlConnection): ControlDatabaseUnderTest['newUser'] {
  return async (fields = {}) => {
    const _id = new ObjectId();
    const document = { _id, databases: [], default_database_id: null, total_quota_mb: null, ...fields };
    await db.collection('users').insertOne(Object.fromEntries(Object.entries<unknown>(document).filter(([, value]) => value !== undefined)));
    return _id.toHexString();
  };
}

describeControlDatabaseContract('MongoDB', async () => {
  const cluster = await startTestCluster();
  const connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}` });
  const stop = async (): Promise<void> => {
    await connection.db.dropDatabase();
    await connection.close();
    await cluster.stop();
  };
  return { control: connection.control, newUser: newUserIn(connection), stop };
});

/** The collection and the filter of a command that looks something up; undefined for others. */
function lookupOf({ command }: CommandStartedEvent): { readonly collection: string; readonly filter: Document; readonly sort?: Document; readonly hint?: Document } | undefined {
  if (typeof command['find'] === 'string') return { collection: command['find'], filter: command['filter'] as Document, ...('sort' in command ? { sort: command['sort'] as Document } : {}), ...('hint' in command ? { hint: command['hint'] as Document } : {}) };
  if (typeof command['findAndModify'] === 'string') return { collection: command['findAndModify'], filter: command['query'] as Document };
  if (typeof command['update'] === 'string') return { collection: command['update'], filter: (command['updates'] as Document[])[0]!['q'] as Document };
  if (typeof command['delete'] === 'string') return { collection: command['delete'], filter: (command['deletes'] as Document[])[0]!['q'] as Document };
  if (typeof command['aggregate'] === 'string') return { collection: command['aggregate'], filter: ((command['pipeline'] as Document[])[0]?.['$match'] ?? {}) as Document };
  return undefined;
}

describe('every list and look-up of the control database (R1.5)', () => {
  let cluster: TestCluster;
  let connection: ControlConnection;
  const lookups: NonNullable<ReturnType<typeof lookupOf>>[] = [];

  beforeAll(async () => {
    cluster = await startTestCluster();
    connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
    connection.client.on('commandStarted', (event) => {
      const lookup = lookupOf(event);
      if (lookup !== undefined) lookups.push(lookup);
    });
  });
  afterAll(async () => {
    await connection.db.dropDatabase();
    await connection.close();
    await cluster.stop();
  });

  async function useEverything(): Promise<void> {
    const { control } = connection;
    const now = new Date();
    const entry = databaseEntry({ id: 'aaaaaaaa' });
    const userId = await newUserIn(connection)({ databases: [entry] });
    const app = {
      _id: 'app', user_id: userId, name: 'app', database_id: entry.id, deployer: 'process', spec: null, status: 'running', status_message: null, created_at: now, updated_at: now,
      last_deployed_at: null,
    } as const;
    await control.databases.owner(userId);
    await control.databases.find(userId, entry.id);
    await control.databases.findById(entry.id);
    for (const key of ['created_at', 'name', 'current_size_mb'] as const) await control.databases.list(userId, { limit: 1, offset: 0, isDefault: true, search: 'x', sort: { key, descending: true } });
    await control.databases.insert(userId, databaseEntry({ id: 'bbbbbbbb' }));
    await control.databases.change(userId, entry.id, { name: 'x' }, { whereStatus: ['active'], makeDefault: true });
    await control.databases.clearDefault(userId, entry.id);
    await control.databases.pageOfOwners(userId, 5);
    await control.apps.insert(app);
    await control.apps.find(userId, app._id);
    await control.apps.list(userId, { limit: 5, offset: 0 });
    await control.apps.list(userId, { limit: 5, offset: 0, databaseId: entry.id, search: 'a' });
    await control.apps.change(userId, app._id, { database_id: null });
    await control.apps.boundTo(userId, null);
    await control.apps.rebind(userId, [app._id], null, entry.id);
    await control.apps.pageOfDeployed('a', 5);
    await control.apps.remove(userId, app._id);
    await control.operations.find('x');
    await control.operations.findMany(['x']);
    await control.operations.openOn(entry.id);
    await control.operations.acquire('x', 'a', now, now);
    await control.operations.abandoned(now, 5);
    await control.operations.write({ operationId: 'x', owner: 'a', fencingToken: 1 }, { updated_at: now, leaseExpiresAt: now }).catch(() => undefined);
    await control.confirmTokens.take('x');
    await control.schedule.schedule({ kind: 'database.purge', userId, databaseId: entry.id, username: null, runAt: now });
    await control.schedule.find('database.purge', entry.id);
    await control.schedule.due(now, 5);
    await control.schedule.postpone({ kind: 'database.purge', userId, databaseId: entry.id, username: null, runAt: now }, now);
    await control.schedule.cancel('database.purge', entry.id);
    await control.audit.ofSubject(userId, entry.id, 5);
    await control.clusters.claimUser('x');
    await control.clusters.claimProbe('x', now, now);
    await control.clusters.references('x');
    await control.databases.pageOfOwnersWithQuota(userId, 5);
    await control.databases.pageOfOwnersWithSuspensions(userId, 5);
    await control.users.find(userId);
    await control.users.list({ limit: 5, after: userId });
    await control.users.list({ limit: 5, after: userId, plan: 'x' });
    await control.users.list({ limit: 5, after: null, isDisabled: true });
    for (const query of [{ databaseId: entry.id }, { clusterId: 'primary' }, { status: 'failed' }, { quotaLevel: 'exceeded' }, { userId }] as const) await control.users.databases({ limit: 5, after: null, ...query });
    await control.plans.find('x');
    await control.plans.list({ limit: 5, offset: 0 });
    await control.databases.remove(userId, entry.id);
  }

  it('uses an index, as explain says', async () => {
    await useEverything();
    const seen = [...lookups];
    expect(new Set(seen.map(({ collection }) => collection))).toEqual(new Set(['users', 'plans', 'apps', 'operations', 'confirm_tokens', 'schedule', 'audit_events', 'clusters']));
    for (const { collection, filter, sort, hint } of seen) {
      const plan = JSON.stringify(await connection.db.collection(collection).find(filter, { ...(sort === undefined ? {} : { sort }), ...(hint === undefined ? {} : { hint }) }).explain('queryPlanner'));
      expect(plan, `${collection} ${JSON.stringify(filter)}`).not.toContain('COLLSCAN');
    }
  });

  it('looks at the owners with a quota or a suspension alone, from the first page on', async () => {
    const { control } = connection;
    lookups.length = 0;
    await control.databases.pageOfOwnersWithQuota(null, 5);
    await control.databases.pageOfOwnersWithSuspensions(null, 5);
    const owners = lookups.filter(({ collection }) => collection === 'users');
    expect(owners).toHaveLength(5);
    for (const { filter, sort, hint } of owners) {
      const { executionStats } = await connection.db.collection('users').find(filter, { sort: sort!, hint: hint! }).explain('executionStats') as { readonly executionStats: { readonly totalDocsExamined: number } };
      expect(executionStats.totalDocsExamined, JSON.stringify(filter)).toBe(0);
    }
  });
});

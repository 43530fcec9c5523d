// What every cluster does, whatever it is reached through.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overQuotaRoles, tenantRoles } from '../domain/credential-plan.js';
import { Secret } from '../domain/secret.js';
import { credentialNotProven, usernameTaken, type Cluster, type NewDatabaseUser } from './cluster.js';

export interface ClusterUnderTest {
  readonly cluster: Cluster;
  /** Makes a MongoDB user that is not one of ours. */
  makeForeignUser(username: string): Promise<void>;
  /** Gives a database collections of so many documents, and a view. */
  fill(database: string, collections: Readonly<Record<string, number>>): Promise<void>;
  /** Connects as a user and stays idle; returns how to leave. */
  connectAs(username: string, password: Secret): Promise<() => Promise<void>>;
  /** Logs in as a user, and tries things in a database over connections that stay open. */
  tenant(username: string, password: Secret, database: string): Promise<TenantUnderTest>;
  stop(): Promise<void>;
}

export const growing = ['insert', 'update', 'create_collection', 'create_index'] as const;
const makingRoom = ['find', 'list_collections', 'list_indexes', 'database_stats', 'collection_stats', 'compact', 'drop_index', 'remove', 'find_and_remove', 'drop_collection', 'drop_database'] as const;
export type TenantAction = (typeof growing | typeof makingRoom)[number];

export interface TenantUnderTest {
  attempt(action: TenantAction): Promise<'allowed' | 'refused'>;
  leave(): Promise<void>;
}

let made = 0;

function newUser(fields: Partial<NewDatabaseUser> = {}): NewDatabaseUser {
  made += 1;
  const username = `contract_${process.pid}_${made}`;
  return { username, password: new Secret(`pässword ${made}`), roles: tenantRoles(username), owner: { userId: 'u', databaseId: username, operationId: 'o' }, ...fields };
}

/** Declares the tests for one implementation. */
export function describeClusterContract(name: string, start: () => Promise<ClusterUnderTest>): void {
  describe(`${name}, as a cluster`, () => {
    let test: ClusterUnderTest;
    let cluster: Cluster;
    beforeAll(async () => {
      test = await start();
      ({ cluster } = test);
    });
    afterAll(() => test.stop());

    const prove = ({ username, password }: NewDatabaseUser, changes: object = {}) =>
      cluster.proveCredential({ username, password, database: username, neighbour: 'freehold', ...changes });

    it('makes a user that can use its database alone, and says whose it is', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      const found = await cluster.findDatabaseUser(user.username);
      expect(found).toMatchObject({ username: user.username, owner: user.owner });
      expect(found?.roles).toEqual(expect.arrayContaining([...user.roles]));
      await prove(user);
      expect((await cluster.databaseSize(user.username)).collections).toBe(0); // The probe is gone.
      await cluster.dropDatabaseUser(user.username);
    });

    it('makes the same user again with what is new about it', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      const again = { ...user, password: new Secret('another'), owner: { ...user.owner, operationId: 'p' } };
      await cluster.createDatabaseUser(again);
      await prove(again);
      expect((await cluster.findDatabaseUser(user.username))?.owner?.operationId).toBe('p');
      await expect(prove(user)).rejects.toMatchObject({ name: 'TransientFailure', code: 'AuthenticationFailed' });
      await cluster.dropDatabaseUser(user.username);
    });

    it('does not take over a user of somebody else’s', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      await expect(cluster.createDatabaseUser({ ...user, owner: { ...user.owner, databaseId: 'other' } })).rejects.toMatchObject({ name: 'PermanentFailure', code: usernameTaken });
      await cluster.dropDatabaseUser(user.username);
      const foreign = newUser();
      await test.makeForeignUser(foreign.username);
      await expect(cluster.createDatabaseUser(foreign)).rejects.toMatchObject({ code: usernameTaken });
      expect(await cluster.findDatabaseUser(foreign.username)).toMatchObject({ owner: null });
      await cluster.dropDatabaseUser(foreign.username);
    });

    it('changes passwords and roles', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      await cluster.setPassword(user.username, new Secret('new'));
      await prove(user, { password: new Secret('new') });
      await cluster.setRoles(user.username, [{ role: 'read', database: user.username }]);
      expect((await cluster.findDatabaseUser(user.username))?.roles).toEqual([{ role: 'read', database: user.username }]);
      await cluster.dropDatabaseUser(user.username);
      await expect(cluster.setPassword(user.username, new Secret('x'))).rejects.toMatchObject({ name: 'PermanentFailure', code: 'UserNotFound' });
    });

    it('knows whether a credential logs in, whatever it may do', async () => {
      const user = newUser();
      await cluster.createDatabaseUser({ ...user, roles: [] });
      expect(await cluster.canLogIn(user)).toBe(true);
      expect(await cluster.canLogIn({ ...user, password: new Secret('another') })).toBe(false);
      expect(await cluster.canLogIn({ ...user, username: 'nobody' })).toBe(false);
      await cluster.dropDatabaseUser(user.username);
    });

    it('writes whose a user is that somebody else made, and takes it off again; password and roles stay', async () => {
      const { username, owner } = newUser();
      await test.makeForeignUser(username);
      const before = await cluster.findDatabaseUser(username);
      for (let twice = 0; twice < 2; twice += 1) await cluster.tagDatabaseUser(username, owner);
      expect(await cluster.findDatabaseUser(username)).toEqual({ ...before, owner });
      for (let twice = 0; twice < 2; twice += 1) await cluster.tagDatabaseUser(username, null);
      expect(await cluster.findDatabaseUser(username)).toEqual(before);
      await cluster.dropDatabaseUser(username);
      await expect(cluster.tagDatabaseUser(username, owner)).rejects.toMatchObject({ name: 'PermanentFailure', code: 'UserNotFound' });
    });

    it('replaces the roles of such a user in the same go, where it is told', async () => {
      const { username, owner } = newUser();
      await test.makeForeignUser(username);
      const roles = [{ role: 'read', database: username }];
      await cluster.tagDatabaseUser(username, owner, roles);
      expect(await cluster.findDatabaseUser(username)).toEqual({ username, owner, roles });
      await cluster.tagDatabaseUser(username, null, []);
      expect(await cluster.findDatabaseUser(username)).toEqual({ username, owner: null, roles: [] });
      await cluster.dropDatabaseUser(username);
    });

    it('drops a user once, and a user that is not there is no error', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      expect(await cluster.dropDatabaseUser(user.username)).toBe(true);
      expect(await cluster.dropDatabaseUser(user.username)).toBe(false);
      expect(await cluster.findDatabaseUser(user.username)).toBeUndefined();
    });

    it('does not call a credential proven that may write nowhere, or read a neighbour’s database', async () => {
      const readOnly = newUser();
      await cluster.createDatabaseUser({ ...readOnly, roles: [{ role: 'read', database: readOnly.username }] });
      await expect(prove(readOnly)).rejects.toMatchObject({ name: 'PermanentFailure', code: credentialNotProven });
      const nosy = newUser();
      await cluster.createDatabaseUser({ ...nosy, roles: [...nosy.roles, { role: 'read', database: 'neighbour' }] });
      await expect(prove(nosy, { neighbour: 'neighbour' })).rejects.toMatchObject({ name: 'PermanentFailure', code: credentialNotProven });
      for (const { username } of [readOnly, nosy]) await cluster.dropDatabaseUser(username);
    });

    it('lets a user with the role for databases over their quota read and make room, and nothing else, on open connections too', async () => {
      const user = newUser();
      const { username } = user;
      await cluster.createDatabaseUser(user);
      const tenant = await test.tenant(username, user.password, username);
      const attempts = async (actions: readonly TenantAction[]): Promise<string[]> => {
        const answers: string[] = [];
        for (const action of actions) answers.push(`${action}: ${await tenant.attempt(action)}`);
        return answers;
      };
      const all = (actions: readonly TenantAction[], answer: string): string[] => actions.map((action) => `${action}: ${answer}`);
      expect(await attempts(growing)).toEqual(all(growing, 'allowed'));
      for (let twice = 0; twice < 2; twice += 1) await cluster.ensureOverQuotaRole(username);
      await cluster.setRoles(username, overQuotaRoles(username));
      expect(await attempts(growing)).toEqual(all(growing, 'refused'));
      expect(await attempts(makingRoom)).toEqual(all(makingRoom, 'allowed'));
      await cluster.setRoles(username, tenantRoles(username));
      for (let twice = 0; twice < 2; twice += 1) await cluster.dropOverQuotaRole(username);
      expect(await attempts(growing)).toEqual(all(growing, 'allowed'));
      await tenant.leave();
      await cluster.dropDatabaseUser(username);
      await cluster.dropDatabase(username);
    });

    it('drops a database with everything in it, and one that is not there', async () => {
      await cluster.dropDatabase('contract_nothing');
      expect(await cluster.databaseSize('contract_nothing')).toMatchObject({ bytes: 0, documents: 0, collections: 0, dataBytes: 0 });
      expect(await cluster.collectionSizes('contract_nothing', 10)).toEqual([]);
    });

    it('measures a database and its collections, views aside, and drops it all', async () => {
      const database = `contract_${process.pid}_sizes`;
      await test.fill(database, { orders: 50, customers: 3, archive: 0 });
      const [size, collections] = [await cluster.databaseSize(database), await cluster.collectionSizes(database, 10)];
      expect(collections.map(({ name, documents }) => [name, documents])).toEqual([['archive', 0], ['customers', 3], ['orders', 50]]);
      expect(collections.map(({ indexes }) => indexes)).toEqual([1, 1, 1]);
      // The definition of a view is a document of `system.views`, which MongoDB counts with the database's.
      expect(size).toMatchObject({ documents: 54, bytes: size.storageBytes + size.indexBytes });
      expect(size.dataBytes).toBeGreaterThan(collections.reduce((sum, { dataBytes }) => sum + dataBytes, 0));
      expect((await cluster.collectionSizes(database, 2)).map(({ name }) => name)).toEqual(['archive', 'customers']);
      await cluster.dropDatabase(database);
      expect(await cluster.databaseSize(database)).toMatchObject({ documents: 0, collections: 0 });
    });

    it('counts the connections of users, idle ones too', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      expect(await cluster.connectionsByUser([user.username, 'nobody'])).toEqual(new Map());
      const leave = await test.connectAs(user.username, user.password);
      expect([...(await cluster.connectionsByUser([user.username, 'nobody'])).keys()]).toEqual([user.username]);
      expect((await cluster.connectionsByUser(null)).get(user.username)).toBeGreaterThan(0);
      expect(await cluster.connectionsByUser(['nobody'])).toEqual(new Map());
      await leave();
      await cluster.dropDatabaseUser(user.username);
    });

    it('takes its rights from the open connections of a user that is dropped, also when another gets the name', async () => {
      const user = newUser();
      await cluster.createDatabaseUser(user);
      const open = await test.tenant(user.username, user.password, user.username);
      expect(await open.attempt('find')).toBe('allowed');
      await cluster.dropDatabaseUser(user.username);
      await cluster.createDatabaseUser({ ...user, password: new Secret('another') });
      expect(await open.attempt('find')).toBe('refused');
      await open.leave();
      await cluster.dropDatabaseUser(user.username);
    });

    it('says what it is, what it holds, and that it answers', async () => {
      const { kind, version, latencyMilliseconds } = await cluster.describe();
      expect(['replica_set', 'sharded']).toContain(kind);
      expect(version).toMatch(/^\d+\.\d+\.\d+/u);
      expect(latencyMilliseconds).toBeGreaterThan(0);
      const { users, bytes, connections } = await cluster.measure();
      expect(users).toBe(await cluster.countUsers());
      expect(bytes).toBeGreaterThan(0);
      expect(connections).toBeGreaterThan(0);
      expect(cluster.contact).toBe('present');
    });

    it('lists its users in pages and counts them', async () => {
      const users = [newUser(), newUser(), newUser()];
      const before = await cluster.countUsers();
      for (const user of users) await cluster.createDatabaseUser(user);
      expect(await cluster.countUsers()).toBe(before + 3);
      const names = users.map(({ username }) => username).sort();
      const first = await cluster.listDatabaseUsers(`contract_${process.pid}_`, 2);
      expect(first.map(({ username }) => username)).toEqual(names.slice(0, 2));
      expect(first.map(({ owner }) => owner?.userId)).toEqual(['u', 'u']);
      expect((await cluster.listDatabaseUsers(names[1]!, 2)).map(({ username }) => username)[0]).toBe(names[2]);
      for (const { username } of users) await cluster.dropDatabaseUser(username);
    });
  });
}

// What every register of clusters does, whatever keeps it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseEntry } from '../domain/database-entry.fixture.js';
import type { ClusterRecord } from './clusters.js';
import type { ControlDatabase } from './control-database.js';

export interface ClusterRegisterUnderTest {
  readonly control: ControlDatabase;
  /** A new user; returns the id. */
  newUser(): Promise<string>;
  stop(): Promise<void>;
}

let made = 0;

/** An id that no other test has. */
function newId(): string {
  made += 1;
  return `cluster-${made}`;
}

function at(seconds: number): Date {
  return new Date(1_800_000_000_000 + seconds * 1000);
}

/** Declares the tests for one implementation. */
export function describeClusterRegisterContract(name: string, start: () => Promise<ClusterRegisterUnderTest>): void {
  describe(`${name}, as the register of clusters`, () => {
    let test: ClusterRegisterUnderTest;
    let control: ControlDatabase;
    beforeAll(async () => {
      test = await start();
      ({ control } = test);
    });
    afterAll(() => test.stop());

    const newCluster = (fields: Partial<ClusterRecord> = {}): ClusterRecord => {
      const id = newId();
      return {
        id, name: id, uriEncrypted: null, hosts: [`${id}.example.com:27017`], publicHosts: null, userLimit: 3, byteLimit: null, connectionLimit: null, acceptsNewDatabases: true,
        userCount: 0, foreignUserCount: 0, createdAt: at(0), probe: null, measurement: null, ...fields,
      };
    };

    it('reserves room on a cluster up to its limit, however many ask at once', async () => {
      const record = newCluster();
      const { id } = record;
      await control.clusters.ensure(record);
      await control.clusters.ensure({ ...record, userLimit: 99 });
      const claims = await Promise.all(Array.from({ length: 10 }, () => control.clusters.claimUser(id)));
      expect(claims.filter(Boolean)).toHaveLength(3);
      expect((await control.clusters.rooms()).find(({ clusterId }) => clusterId === id)).toMatchObject({ clusterId: id, userCount: 3, userLimit: 3, acceptsNewDatabases: true, isReachable: true });
      expect(await control.clusters.correctUserCount(id, 2, 0, 0)).toBe(false);
      expect(await control.clusters.correctUserCount(id, 3, 1, 0)).toBe(true);
      for (let count = 0; count < 3; count += 1) await control.clusters.releaseUser(id);
      expect(await control.clusters.find(id)).toEqual(record);
      expect(await control.clusters.change(id, { acceptsNewDatabases: false })).toBe(true);
      expect(await control.clusters.claimUser(id)).toBe(false);
    });

    it('holds no two clusters of one id or with a host in common', async () => {
      const record = newCluster();
      await control.clusters.insert(record);
      expect(await control.clusters.find(record.id)).toEqual(record);
      await expect(control.clusters.insert({ ...newCluster(), id: record.id })).rejects.toMatchObject({ name: 'ClusterTaken', field: 'id' });
      await expect(control.clusters.insert(newCluster({ hosts: ['a.example.com:1', record.hosts[0]!] }))).rejects.toMatchObject({ name: 'ClusterTaken', field: 'hosts' });
      expect(await control.clusters.remove(record.id)).toBe(true);
      expect(await control.clusters.remove(record.id)).toBe(false);
      expect(await control.clusters.change(record.id, { name: 'x' })).toBe(false);
      await control.clusters.insert(record);
    });

    it('gives each look at a cluster to one replica, and keeps what it found', async () => {
      const record = newCluster();
      await control.clusters.insert(record);
      const claims = await Promise.all(Array.from({ length: 4 }, () => control.clusters.claimProbe(record.id, at(100), at(40))));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await control.clusters.claimProbe(record.id, at(150), at(90))).toBe(false);
      const probe = { at: at(1), latencyMilliseconds: 2.5, errorCode: null };
      const measurement = { at: at(1), kind: 'replica_set', version: '8.0.4', users: 7, bytes: 5e12, connections: null } as const;
      expect(await control.clusters.recordProbe(record.id, probe, measurement)).toMatchObject({ probe: null, measurement: null });
      const failed = { at: at(2), latencyMilliseconds: null, errorCode: 'CLUSTER_AWAY' };
      expect(await control.clusters.recordProbe(record.id, failed)).toMatchObject({ probe, measurement });
      expect(await control.clusters.find(record.id)).toEqual({ ...record, probe: failed, measurement });
      expect((await control.clusters.rooms()).find(({ clusterId }) => clusterId === record.id)).toMatchObject({ bytes: 5e12, connections: null, isReachable: false });
      expect(await control.clusters.recordProbe(newId(), probe)).toBeUndefined();
    });

    it('counts what refers to a cluster', async () => {
      const record = newCluster({ userCount: 2, foreignUserCount: 2 });
      await control.clusters.insert(record);
      expect(await control.clusters.references(record.id)).toEqual({ databases: 0, softlyDeleted: 0, openOperations: 0, reservations: 0 });
      for (let count = 0; count < 3; count += 1) await control.clusters.correctUserCount(record.id, 2 + count, 3 + count, 2);
      const userId = await test.newUser();
      await control.databases.insert(userId, databaseEntry({ id: newId(), cluster_id: record.id, name: 'a', status: 'active' }));
      await control.databases.insert(userId, databaseEntry({ id: newId(), cluster_id: record.id, name: 'b', status: 'deleting' }));
      await control.databases.insert(userId, databaseEntry({ id: newId(), cluster_id: 'elsewhere', name: 'c' }));
      expect(await control.clusters.references(record.id)).toEqual({ databases: 1, softlyDeleted: 1, openOperations: 0, reservations: 1 });
    });

    it('lets no room be reserved on a cluster while it is removed', async () => {
      const record = newCluster();
      await control.clusters.insert(record);
      const removal = control.transaction(async (stores) => {
        if ((await stores.clusters.references(record.id)).reservations === 0) await stores.clusters.remove(record.id);
      });
      const [, isClaimed] = await Promise.all([removal, control.clusters.claimUser(record.id)]);
      expect(await control.clusters.find(record.id) !== undefined).toBe(isClaimed);
    });
  });
}

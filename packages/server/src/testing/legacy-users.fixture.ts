// Users as an earlier platform left them: a password encrypted its way, a MongoDB user and a database of the same name.
import { createCipheriv, randomBytes } from 'node:crypto';
import { ObjectId, type Collection, type Document } from 'mongodb';
import { parseLegacyCiphers } from '../adapters/legacy-ciphers/configured-ciphers.js';
import { ensureControlIndexes, missingControlIndexes } from '../adapters/mongodb/control-collections.js';
import { primaryClusterId } from '../adapters/mongodb/cluster-directory.js';
import { MongoDriftReads } from '../adapters/mongodb/drift-reads.js';
import { MongoLegacyRunStore } from '../adapters/mongodb/legacy-runs-store.js';
import { withLegacyCiphers } from '../adapters/legacy-ciphers/legacy-reading-keyring.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { PlatformEvent } from '../ports/events.js';
import { noLegacySources, type LegacySources } from '../ports/legacy-source.js';
import type { Actor, LegacyMigrationService } from '../services/contracts.js';
import { createLegacyMigrationService } from '../services/legacy-migrations.js';
import { workOnRun, type LegacyWorkerDependencies } from '../services/legacy-run-worker.js';
import type { ControlPlane, ReplicaOptions } from './control-plane.fixture.js';

export const legacyKey = Buffer.alloc(32, 5);
export const legacyCipherSetting = JSON.stringify({ main: { kind: 'aes-gcm-iv-tag-ciphertext', keys: [legacyKey.toString('base64')] }, plain: { kind: 'plain' } });
export const legacyCiphers = parseLegacyCiphers(legacyCipherSetting);

/** As the earlier platform did: iv:tag:ciphertext in hexadecimal. */
export function legacyEncrypted(password: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', legacyKey, iv);
  const ciphertext = Buffer.concat([cipher.update(password, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('hex')).join(':');
}

export interface LegacyUserSetting {
  readonly _id?: ObjectId | string;
  /** Further fields of the document, or others in place of the usual ones; undefined: left out. */
  readonly fields?: Document;
  /** Of the MongoDB user; null: there is none. Default: readWrite and dbAdmin on its own database. */
  readonly roles?: readonly { readonly role: string; readonly db: string }[] | null;
  readonly customData?: Document;
}

export interface TestLegacyUser {
  readonly userId: string;
  readonly key: ObjectId | string;
  readonly password: string;
  readonly mongoName: string;
  readonly actor: Actor;
}

/** Makes one. */
export async function newLegacyUser({ connection }: ControlPlane, setting: LegacyUserSetting = {}): Promise<TestLegacyUser> {
  const key = setting._id ?? new ObjectId();
  const userId = String(key);
  const mongoName = `user_${userId}`;
  const password = `p@ss:${randomBytes(6).toString('hex')}/%`;
  const document = {
    _id: key, email: `${userId}@Example.org`, name: 'Ada', created_at: new Date('2021-03-04T05:06:07Z'), mongo_password_encrypted: legacyEncrypted(password),
    settings: { theme: 'dark', 7: [1.5, null] }, logins: 3, ...setting.fields,
  };
  const present = Object.entries<unknown>(document).filter(([, value]) => value !== undefined);
  await connection.db.collection<{ _id: ObjectId | string }>('users').insertOne(Object.fromEntries(present) as { _id: ObjectId | string });
  const roles = setting.roles === undefined ? [{ role: 'readWrite', db: mongoName }, { role: 'dbAdmin', db: mongoName }] : setting.roles;
  if (roles !== null) {
    await connection.client.db('admin').command({
      createUser: mongoName, pwd: password, roles: roles.map((role) => ({ ...role })), mechanisms: ['SCRAM-SHA-256'], ...(setting.customData === undefined ? {} : { customData: setting.customData }),
    });
  }
  const actor: Actor = { userId, role: 'user', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' };
  return { userId, key, password, mongoName, actor };
}

/** Fields in an order that no JavaScript object has: numeric names behind another. */
export const outOfOrder = new Map([['b', 1], ['10', 1], ['2', 1]]);

/** Writes the document anew, with further fields behind the others, whose order stays. Everything that is not a map is written as the driver does. */
export async function writeInOrder(users: Collection<{ _id: ObjectId | string }>, key: ObjectId | string, fields: ReadonlyMap<string, unknown>): Promise<void> {
  const document = (await users.findOne({ _id: key }, { promoteValues: false }))!;
  await users.deleteOne({ _id: key });
  // The driver takes maps for documents; its types know objects alone.
  await users.insertMany([new Map<string, unknown>([...Object.entries(document), ...fields]) as never], { forceServerObjectId: true });
}

/** The user's document in BSON, byte for byte. */
export async function bytesOf({ connection }: ControlPlane, key: ObjectId | string): Promise<Buffer> {
  const found: unknown = await connection.db.collection<{ _id: ObjectId | string }>('users').findOne({ _id: key }, { raw: true });
  return Buffer.from(found as Uint8Array);
}

export interface LegacyReplicaOptions extends ReplicaOptions {
  readonly clusters?: ClusterDirectory;
  /** Default: none. */
  readonly sources?: LegacySources;
  /** How long a user's turn waits for somebody else's operation, if not as long as ever. */
  readonly patienceMilliseconds?: number;
}

export interface LegacyReplica {
  readonly worker: LegacyWorkerDependencies;
  readonly service: LegacyMigrationService;
  readonly events: readonly PlatformEvent[];
  /** Does this replica's part of a run, to its end. */
  work(runId: string, signal?: AbortSignal): Promise<void>;
}

export const operator: Actor = { userId: '0'.repeat(24), role: 'operator', credential: { kind: 'session', id: 's' }, requestId: 'r', remoteAddress: '192.0.2.1' };

/** A replica of the control plane with what migrates legacy users. */
export function legacyReplica(plane: ControlPlane, options: LegacyReplicaOptions = {}): LegacyReplica {
  const events: PlatformEvent[] = [];
  const { journal, operations } = plane.replica(options);
  const clock: Clock = options.clock ?? systemClock;
  const sources = options.sources ?? noLegacySources;
  const { db, transactions, control } = plane.connection;
  const runs = new MongoLegacyRunStore(db, transactions);
  const worker: LegacyWorkerDependencies = {
    control, clusters: options.clusters ?? plane.clusters, keyring: withLegacyCiphers(plane.keyring, legacyCiphers), journal, operations, clock, runs, ciphers: legacyCiphers, sources,
    indexes: { missing: () => missingControlIndexes(db), make: () => ensureControlIndexes(db) }, drift: new MongoDriftReads(db), events: { emit: (event) => void events.push(event) },
    owner: options.owner ?? 'replica', leaseMilliseconds: 30_000, legacyClusterId: primaryClusterId,
    ...(options.patienceMilliseconds === undefined ? {} : { patienceMilliseconds: options.patienceMilliseconds }),
  };
  return {
    worker, events, service: createLegacyMigrationService({ control, runs, ciphers: legacyCiphers, sources, clock, identifiers: systemIdentifiers }),
    work: async (runId, signal = new AbortController().signal) => workOnRun(worker, (await runs.find(runId))!, signal),
  };
}

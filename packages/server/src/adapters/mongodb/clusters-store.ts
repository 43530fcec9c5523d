// The register of clusters and the count of users that are reserved on each (R1.7).
import { MongoServerError, type Collection } from 'mongodb';
import { z } from 'zod';
import type { ClusterRoom } from '../../domain/placement.js';
import { clusterKinds } from '../../ports/cluster.js';
import {
  ClusterTaken, type ClusterMeasurement, type ClusterProbe, type ClusterRecord, type ClusterReferences, type ClusterSettings, type ClusterStore, type NewClusterRecord,
} from '../../ports/clusters.js';
import { countReferences } from './cluster-references.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, type StoreSession } from './store-session.js';

const probeSchema = z.object({ at: z.date(), latency_ms: z.number().nullable(), error_code: z.string().nullable() });
const measurementSchema = z.object({
  at: z.date(), kind: z.enum(clusterKinds), version: z.string(), users: z.number(), bytes: z.number().nullable(), connections: z.number().nullable(),
});

// Not strict: during an upgrade, replicas of two versions read what the newer one writes. Fields with a default came later than the others.
const documentSchema = z.object({
  _id: z.string(),
  name: z.string(),
  uri_encrypted: z.string().nullable(),
  /** Absent on the cluster the control plane was started with, so that the unique index leaves it alone. */
  hosts: z.array(z.string()).optional(),
  public_hosts: z.string().nullable().default(null),
  user_limit: z.number(),
  byte_limit: z.number().nullable().default(null),
  connection_limit: z.number().nullable().default(null),
  user_count: z.number(),
  foreign_user_count: z.number().default(0),
  accepts_new_databases: z.boolean(),
  created_at: z.date().nullable().default(null),
  probe: probeSchema.nullable().default(null),
  probe_claimed_at: z.date().optional(),
  measurement: measurementSchema.nullable().default(null),
});
type ClusterDocument = z.input<typeof documentSchema>;

function toProbe({ at, latency_ms: latencyMilliseconds, error_code: errorCode }: z.infer<typeof probeSchema>): ClusterProbe {
  return { at, latencyMilliseconds, errorCode };
}

function toRecord(document: unknown): ClusterRecord {
  const parsed = documentSchema.parse(document);
  return {
    id: parsed._id, name: parsed.name, uriEncrypted: parsed.uri_encrypted, hosts: parsed.hosts ?? [], publicHosts: parsed.public_hosts,
    userLimit: parsed.user_limit, byteLimit: parsed.byte_limit, connectionLimit: parsed.connection_limit,
    userCount: parsed.user_count, foreignUserCount: parsed.foreign_user_count, acceptsNewDatabases: parsed.accepts_new_databases,
    createdAt: parsed.created_at, probe: parsed.probe === null ? null : toProbe(parsed.probe), measurement: parsed.measurement,
  };
}

const settingFields = {
  name: 'name', uriEncrypted: 'uri_encrypted', hosts: 'hosts', publicHosts: 'public_hosts', userLimit: 'user_limit', byteLimit: 'byte_limit',
  connectionLimit: 'connection_limit', acceptsNewDatabases: 'accepts_new_databases',
} as const satisfies Record<keyof ClusterSettings, keyof ClusterDocument>;

function toFields(settings: Partial<ClusterSettings>): Partial<ClusterDocument> {
  const given = (Object.entries(settingFields) as [keyof ClusterSettings, string][]).filter(([name]) => settings[name] !== undefined);
  return Object.fromEntries(given.map(([name, field]) => [field, settings[name]]));
}

function toNewFields(record: NewClusterRecord): Omit<ClusterDocument, '_id'> {
  const { name, uriEncrypted: uri_encrypted, userLimit: user_limit, acceptsNewDatabases: accepts_new_databases, userCount: user_count } = record;
  return {
    name, uri_encrypted, user_limit, accepts_new_databases, ...toFields(record), user_count, foreign_user_count: record.foreignUserCount ?? 0,
    ...(record.createdAt == null ? {} : { created_at: record.createdAt }),
  };
}

async function toldTaken<Result>(write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof MongoServerError) || !hasCode(error, mongoCodes.duplicateKey)) throw error;
    throw new ClusterTaken(Object.hasOwn((error['keyPattern'] ?? {}) as object, 'hosts') ? 'hosts' : 'id');
  }
}

export class MongoClusterStore implements ClusterStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async ensure(record: NewClusterRecord): Promise<void> {
    await this.#clusters.updateOne({ _id: record.id }, { $setOnInsert: toNewFields(record) }, { upsert: true, ...inSession(this.#at) });
  }

  async insert(record: NewClusterRecord): Promise<void> {
    await toldTaken(() => this.#clusters.insertOne({ _id: record.id, ...toNewFields(record) }, inSession(this.#at)));
  }

  async find(clusterId: string): Promise<ClusterRecord | undefined> {
    const document = await this.#clusters.findOne({ _id: clusterId }, inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async list(): Promise<readonly ClusterRecord[]> {
    return (await this.#clusters.find({}, inSession(this.#at)).sort({ _id: 1 }).toArray()).map(toRecord);
  }

  async change(clusterId: string, change: Partial<ClusterSettings>): Promise<boolean> {
    const { matchedCount } = await toldTaken(() => this.#clusters.updateOne({ _id: clusterId }, { $set: toFields(change) }, inSession(this.#at)));
    return matchedCount === 1;
  }

  async references(clusterId: string): Promise<ClusterReferences> {
    const record = await this.find(clusterId);
    return countReferences(this.#at, clusterId, record === undefined ? 0 : record.userCount - record.foreignUserCount);
  }

  async remove(clusterId: string): Promise<boolean> {
    return (await this.#clusters.deleteOne({ _id: clusterId }, inSession(this.#at))).deletedCount === 1;
  }

  async claimProbe(clusterId: string, now: Date, before: Date): Promise<boolean> {
    const isDue = { $or: [{ probe_claimed_at: { $exists: false } }, { probe_claimed_at: { $lt: before } }] };
    const { modifiedCount } = await this.#clusters.updateOne({ _id: clusterId, ...isDue }, { $set: { probe_claimed_at: now } }, inSession(this.#at));
    return modifiedCount === 1;
  }

  async recordProbe(clusterId: string, { at, latencyMilliseconds, errorCode }: ClusterProbe, measurement?: ClusterMeasurement): Promise<ClusterRecord | undefined> {
    const probe = { at, latency_ms: latencyMilliseconds, error_code: errorCode };
    const before = await this.#clusters.findOneAndUpdate(
      { _id: clusterId }, { $set: { probe, ...(measurement === undefined ? {} : { measurement: { ...measurement } }) } }, { returnDocument: 'before', ...inSession(this.#at) },
    );
    return before === null ? undefined : toRecord(before);
  }

  async rooms(): Promise<readonly ClusterRoom[]> {
    return (await this.list()).map(({ id: clusterId, userCount, userLimit, byteLimit, connectionLimit, acceptsNewDatabases, probe, measurement }) => ({
      clusterId, userCount, userLimit, byteLimit, connectionLimit, acceptsNewDatabases,
      bytes: measurement?.bytes ?? null, connections: measurement?.connections ?? null, isReachable: probe === null || probe.errorCode === null,
    }));
  }

  async claimUser(clusterId: string): Promise<boolean> {
    const { modifiedCount } = await this.#clusters.updateOne(
      { _id: clusterId, accepts_new_databases: true, $expr: { $lt: ['$user_count', '$user_limit'] } }, { $inc: { user_count: 1 } }, inSession(this.#at),
    );
    return modifiedCount === 1;
  }

  async releaseUser(clusterId: string): Promise<void> {
    await this.#clusters.updateOne({ _id: clusterId, user_count: { $gt: 0 } }, { $inc: { user_count: -1 } }, inSession(this.#at));
  }

  async correctUserCount(clusterId: string, from: number, to: number, foreignUserCount: number): Promise<boolean> {
    const { matchedCount } = await this.#clusters.updateOne(
      { _id: clusterId, user_count: from }, { $set: { user_count: to, foreign_user_count: foreignUserCount } }, inSession(this.#at),
    );
    return matchedCount === 1;
  }

  get #clusters(): Collection<ClusterDocument> {
    return this.#at.db.collection<ClusterDocument>(controlCollections.clusters);
  }
}

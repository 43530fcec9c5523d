// The journal's records. Every write of a runner is conditional on the fencing token it got with its lease.
import type { Collection } from 'mongodb';
import { databaseLock, operationRecordSchema, type OperationKind, type OperationRecord, type OperationState } from '../../domain/operation.js';
import { DatabaseLocked, LeaseLost, type LeaseHolder, type OperationChange, type OperationStore } from '../../ports/operations.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, type StoreSession } from './store-session.js';

const openStates: OperationState[] = ['running', 'undoing'];

export class MongoOperationStore implements OperationStore {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async insert(record: OperationRecord): Promise<void> {
    try {
      await this.#operations.insertOne({ ...record }, inSession(this.#at));
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) throw new DatabaseLocked(null);
      throw error;
    }
  }

  async find(operationId: string): Promise<OperationRecord | undefined> {
    return parsed(await this.#operations.findOne({ _id: operationId }, inSession(this.#at)));
  }

  async findMany(operationIds: readonly string[]): Promise<readonly OperationRecord[]> {
    const documents = await this.#operations.find({ _id: { $in: [...operationIds] } }, inSession(this.#at)).toArray();
    return documents.map((document) => operationRecordSchema.parse(document));
  }

  async openOn(databaseId: string): Promise<OperationRecord | undefined> {
    return parsed(await this.#operations.findOne({ lock: databaseLock(databaseId) }, inSession(this.#at)));
  }

  async acquire(operationId: string, owner: string, now: Date, expiresAt: Date): Promise<OperationRecord | undefined> {
    return parsed(await this.#operations.findOneAndUpdate(
      { _id: operationId, state: { $in: openStates }, 'lease.expires_at': { $lte: now } },
      { $set: { 'lease.owner': owner, 'lease.expires_at': expiresAt, updated_at: now }, $inc: { 'lease.fencing_token': 1 } },
      { returnDocument: 'after', ...inSession(this.#at) },
    ));
  }

  async write(holder: LeaseHolder, change: OperationChange): Promise<void> {
    const { leaseExpiresAt, unlock = false, ...fields } = change;
    const { matchedCount } = await this.#operations.updateOne(
      { _id: holder.operationId, 'lease.fencing_token': holder.fencingToken, state: { $in: openStates } },
      { $set: { ...fields, 'lease.expires_at': leaseExpiresAt }, ...(unlock ? { $unset: { lock: 1 as const } } : {}) },
      inSession(this.#at),
    );
    if (matchedCount !== 1) throw new LeaseLost('the lease on the operation is lost, or it is closed');
  }

  async abandoned(now: Date, limit: number): Promise<readonly string[]> {
    const documents = await this.#operations
      .find({ state: { $in: openStates }, 'lease.expires_at': { $lte: now } }, { projection: { _id: 1 }, ...inSession(this.#at) })
      .sort({ 'lease.expires_at': 1 }).limit(limit).toArray();
    return documents.map(({ _id }) => _id);
  }

  async countOpen(kind: OperationKind): Promise<number> {
    return this.#operations.countDocuments({ state: { $in: openStates }, kind }, inSession(this.#at));
  }

  get #operations(): Collection<OperationRecord> {
    return this.#at.db.collection<OperationRecord>(controlCollections.operations);
  }
}

function parsed(document: unknown): OperationRecord | undefined {
  return document === null ? undefined : operationRecordSchema.parse(document);
}

// What became of each legacy user in each run.
import type { Collection, Filter } from 'mongodb';
import { legacyFindingCodes, legacyOutcomes, type LegacyFindingCode, type LegacyOutcome } from '@freehold/api';
import { z } from 'zod';
import type { LegacyLog, LegacyLogFilter, LegacyLogRecord, LegacyOutcomeRecord, Tally } from '../../ports/legacy-runs.js';
import type { NextUsers } from '../../ports/legacy-user-pages.js';
import { controlCollections } from './control-collections.js';
import { hasCode, mongoCodes } from './failures.js';
import { inSession, type StoreSession } from './store-session.js';

const beforeSchema = z.object({
  document: z.string(),
  roles: z.array(z.object({ role: z.string(), database: z.string() })),
  adopted: z.object({ mongo_username: z.string(), mongo_database: z.string(), cluster_id: z.string(), description: z.string().nullable() }),
  app_fixes: z.array(z.object({ app_id: z.unknown(), had_database_id: z.boolean(), database_id: z.unknown(), user_id: z.unknown() })),
  brought: z.object({ source: z.string(), app_ids: z.array(z.unknown()) }).nullable().default(null),
});

const documentSchema = z.object({
  _id: z.string(),
  run_id: z.string(),
  user_id: z.string().nullable(),
  outcome: z.enum(legacyOutcomes),
  findings: z.array(z.object({ code: z.enum(legacyFindingCodes), details: z.record(z.string(), z.unknown()) })),
  database_id: z.string().nullable(),
  mongo_database: z.string().nullable(),
  operation_id: z.string().nullable(),
  at: z.date(),
  before: beforeSchema.nullable(),
  rolled_back_by: z.string().nullable(),
});
type LogDocument = z.infer<typeof documentSchema>;

const shortSchema = documentSchema.pick({ user_id: true, outcome: true }).extend({ findings: z.array(z.object({ code: z.enum(legacyFindingCodes) })) });

/** What operations write in the transaction of their change. */
const ownOutcomes: readonly LegacyOutcome[] = ['migrated', 'rolled_back'];

/** An entry that is not about a user has an id that no user's can have, and comes first. */
function idOf(runId: string, userId: string | null): string {
  return `${runId}/${userId === null ? '' : `u${userId}`}`;
}

/** The write of an entry, whether there is one already or not. */
function replacing({ runId, userId, before, ...entry }: LegacyLogRecord): { readonly filter: Filter<LogDocument>; readonly replacement: Omit<LogDocument, '_id'>; readonly upsert: true } {
  return {
    filter: { _id: idOf(runId, userId) },
    replacement: {
      run_id: runId, user_id: userId, outcome: entry.outcome, findings: entry.findings.map(({ code, details }) => ({ code, details: { ...details } })), database_id: entry.databaseId,
      mongo_database: entry.mongoDatabase, operation_id: entry.operationId, at: entry.at, rolled_back_by: entry.rolledBackBy,
      before: before === null ? null : { document: before.document, roles: before.roles.map((role) => ({ ...role })), adopted: { ...before.adopted }, app_fixes: before.appFixes.map((fix) => ({ ...fix })), brought: before.brought === null ? null : { source: before.brought.source, app_ids: [...before.brought.appIds] } },
    },
    upsert: true,
  };
}

function toRecord(document: unknown): LegacyLogRecord {
  const { run_id: runId, user_id: userId, database_id: databaseId, mongo_database: mongoDatabase, operation_id: operationId, rolled_back_by: rolledBackBy, before, outcome, findings, at } = documentSchema.parse(document);
  return {
    runId, userId, databaseId, mongoDatabase, operationId, rolledBackBy, outcome, findings, at,
    before: before === null ? null : { document: before.document, roles: before.roles, adopted: before.adopted, appFixes: before.app_fixes, brought: before.brought === null ? null : { source: before.brought.source, appIds: before.brought.app_ids } },
  };
}

function toFilter(runId: string, { outcome, finding, userId }: LegacyLogFilter): Filter<LogDocument> {
  if (userId !== undefined) return { _id: idOf(runId, userId), ...(outcome === undefined ? {} : { outcome }), ...(finding === undefined ? {} : { 'findings.code': finding }) };
  return { run_id: runId, ...(outcome === undefined ? {} : { outcome }), ...(finding === undefined ? {} : { 'findings.code': finding }) };
}

const tallySchema = z.object({ _id: z.string(), count: z.number() });

export class MongoLegacyLog implements LegacyLog {
  readonly #at: StoreSession;

  constructor(at: StoreSession) {
    this.#at = at;
  }

  async record(entry: LegacyLogRecord): Promise<void> {
    const { filter, replacement } = replacing(entry);
    await this.#entries.replaceOne(filter, replacement, { upsert: true, ...inSession(this.#at) });
  }

  async note(entry: LegacyLogRecord): Promise<boolean> {
    const { filter, replacement } = replacing(entry);
    const isOpen = { $or: [{ outcome: { $nin: [...ownOutcomes] } }, { rolled_back_by: { $ne: null } }] };
    try {
      await this.#entries.replaceOne({ $and: [filter, isOpen] }, replacement, { upsert: true, ...inSession(this.#at) });
      return true;
    } catch (error) {
      if (hasCode(error, mongoCodes.duplicateKey)) return false;
      throw error;
    }
  }

  async recordAll(entries: readonly LegacyLogRecord[]): Promise<void> {
    if (entries.length === 0) return;
    await this.#entries.bulkWrite(entries.map((entry) => ({ replaceOne: replacing(entry) })), { ordered: false, ...inSession(this.#at) });
  }

  async recordRollback(migratedBy: string, entry: LegacyLogRecord): Promise<void> {
    await this.#entries.bulkWrite([
      { updateOne: { filter: { _id: idOf(migratedBy, entry.userId) }, update: { $set: { rolled_back_by: entry.runId } } } }, { replaceOne: replacing(entry) },
    ], inSession(this.#at));
  }

  async find(runId: string, userId: string | null): Promise<LegacyLogRecord | undefined> {
    const document = await this.#entries.findOne({ _id: idOf(runId, userId) }, inSession(this.#at));
    return document === null ? undefined : toRecord(document);
  }

  async finished(runId: string, userIds: readonly string[]): Promise<ReadonlySet<string>> {
    const filter = { _id: { $in: userIds.map((userId) => idOf(runId, userId)) }, outcome: { $ne: 'waiting' as const } };
    const documents = await this.#entries.find(filter, { projection: { user_id: 1 }, ...inSession(this.#at) }).toArray();
    return new Set(documents.map(({ user_id }) => String(user_id)));
  }

  async page(runId: string, filter: LegacyLogFilter, { limit, offset }: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly LegacyLogRecord[]; readonly total: number }> {
    const documents = await this.#entries.find(toFilter(runId, filter), inSession(this.#at)).sort({ _id: 1 }).skip(offset).limit(limit).toArray();
    return { items: documents.map(toRecord), total: await this.count(runId, filter) };
  }

  async after(runId: string, filter: LegacyLogFilter, afterUserId: string | null, limit: number): Promise<readonly LegacyLogRecord[]> {
    const documents = await this.#entries
      .find({ $and: [toFilter(runId, filter), { _id: { $gt: idOf(runId, afterUserId) } }] }, inSession(this.#at)).sort({ _id: 1 }).limit(limit).toArray();
    return documents.map(toRecord);
  }

  async count(runId: string, filter: LegacyLogFilter): Promise<number> {
    return this.#entries.countDocuments(toFilter(runId, filter), inSession(this.#at));
  }

  async migratedBy(runId: string, afterUserId: string | null, limit: number): Promise<NextUsers> {
    const filter = { run_id: runId, outcome: 'migrated' as const, _id: { $gt: idOf(runId, afterUserId) } };
    // The earlier documents stay where they are: a page needs ids alone.
    const entries = await this.#entries.find(filter, { projection: { user_id: 1, rolled_back_by: 1 }, ...inSession(this.#at) }).sort({ _id: 1 }).limit(limit).toArray();
    const last = entries.at(-1)?.user_id;
    const userIds = entries.flatMap(({ user_id: userId, rolled_back_by: rolledBackBy }) => (userId === null || rolledBackBy !== null ? [] : [userId]));
    return { userIds, next: last === undefined || last === null || entries.length < limit ? null : last };
  }

  async outcomesOf(runId: string, userIds: readonly (string | null)[]): Promise<readonly LegacyOutcomeRecord[]> {
    const filter = { _id: { $in: userIds.map((userId) => idOf(runId, userId)) } };
    const entries = await this.#entries.find(filter, { projection: { user_id: 1, outcome: 1, 'findings.code': 1 }, ...inSession(this.#at) }).toArray();
    return entries.map((entry) => shortSchema.parse(entry)).map(({ user_id: userId, outcome, findings }) => ({ userId, outcome, findingCodes: findings.map(({ code }) => code) }));
  }

  async tally(runId: string): Promise<{ readonly outcomes: Tally<LegacyOutcome>; readonly findings: Tally<LegacyFindingCode> }> {
    const count = async (field: string, stages: readonly object[]): Promise<Record<string, number>> => {
      const counted = await this.#entries.aggregate([{ $match: { run_id: runId } }, ...stages, { $group: { _id: field, count: { $sum: 1 } } }], inSession(this.#at)).toArray();
      return Object.fromEntries(counted.map((document) => tallySchema.parse(document)).map(({ _id, count: number }) => [_id, number]));
    };
    return { outcomes: await count('$outcome', []), findings: await count('$findings.code', [{ $unwind: '$findings' }]) };
  }

  get #entries(): Collection<LogDocument> {
    return this.#at.db.collection<LogDocument>(controlCollections.legacyLog);
  }
}

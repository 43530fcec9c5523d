// Runs over legacy users and their pages. A page is handed out by moving the run's cursor and writing the page down in one
// transaction, so that no user is in two pages, and none is lost with a replica that dies.
import type { Collection, Db, MongoServerError } from 'mongodb';
import { legacyFindingCodes, legacyOutcomes, legacyRunModes, legacyRunStates, type LegacyRunState } from '@freehold/api';
import { z } from 'zod';
import { LegacyRunRunning, type LegacyLease, type LegacyPage, type LegacyRunRecord, type LegacyRunStore } from '../../ports/legacy-runs.js';
import { endCursor, type NextUsers } from '../../ports/legacy-user-pages.js';
import { controlCollections } from './control-collections.js';
import type { ControlTransactions } from './control-transactions.js';
import { hasCode, mongoCodes } from './failures.js';
import { MongoLegacyLog } from './legacy-log-store.js';
import { inSession, type StoreSession } from './store-session.js';

const optionsSchema = z.object({
  concurrency: z.number(), user_ids: z.array(z.string()).nullable(), limit: z.number().nullable(), cipher: z.string().nullable(), source: z.string().nullable().default(null), allow_plain: z.boolean(),
  extra_roles: z.enum(['refuse', 'remove']), of_run_id: z.string().nullable(), sample_percent: z.number().nullable(), repair: z.boolean(),
});

const runSchema = z.object({
  _id: z.string(),
  mode: z.enum(legacyRunModes),
  state: z.enum(legacyRunStates),
  pause_reason: z.string().nullable(),
  options: optionsSchema,
  total: z.number(),
  done: z.number(),
  outcomes: z.partialRecord(z.enum(legacyOutcomes), z.number()),
  findings: z.partialRecord(z.enum(legacyFindingCodes), z.number()),
  started_by: z.string().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  ended_at: z.date().nullable(),
  /** Where the next page begins. */
  cursor: z.string().nullable(),
  next_sequence: z.number(),
  is_exhausted: z.boolean(),
});
type RunDocument = z.infer<typeof runSchema>;

interface PageDocument {
  readonly _id: string;
  readonly run_id: string;
  readonly sequence: number;
  readonly user_ids: readonly string[];
  readonly is_done: boolean;
  readonly owner: string;
  readonly lease_expires_at: Date;
}

function toRun(document: unknown): LegacyRunRecord {
  const { _id: id, options, pause_reason: pauseReason, started_by: startedBy, created_at: createdAt, updated_at: updatedAt, ended_at: endedAt, mode, state, total, done, outcomes, findings } = runSchema.parse(document);
  const { concurrency, user_ids: userIds, limit, cipher, source, allow_plain: allowPlain, extra_roles: extraRoles, of_run_id: ofRunId, sample_percent: samplePercent, repair } = options;
  return {
    id, mode, state, pauseReason, total, done, outcomes, findings, startedBy, createdAt, updatedAt, endedAt,
    options: { concurrency, userIds, limit, cipher, source, allowPlain, extraRoles, ofRunId, samplePercent, repair },
  };
}

function toPage({ run_id: runId, sequence, user_ids: userIds, owner }: PageDocument): LegacyPage {
  return { runId, sequence, userIds, owner };
}

function pageId(runId: string, sequence: number): string {
  return `${runId}/${sequence}`;
}

function runsOf(at: Pick<StoreSession, 'db'>): Collection<RunDocument> {
  return at.db.collection<RunDocument>(controlCollections.legacyRuns);
}

/** The index of running runs stands for the rule that one at a time changes users. */
function toRunRunning(error: unknown): never {
  if (hasCode(error, mongoCodes.duplicateKey) && Object.hasOwn(((error as MongoServerError)['keyPattern'] ?? {}) as object, 'state')) throw new LegacyRunRunning('another run changes users');
  throw error;
}

/** Begins a run, in a transaction or alone. False: there is one with this id. Throws LegacyRunRunning. */
export async function insertLegacyRun(at: Pick<StoreSession, 'db' | 'session'>, run: LegacyRunRecord): Promise<boolean> {
  const { concurrency, userIds: user_ids, limit, cipher, source, allowPlain: allow_plain, extraRoles: extra_roles, ofRunId: of_run_id, samplePercent: sample_percent, repair } = run.options;
  const { upsertedCount } = await runsOf(at).updateOne({ _id: run.id }, { $setOnInsert: {
    mode: run.mode, state: run.state, pause_reason: run.pauseReason, total: run.total, done: run.done, outcomes: run.outcomes, findings: run.findings, started_by: run.startedBy,
    created_at: run.createdAt, updated_at: run.updatedAt, ended_at: run.endedAt, cursor: null, next_sequence: 0, is_exhausted: false,
    options: { concurrency, user_ids: user_ids === null ? null : [...user_ids], limit, cipher, source, allow_plain, extra_roles, of_run_id, sample_percent, repair },
  } }, { upsert: true, ...inSession(at) }).catch(toRunRunning);
  return upsertedCount === 1;
}

/** Takes a run from one state to another, in a transaction or alone. False: it is in another state than `from`. Throws LegacyRunRunning. */
export async function changeLegacyRunState(at: Pick<StoreSession, 'db' | 'session'>, ...[runId, from, to, pauseReason, updatedAt]: Parameters<LegacyRunStore['changeState']>): Promise<boolean> {
  const { matchedCount } = await runsOf(at).updateOne({ _id: runId, state: from }, { $set: { state: to, pause_reason: pauseReason, updated_at: updatedAt } }, inSession(at)).catch(toRunRunning);
  return matchedCount === 1;
}

export class MongoLegacyRunStore implements LegacyRunStore {
  readonly #runs: Collection<RunDocument>;
  readonly #pages: Collection<PageDocument>;

  constructor(private readonly db: Db, private readonly transactions: ControlTransactions) {
    this.#runs = runsOf({ db });
    this.#pages = db.collection(controlCollections.legacyPages);
  }

  insert(run: LegacyRunRecord): Promise<boolean> {
    return insertLegacyRun({ db: this.db }, run);
  }

  async find(runId: string): Promise<LegacyRunRecord | undefined> {
    const document = await this.#runs.findOne({ _id: runId });
    return document === null ? undefined : toRun(document);
  }

  async list({ limit, offset }: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly LegacyRunRecord[]; readonly total: number }> {
    const documents = await this.#runs.find({}).sort({ created_at: -1 }).skip(offset).limit(limit).toArray();
    return { items: documents.map(toRun), total: await this.#runs.countDocuments({}) };
  }

  async inState(state: LegacyRunState): Promise<readonly LegacyRunRecord[]> {
    return (await this.#runs.find({ state }).sort({ created_at: 1 }).toArray()).map(toRun);
  }

  changeState(...change: Parameters<LegacyRunStore['changeState']>): Promise<boolean> {
    return changeLegacyRunState({ db: this.db }, ...change);
  }

  async takePage(runId: string, { owner, now, expiresAt }: LegacyLease, find: (cursor: string | null) => Promise<NextUsers>): Promise<LegacyPage | undefined> {
    const left = await this.#pages.findOneAndUpdate(
      { run_id: runId, is_done: false, lease_expires_at: { $lte: now } }, { $set: { owner, lease_expires_at: expiresAt } }, { sort: { sequence: 1 }, returnDocument: 'after' },
    );
    if (left !== null) return toPage(left);
    for (;;) {
      const run = await this.#runs.findOne({ _id: runId });
      if (run === null || run.is_exhausted || run.state !== 'running') return undefined;
      // One after the other: where another replica was faster, this one looks again.
      const page = await this.#handOut(run, owner, expiresAt, await find(run.cursor));
      if (page !== undefined) return page;
    }
  }

  /** The page after the last: of users; or, after the last users, the one without any. Undefined: another replica was faster. */
  #handOut(run: RunDocument, owner: string, expiresAt: Date, { userIds, next }: NextUsers): Promise<LegacyPage | undefined> {
    const { _id: run_id, next_sequence: sequence, cursor } = run;
    const page: PageDocument = { _id: pageId(run_id, sequence), run_id, sequence, user_ids: userIds, is_done: false, owner, lease_expires_at: expiresAt };
    const isLast = userIds.length === 0;
    return this.transactions.run(async (session) => {
      const moved = await this.#runs.updateOne(
        { _id: run_id, next_sequence: sequence, is_exhausted: false },
        { $set: { next_sequence: sequence + 1, cursor: isLast ? cursor : (next ?? endCursor), is_exhausted: isLast } }, { session },
      );
      if (moved.matchedCount !== 1) return undefined;
      await this.#pages.insertOne(page, { session });
      return toPage(page);
    });
  }

  async renewPage({ runId, sequence, owner }: LegacyPage, expiresAt: Date): Promise<boolean> {
    const { matchedCount } = await this.#pages.updateOne({ _id: pageId(runId, sequence), owner, is_done: false }, { $set: { lease_expires_at: expiresAt } });
    return matchedCount === 1;
  }

  async releasePage({ runId, sequence, owner }: LegacyPage): Promise<void> {
    await this.#pages.updateOne({ _id: pageId(runId, sequence), owner }, { $set: { lease_expires_at: new Date(0) } });
  }

  async finishPage({ runId, sequence, owner, userIds }: LegacyPage, at: Date): Promise<void> {
    await this.transactions.run(async (session) => {
      const { matchedCount } = await this.#pages.updateOne({ _id: pageId(runId, sequence), owner, is_done: false }, { $set: { is_done: true } }, { session });
      if (matchedCount !== 1) return;
      const increments: Record<string, number> = { done: userIds.length };
      const log = new MongoLegacyLog({ db: this.db, session, transact: (work) => work(session) });
      const count = (name: string): void => {
        increments[name] = (increments[name] ?? 0) + 1;
      };
      for (const { userId, outcome, findingCodes } of await log.outcomesOf(runId, userIds.length === 0 ? [null] : userIds)) {
        if (userId !== null) count(`outcomes.${outcome}`);
        for (const code of findingCodes) count(`findings.${code}`);
      }
      await this.#runs.updateOne({ _id: runId }, { $inc: increments, $set: { updated_at: at } }, { session });
    });
  }

  async endIfDone(runId: string, at: Date): Promise<boolean> {
    if ((await this.#pages.findOne({ run_id: runId, is_done: false }, { projection: { _id: 1 } })) !== null) return false;
    const { matchedCount } = await this.#runs.updateOne({ _id: runId, state: 'running', is_exhausted: true }, { $set: { state: 'done', ended_at: at, updated_at: at } });
    return matchedCount === 1;
  }
}

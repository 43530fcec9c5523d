// Runs of the reconciler: one document a run, one for each page that is under way, one for each difference. Kept for 30 days.
import { driftKindNames, reconcileRunStates, type ReconcileRunState } from '@freehold/api';
import type { ClientSession, Collection, Db, Filter, MongoClient } from 'mongodb';
import { z } from 'zod';
import type {
  DriftFilter, DriftRecord, KeysAfter, NewReconcileRun, ReconcileLease, ReconcilePage, ReconcileRunRecord, ReconcileRunStore, ReconcileStage, ReconcileTally,
} from '../../ports/reconcile-runs.js';
import { inSession, transactionOptions, type StoreSession } from './store-session.js';

const keptSeconds = 30 * 86_400;
const runsCollection = 'reconcile_runs';

const stageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('owners') }), z.object({ kind: z.literal('apps') }), z.object({ kind: z.literal('users'), clusterId: z.string() }),
  z.object({ kind: z.literal('platform') }), z.object({ kind: z.literal('closing') }),
]);
const counts = z.partialRecord(z.enum(driftKindNames), z.number());
const byCluster = z.array(z.object({ cluster_id: z.string(), count: z.number() }));

const runSchema = z.object({
  _id: z.string(),
  is_dry_run: z.boolean(),
  cluster_id: z.string().nullable(),
  user_id: z.string().nullable(),
  state: z.enum(reconcileRunStates),
  stages: z.array(stageSchema),
  clusters: z.array(z.object({ clusterId: z.string(), userCount: z.number(), foreignUserCount: z.number() })),
  databases: z.number(),
  apps: z.number(),
  mongo_users: z.number(),
  undecided: z.number(),
  databases_by_cluster: byCluster,
  foreign_users_by_cluster: byCluster,
  unreachable_clusters: z.array(z.string()),
  found: counts,
  mended: counts,
  started_by: z.string().nullable(),
  created_at: z.date(),
  updated_at: z.date(),
  ended_at: z.date().nullable(),
  /** Where the next page begins. */
  stage: z.number(),
  after: z.string().nullable(),
  next_sequence: z.number(),
});
type RunDocument = z.infer<typeof runSchema>;

interface PageDocument {
  readonly _id: string;
  readonly run_id: string;
  readonly sequence: number;
  readonly stage: ReconcileStage;
  readonly keys: readonly string[];
  readonly owner: string;
  readonly attempt: number;
  readonly lease_expires_at: Date;
}

const findingSchema = z.object({
  kind: z.enum(driftKindNames), cluster_id: z.string().nullable(), user_id: z.string().nullable(), database_id: z.string().nullable(), username: z.string().nullable(),
  app_id: z.string().nullable(), operation_id: z.string().nullable(), details: z.record(z.string(), z.unknown()), is_mended: z.boolean(), at: z.date(),
});
type FindingDocument = z.infer<typeof findingSchema> & { readonly _id: string; readonly run_id: string; readonly sequence: number };

function toCounts(pairs: z.infer<typeof byCluster>): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { cluster_id, count } of pairs) sums[cluster_id] = (sums[cluster_id] ?? 0) + count;
  return sums;
}

function toRun(document: unknown): ReconcileRunRecord {
  const run = runSchema.parse(document);
  return {
    id: run._id, isDryRun: run.is_dry_run, scope: { clusterId: run.cluster_id, userId: run.user_id }, state: run.state, stages: run.stages, clusters: run.clusters,
    databases: run.databases, apps: run.apps, mongoUsers: run.mongo_users, undecided: run.undecided, unreachableClusters: run.unreachable_clusters,
    databasesByCluster: toCounts(run.databases_by_cluster), foreignUsersByCluster: toCounts(run.foreign_users_by_cluster),
    found: run.found, mended: run.mended, startedBy: run.started_by, createdAt: run.created_at, updatedAt: run.updated_at, endedAt: run.ended_at,
  };
}

function toPage({ run_id: runId, sequence, stage, keys, owner, attempt }: PageDocument): ReconcilePage {
  return { runId, sequence, stage, keys, owner, attempt };
}

function pageId({ runId, sequence }: Pick<ReconcilePage, 'runId' | 'sequence'>): string {
  return `${runId}/${sequence}`;
}

/** Increments a count of an array of counts by cluster, whose ids may hold anything. */
async function countByCluster(runs: Collection<RunDocument>, runId: string, field: 'databases_by_cluster' | 'foreign_users_by_cluster', added: Readonly<Record<string, number>>, session: ClientSession): Promise<void> {
  for (const [clusterId, count] of Object.entries(added)) {
    // One after the other: a transaction takes one command at a time, and clusters are few.
    const { matchedCount } = await runs.updateOne({ _id: runId, [`${field}.cluster_id`]: clusterId }, { $inc: { [`${field}.$.count`]: count } }, { session });
    if (matchedCount === 0) await runs.updateOne({ _id: runId }, { $push: { [field]: { cluster_id: clusterId, count } } }, { session });
  }
}

/** Begins a run, in a transaction or alone. False: there is one with this id. */
export async function insertReconcileRun(at: Pick<StoreSession, 'db' | 'session'>, { id, isDryRun, scope, stages, clusters, startedBy, createdAt }: NewReconcileRun): Promise<boolean> {
  const { upsertedCount } = await at.db.collection<RunDocument>(runsCollection).updateOne({ _id: id }, { $setOnInsert: {
    is_dry_run: isDryRun, cluster_id: scope.clusterId, user_id: scope.userId, state: 'running', stages: [...stages], clusters: [...clusters], databases: 0, apps: 0, mongo_users: 0, undecided: 0,
    databases_by_cluster: [], foreign_users_by_cluster: [], unreachable_clusters: [], found: {}, mended: {}, started_by: startedBy, created_at: createdAt, updated_at: createdAt, ended_at: null,
    stage: 0, after: null, next_sequence: 0,
  } }, { upsert: true, ...inSession(at) });
  return upsertedCount === 1;
}

export class MongoReconcileRunStore implements ReconcileRunStore {
  readonly #runs: Collection<RunDocument>;
  readonly #pages: Collection<PageDocument>;
  readonly #findings: Collection<FindingDocument>;

  constructor(private readonly db: Db, private readonly client: MongoClient) {
    this.#runs = db.collection(runsCollection);
    this.#pages = db.collection('reconcile_pages');
    this.#findings = db.collection('reconcile_findings');
  }

  /** Makes the indexes; safe on every start. */
  async prepare(): Promise<void> {
    await Promise.all([
      this.#runs.createIndexes([{ key: { created_at: 1 }, expireAfterSeconds: keptSeconds }, { key: { state: 1, created_at: 1 } }, { key: { started_by: 1, created_at: -1 } }]),
      this.#pages.createIndexes([{ key: { run_id: 1, sequence: 1 } }]),
      this.#findings.createIndexes([{ key: { at: 1 }, expireAfterSeconds: keptSeconds }, { key: { run_id: 1, sequence: 1 } }, { key: { run_id: 1, kind: 1, _id: 1 } }, { key: { run_id: 1, _id: 1 } }]),
    ]);
  }

  insert(run: NewReconcileRun): Promise<boolean> {
    return insertReconcileRun({ db: this.db }, run);
  }

  async find(runId: string): Promise<ReconcileRunRecord | undefined> {
    const document = await this.#runs.findOne({ _id: runId });
    return document === null ? undefined : toRun(document);
  }

  async list({ limit, offset }: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly ReconcileRunRecord[]; readonly total: number }> {
    const documents = await this.#runs.find({}).sort({ created_at: -1 }).skip(offset).limit(limit).toArray();
    return { items: documents.map(toRun), total: await this.#runs.countDocuments({}) };
  }

  async running(): Promise<readonly ReconcileRunRecord[]> {
    return (await this.#runs.find({ state: 'running' }).sort({ created_at: 1 }).toArray()).map(toRun);
  }

  async latestByPlatform(state?: ReconcileRunState): Promise<ReconcileRunRecord | undefined> {
    const document = await this.#runs.findOne({ started_by: null, ...(state === undefined ? {} : { state }) }, { sort: { created_at: -1 } });
    return document === null ? undefined : toRun(document);
  }

  async takePage(runId: string, { owner, now, expiresAt }: ReconcileLease, keysAfter: KeysAfter): Promise<ReconcilePage | undefined> {
    const left = await this.#pages.findOneAndUpdate({ run_id: runId, lease_expires_at: { $lte: now } }, { $set: { owner, lease_expires_at: expiresAt }, $inc: { attempt: 1 } }, { sort: { sequence: 1 }, returnDocument: 'after' });
    if (left !== null) return toPage(left);
    for (;;) {
      // One after the other: where another replica was faster, or a stage is at its end, this one looks again.
      const run = await this.#runs.findOne({ _id: runId });
      const stage = run?.stages[run.stage];
      if (run === null || stage === undefined || run.state !== 'running') return undefined;
      if (stage.kind === 'closing' && (await this.#isUnderWay(runId))) return undefined;
      const isSingle = stage.kind === 'platform' || stage.kind === 'closing';
      const keys = isSingle ? [] : await keysAfter(stage, run.after);
      const isOver = !isSingle && keys.length === 0;
      const next = isOver || isSingle ? { stage: run.stage + 1, after: null } : { stage: run.stage, after: keys.at(-1) ?? null };
      const page: PageDocument = { _id: pageId({ runId, sequence: run.next_sequence }), run_id: runId, sequence: run.next_sequence, stage, keys, owner, attempt: 1, lease_expires_at: expiresAt };
      if ((await this.#move(run, next, isOver ? undefined : page)) && !isOver) return toPage(page);
    }
  }

  /** False: another replica was faster. */
  #move({ _id, next_sequence: sequence }: RunDocument, next: Pick<RunDocument, 'stage' | 'after'>, page: PageDocument | undefined): Promise<boolean> {
    return this.#transact(async (session) => {
      const { matchedCount } = await this.#runs.updateOne({ _id, next_sequence: sequence }, { $set: { ...next, next_sequence: sequence + 1 } }, { session });
      if (matchedCount === 1 && page !== undefined) await this.#pages.insertOne(page, { session });
      return matchedCount === 1;
    });
  }

  async #isUnderWay(runId: string): Promise<boolean> {
    return (await this.#pages.findOne({ run_id: runId }, { projection: { _id: 1 } })) !== null;
  }

  async renewPage(page: ReconcilePage, expiresAt: Date): Promise<boolean> {
    const { matchedCount } = await this.#pages.updateOne({ _id: pageId(page), owner: page.owner }, { $set: { lease_expires_at: expiresAt } });
    return matchedCount === 1;
  }

  async releasePage(page: ReconcilePage): Promise<void> {
    await this.#pages.updateOne({ _id: pageId(page), owner: page.owner }, { $set: { lease_expires_at: new Date(0) } });
  }

  async record({ runId, sequence }: ReconcilePage, { kind, clusterId, userId, databaseId, username, appId, operationId, details, isMended, at }: DriftRecord): Promise<void> {
    const subject = [clusterId, userId, databaseId, username, appId, operationId].map((part) => part ?? '').join('/');
    const fields = { kind, cluster_id: clusterId, user_id: userId, database_id: databaseId, username, app_id: appId, operation_id: operationId, details: { ...details }, at };
    const filter: Filter<FindingDocument> = { _id: `${runId}/${kind}/${subject}` };
    await this.#findings.updateOne(filter, isMended ? { $set: { ...fields, is_mended: true }, $setOnInsert: { run_id: runId, sequence } } : { $set: fields, $setOnInsert: { run_id: runId, sequence, is_mended: false } }, { upsert: true });
  }

  async finishPage(page: ReconcilePage, tally: ReconcileTally, at: Date): Promise<boolean> {
    const { runId, sequence, owner } = page;
    return this.#transact(async (session) => {
      const { deletedCount } = await this.#pages.deleteOne({ _id: pageId(page), owner }, { session });
      if (deletedCount !== 1) return false;
      const increments: Record<string, number> = { databases: tally.databases, apps: tally.apps, mongo_users: tally.mongoUsers, undecided: tally.undecided };
      const groups = await this.#findings.aggregate<{ readonly _id: { readonly kind: string; readonly is_mended: boolean }; readonly count: number }>(
        [{ $match: { run_id: runId, sequence } }, { $group: { _id: { kind: '$kind', is_mended: '$is_mended' }, count: { $sum: 1 } } }], { session },
      ).toArray();
      for (const { _id: { kind, is_mended }, count } of groups) {
        increments[`found.${kind}`] = (increments[`found.${kind}`] ?? 0) + count;
        if (is_mended) increments[`mended.${kind}`] = count;
      }
      await this.#runs.updateOne({ _id: runId }, { $inc: increments, $set: { updated_at: at }, $addToSet: { unreachable_clusters: { $each: [...tally.unreachableClusters] } } }, { session });
      await countByCluster(this.#runs, runId, 'databases_by_cluster', tally.databasesByCluster, session);
      await countByCluster(this.#runs, runId, 'foreign_users_by_cluster', tally.foreignUsersByCluster, session);
      return true;
    });
  }

  async noteUnreachable(runId: string, clusterId: string): Promise<void> {
    await this.#runs.updateOne({ _id: runId }, { $addToSet: { unreachable_clusters: clusterId } });
  }

  async endIfDone(runId: string, at: Date): Promise<boolean> {
    const run = await this.#runs.findOne({ _id: runId });
    if (run === null || run.stage < run.stages.length || (await this.#isUnderWay(runId))) return false;
    const { matchedCount } = await this.#runs.updateOne({ _id: runId, state: 'running' }, { $set: { state: 'done', ended_at: at, updated_at: at } });
    return matchedCount === 1;
  }

  async findings(runId: string, { kind, isMended }: DriftFilter, { limit, offset }: { readonly limit: number; readonly offset: number }): Promise<{ readonly items: readonly DriftRecord[]; readonly total: number }> {
    const filter: Filter<FindingDocument> = { run_id: runId, ...(kind === undefined ? {} : { kind }), ...(isMended === undefined ? {} : { is_mended: isMended }) };
    const documents = await this.#findings.find(filter).sort({ _id: 1 }).skip(offset).limit(limit).toArray();
    return { items: documents.map(toFinding), total: await this.#findings.countDocuments(filter) };
  }

  #transact<Result>(work: (session: ClientSession) => Promise<Result>): Promise<Result> {
    return this.client.withSession((session) => session.withTransaction(() => work(session), transactionOptions));
  }
}

function toFinding(document: unknown): DriftRecord {
  const { kind, cluster_id: clusterId, user_id: userId, database_id: databaseId, username, app_id: appId, operation_id: operationId, details, is_mended: isMended, at } = findingSchema.parse(document);
  return { kind, clusterId, userId, databaseId, username, appId, operationId, details, isMended, at };
}

// Runs of the reconciler, as operators start and follow them (`ReconcileService`), and those that the platform begins by itself. The work
// is done by a job on every replica.
import { ApiError, driftKindNames, type DriftFinding, type ReconcileRun } from '@freehold/api';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { DriftRecord, NewReconcileRun, ReconcileRunRecord, ReconcileRunStore, ReconcileScope, ReconcileStage } from '../ports/reconcile-runs.js';
import type { ReconcileService } from './contracts.js';
import { originOf } from './databases-world.js';
import { followedRun } from './followed-run.js';

export interface ReconcileServiceDependencies {
  readonly control: ControlDatabase;
  readonly runs: ReconcileRunStore;
  readonly clock: Clock;
  readonly identifiers: Pick<Identifiers, 'uuid'>;
}

const followPollMilliseconds = 500;

function stagesOf({ userId, clusterId }: ReconcileScope, clusterIds: readonly string[]): readonly ReconcileStage[] {
  const users = clusterIds.map((id) => ({ kind: 'users', clusterId: id }) as const);
  const ofRecords = [{ kind: 'owners' }, { kind: 'apps' }] as const;
  if (userId !== null) return [...ofRecords, ...users];
  return clusterId === null ? [...ofRecords, ...users, { kind: 'platform' }, { kind: 'closing' }] : [...ofRecords, ...users, { kind: 'closing' }];
}

/** A run before its first page, with what the clusters' records say at its start. */
export async function newReconcileRun(control: Pick<ControlDatabase, 'clusters'>, fields: Pick<NewReconcileRun, 'id' | 'isDryRun' | 'scope' | 'startedBy' | 'createdAt'>): Promise<NewReconcileRun> {
  const registered = (await control.clusters.list()).filter(({ id }) => fields.scope.clusterId === null || id === fields.scope.clusterId);
  return {
    ...fields, stages: stagesOf(fields.scope, registered.map(({ id }) => id)),
    clusters: registered.map(({ id: clusterId, userCount, foreignUserCount }) => ({ clusterId, userCount, foreignUserCount })),
  };
}

function presentRun(run: ReconcileRunRecord): ReconcileRun {
  return {
    id: run.id, dry_run: run.isDryRun, scope: { cluster_id: run.scope.clusterId, user_id: run.scope.userId }, state: run.state,
    databases: run.databases, apps: run.apps, mongo_users: run.mongoUsers, found: { ...run.found }, mended: { ...run.mended },
    undecided: run.undecided, unreachable_clusters: [...run.unreachableClusters],
    created_at: run.createdAt.toISOString(), updated_at: run.updatedAt.toISOString(), ended_at: run.endedAt?.toISOString() ?? null,
  };
}

function presentFinding({ kind, clusterId, userId, databaseId, username, appId, operationId, details, isMended, at }: DriftRecord): DriftFinding {
  return {
    kind, cluster_id: clusterId, user_id: userId, database_id: databaseId, mongo_username: username, app_id: appId, operation_id: operationId, details: { ...details }, is_mended: isMended,
    at: at.toISOString(),
  };
}

/** Builds the service. */
export function createReconcileService(dependencies: ReconcileServiceDependencies): ReconcileService {
  const { control, runs, clock, identifiers } = dependencies;

  async function find(runId: string): Promise<ReconcileRunRecord> {
    const run = await runs.find(runId);
    if (run === undefined) throw new ApiError('RECONCILE_RUN_NOT_FOUND', { run_id: runId });
    return run;
  }

  async function checkScope({ clusterId, userId }: ReconcileScope): Promise<void> {
    if (clusterId !== null && (await control.clusters.find(clusterId)) === undefined) throw new ApiError('CLUSTER_NOT_FOUND', { cluster_id: clusterId });
    if (userId !== null && (await control.databases.owner(userId)) === undefined) throw new ApiError('USER_NOT_FOUND', { user_id: userId });
  }

  return {
    start: async (actor, { dry_run: isDryRun, scope: given }) => {
      const scope = { clusterId: given?.cluster_id ?? null, userId: given?.user_id ?? null };
      await checkScope(scope);
      // A repeat of the request finds the run it began.
      const id = actor.idempotencyId?.slice(0, 64) ?? identifiers.uuid();
      const at = clock.now();
      const run = await newReconcileRun(control, { id, isDryRun, scope, startedBy: actor.userId, createdAt: at });
      await control.transaction(async (stores) => {
        if (!(await stores.reconcileRuns.insert(run))) return;
        await stores.audit.record({ action: 'reconcile.started', origin: originOf(actor), userId: actor.userId, subject: { kind: 'platform', id }, at, details: { dry_run: isDryRun, cluster_id: scope.clusterId, user_id: scope.userId } });
      });
      return presentRun(await find(id));
    },
    list: async (_actor, { limit, offset }) => {
      const { items, total } = await runs.list({ limit, offset });
      return { items: items.map(presentRun), total, limit, offset };
    },
    get: async (_actor, runId, { limit, offset, kind, is_mended: isMended }) => {
      const run = await find(runId);
      const filter = { ...(kind === undefined ? {} : { kind }), ...(isMended === undefined ? {} : { isMended }) };
      const { items, total } = await runs.findings(runId, filter, { limit, offset });
      return { ...presentRun(run), findings: { items: items.map(presentFinding), total, limit, offset } };
    },
    follow: async (_actor, runId) => {
      const first = await find(runId);
      return (signal) => followedRun({ first, find: (id) => dependencies.runs.find(id), present: presentRun, clock: dependencies.clock, pollMilliseconds: followPollMilliseconds }, signal);
    },
  };
}

/** All kinds with their counts, those that were not found included: what a gauge needs. */
export function countsByKind(found: ReconcileRunRecord['found']): readonly { readonly kind: (typeof driftKindNames)[number]; readonly count: number }[] {
  return driftKindNames.map((kind) => ({ kind, count: found[kind] ?? 0 }));
}

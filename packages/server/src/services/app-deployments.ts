// Deploying apps (R9): finds the database an app is given, with the fall-back of R1.2, and hands the app with its URI to its
// deployer. Also what redeploys apps after a rotation or a move, and what takes them up again when the platform starts.
import { ApiError } from '@freehold/api';
import { appsOfDatabase, isDeployed } from '../credentials/database-apps.js';
import type { AppRecord, AppStatus } from '../domain/app.js';
import { convertEnvironment } from '../domain/app-spec.js';
import type { DatabaseEntry } from '../domain/database-entry.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { exceededBy, quotaDetails } from '../domain/quota.js';
import { isOverQuota } from '../domain/quota-level.js';
import type { Secret } from '../domain/secret.js';
import { Turns } from '../journal/turns.js';
import type { AppRedeployer, MoveOutcome, StoredCredential } from '../ports/app-redeployer.js';
import type { Clock } from '../ports/clock.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { Deployer, DeploymentState, DeploymentStatus } from '../ports/deployer.js';
import type { Keyring } from '../ports/keyring.js';

export interface AppDeploymentsDependencies {
  readonly stores: Pick<ControlDatabase, 'apps' | 'databases' | 'transaction'>;
  readonly keyring: Keyring;
  readonly deployers: ReadonlyMap<string, Deployer>;
  readonly clock: Clock;
  /** The connection URI of a database for one of so many apps, with the credential that the entry has. */
  readonly uriOf: (userId: string, entry: DatabaseEntry, instances: number) => Promise<Secret>;
}

/** Writes down that an app was deployed, in the transaction that records how that went. */
export type DeploymentTrace = (stores: ControlStores, deployed: AppRecord) => Promise<void>;

const statusOf: Readonly<Record<DeploymentStatus, AppStatus>> = { starting: 'deploying', running: 'running', failed: 'failed', stopped: 'stopped' };

/** How many apps are started at once. */
const deploymentsAtOnce = 4;
const resumePageSize = 100;
/** How often a deployment is begun again because the credential was rotated under it: rotations of one database take longer than that. */
const attemptsWithCurrentCredential = 3;

export class AppDeployments implements AppRedeployer {
  /** The deployments of one app happen one after the other, and so do the records of how they went. */
  private readonly turns = new Turns();

  constructor(private readonly dependencies: AppDeploymentsDependencies) {}

  deployerOf(app: AppRecord): Deployer {
    const deployer = this.dependencies.deployers.get(app.deployer);
    if (deployer === undefined) throw new ApiError('VALIDATION_FAILED', { issues: [{ path: ['deployer'], message: `there is no deployer "${app.deployer}" here` }] });
    return deployer;
  }

  /**
   * Deploys the app with its database's current credential and records how that went. Throws DATABASE_NOT_FOUND,
   * DATABASE_NOT_ACTIVE or NO_DATABASE_AVAILABLE before anything is stopped or started.
   */
  async deploy(app: AppRecord, trace?: DeploymentTrace): Promise<AppRecord> {
    return this.turns.take(app._id, async () => {
      let entry = await this.databaseOf(app);
      for (let attempt = 1; ; attempt += 1) {
        const deployed = await this.deployWith(app, entry, trace);
        // The credential may have been rotated, or the database moved, meanwhile, by who did not see this app yet.
        const current = await this.databaseOf(app).catch(unlessRefused);
        if (current === undefined || isSameCredential(current, entry) || attempt === attemptsWithCurrentCredential) return deployed;
        entry = current;
      }
    });
  }

  /** For deployments somebody asks for. Throws QUOTA_EXCEEDED where the app's database is over its quota: it would start, and fail at its first write. */
  async deployWithinQuota(app: AppRecord, trace: DeploymentTrace): Promise<AppRecord> {
    const entry = await this.databaseOf(app);
    const owner = isOverQuota(entry) ? await this.dependencies.stores.databases.owner(app.user_id) : undefined;
    if (owner !== undefined) throw new ApiError('QUOTA_EXCEEDED', { database_id: entry.id, ...quotaDetails(exceededBy(entry, owner)) });
    return this.deploy(app, trace);
  }

  /** The app with what its deployer says of it now. */
  async withState(app: AppRecord): Promise<AppRecord> {
    if (app.status === 'created' || app.status === 'stopped') return app;
    const state = await this.deployerOf(app).state(app._id);
    return { ...app, ...recorded(state) };
  }

  async redeploy(userId: string, appIds: readonly string[]): Promise<void> {
    const { apps } = this.dependencies.stores;
    await eachOf(appIds, async (appId) => {
      const app = await apps.find(userId, appId);
      if (app !== undefined && isDeployed(app)) await this.deployOrRecord(app);
    });
  }

  async move(userId: string, appId: string, databaseId: string, to: StoredCredential): Promise<MoveOutcome> {
    return this.turns.take(appId, async () => {
      const app = await this.dependencies.stores.apps.find(userId, appId);
      if (app === undefined || !isDeployed(app)) return { kind: 'not_concerned' };
      try {
        return await this.moveDeployed(app, databaseId, to);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        // Nobody here can deploy it, or it is gone: neither says anything of the credential.
        return error.code === 'APP_NOT_FOUND' ? { kind: 'not_concerned' } : { kind: 'unhealthy', name: app.name, reason: error.message, wasHealthy: false };
      }
    });
  }

  /** Starts the apps that were running when the platform stopped, until the signal says that it stops again. */
  async resume(signal: AbortSignal): Promise<void> {
    const { apps } = this.dependencies.stores;
    let after: string | null = null;
    while (!signal.aborted) {
      // Page after page: each begins where the last one ended.
      const page: readonly AppRecord[] = await apps.pageOfDeployed(after, resumePageSize);
      if (page.length === 0) return;
      after = page.at(-1)!._id;
      await eachOf(page, async (app) => {
        if (!signal.aborted) await this.deployOrRecord(app);
      });
    }
  }

  /** For deployments nobody waits for: what goes wrong is recorded with the app. */
  private async deployOrRecord(app: AppRecord): Promise<void> {
    try {
      await this.deploy(app);
    } catch (error) {
      const reason = error instanceof ApiError ? error.message : 'the deployment failed for a reason of the platform\'s; its log says more';
      await this.dependencies.stores.apps.change(app.user_id, app._id, { status: 'failed', status_message: reason });
    }
  }

  private async moveDeployed(app: AppRecord, databaseId: string, to: StoredCredential): Promise<MoveOutcome> {
    const entry = await this.databaseOf(app);
    if (entry.id !== databaseId) return { kind: 'not_concerned' };
    const { status: before } = await this.deployerOf(app).state(app._id);
    if (before === 'running' && app.deployed_username === to.mongo_username) return { kind: 'healthy' };
    const { name, status, status_message: reason } = await this.deployWith(app, { ...entry, ...to });
    return status === 'running' ? { kind: 'healthy' } : { kind: 'unhealthy', name, reason: reason ?? 'it is not running', wasHealthy: before !== 'failed' };
  }

  private async deployWith(app: AppRecord, entry: DatabaseEntry, trace?: DeploymentTrace): Promise<AppRecord> {
    const { stores, keyring, clock, uriOf } = this.dependencies;
    const deployer = this.deployerOf(app);
    // Those that run already keep the share they were started with until they are deployed again.
    const others = (await appsOfDatabase(stores, app.user_id, entry.id)).filter((other) => other._id !== app._id && isDeployed(other));
    const connectionUri = await uriOf(app.user_id, entry, others.length + 1);
    const spec = app.spec === null ? null : convertEnvironment(app.spec, { userId: app.user_id, appId: app._id }, (value, place) => keyring.decrypt(value, place));
    // Written before: if the platform dies in between, the next start finds an app that was to be deployed.
    await stores.apps.change(app.user_id, app._id, { status: 'deploying', status_message: null, deployed_username: null });
    const state = await deployer.deploy({ app: { ...app, spec }, connectionUri });
    const outcome = { ...recorded(state), last_deployed_at: clock.now(), deployed_username: entry.mongo_username };
    const changed = await stores.transaction(async (inTransaction) => {
      const record = await inTransaction.apps.change(app.user_id, app._id, outcome);
      if (record !== undefined) await trace?.(inTransaction, record);
      return record;
    });
    if (changed !== undefined) return changed;
    // Deleted meanwhile: nothing may go on running.
    await deployer.stop(app._id);
    throw new ApiError('APP_NOT_FOUND', { app_id: app._id });
  }

  private async databaseOf(app: AppRecord): Promise<DatabaseEntry> {
    const { databases } = this.dependencies.stores;
    if (app.database_id === null) {
      const owner = await databases.owner(app.user_id);
      const entry = owner === undefined ? undefined : resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId);
      if (entry === undefined) throw new ApiError('NO_DATABASE_AVAILABLE');
      return entry;
    }
    const found = await databases.find(app.user_id, app.database_id);
    if (found === undefined) throw new ApiError('DATABASE_NOT_FOUND', { database_id: app.database_id });
    // While it is moved its credential goes on working.
    if (found.entry.status !== 'active' && found.entry.status !== 'migrating') throw new ApiError('DATABASE_NOT_ACTIVE', { database_id: app.database_id, status: found.entry.status });
    return found.entry;
  }
}

function isSameCredential(a: DatabaseEntry, b: DatabaseEntry): boolean {
  return a.mongo_username === b.mongo_username && a.cluster_id === b.cluster_id && a.mongo_database === b.mongo_database;
}

/** Its database is being deleted: what becomes of the app is the deletion's business. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ApiError)) throw error;
}

function recorded(state: DeploymentState): Pick<AppRecord, 'status' | 'status_message'> {
  return { status: statusOf[state.status], status_message: state.reason ?? null };
}

/** A few at a time: each starts a program. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: deploymentsAtOnce }, worker));
}

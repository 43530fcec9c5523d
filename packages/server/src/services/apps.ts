// The use cases of apps: make, list, show, change, delete, deploy, read logs (R9).
import { ApiError, appSpecSchema, type App, type AppLogs, type CreateApp, type ListAppsQuery, type Page, type UpdateApp } from '@freehold/api';
import type { AppRecord } from '../domain/app.js';
import { convertEnvironment } from '../domain/app-spec.js';
import { LimitReached, limitOf, noUserLimits } from '../domain/limits.js';
import { AppNameTaken, DatabaseNotBindable, type AppChange } from '../ports/apps.js';
import type { AuditAction } from '../ports/audit.js';
import type { Clock } from '../ports/clock.js';
import type { AppLogLine } from '../ports/deployer.js';
import type { ControlDatabase, ControlStores } from '../ports/control-database.js';
import type { Identifiers } from '../ports/identifiers.js';
import type { Keyring } from '../ports/keyring.js';
import type { AppDeployments } from './app-deployments.js';
import type { Actor, AppService } from './contracts.js';
import { originOf } from './databases-world.js';
import { limitError } from './limits.js';

export interface AppServiceDependencies {
  /** What becomes of an app is one transaction with its trace in the audit log. */
  readonly control: Pick<ControlDatabase, 'apps' | 'databases' | 'users' | 'transaction'>;
  readonly keyring: Keyring;
  readonly deployments: AppDeployments;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
  /**
   * Whether this account may run programs through this deployer. A local process has the platform's own rights on the machine,
   * so whoever may start one has to be trusted with it.
   */
  readonly mayDeploy: (actor: Actor, deployer: string) => boolean;
}

export function createAppService(dependencies: AppServiceDependencies): AppService {
  const { control, deployments, clock, keyring } = dependencies;

  const find = async (actor: Actor, appId: string): Promise<AppRecord> => {
    const app = await control.apps.find(actor.userId, appId);
    if (app === undefined) throw new ApiError('APP_NOT_FOUND', { app_id: appId });
    return app;
  };
  const sealed = sealedWith(keyring);
  const present = (app: AppRecord): App => presentApp(app, keyring);
  const audit = auditWith(dependencies);

  return {
    create: async (actor, input) => {
      const app = newApp(dependencies, actor, input);
      const largestCount = await largestAppCount(control, actor);
      await refusing(control, actor, input.database_id, () => control.transaction(async (stores) => {
        await stores.apps.insert(app, largestCount);
        await audit(stores, actor, 'app.created', app._id, { database_id: app.database_id });
      }));
      return present(app);
    },

    list: async (actor, query): Promise<Page<App>> => {
      const { items, total } = await control.apps.list(actor.userId, listQuery(query));
      const withStates = await Promise.all(items.map((app) => deployments.withState(app)));
      return { items: withStates.map(present), total, limit: query.limit, offset: query.offset };
    },

    get: async (actor, appId) => present(await deployments.withState(await find(actor, appId))),

    update: async (actor, appId, input: UpdateApp) => {
      const change: AppChange = {
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.database_id === undefined ? {} : { database_id: input.database_id }),
        ...(input.spec === undefined ? {} : { spec: sealed(actor, appId, input.spec) }),
        updated_at: clock.now(),
      };
      const app = await refusing(control, actor, input.database_id, () => control.transaction(async (stores) => {
        const changed = await stores.apps.change(actor.userId, appId, change);
        if (changed === undefined) throw new ApiError('APP_NOT_FOUND', { app_id: appId });
        await audit(stores, actor, 'app.updated', appId, { fields: Object.keys(input) });
        return changed;
      }));
      return present(await deployments.withState(app));
    },

    remove: async (actor, appId) => {
      await deployments.deployerOf(await find(actor, appId)).stop(appId);
      await control.transaction(async (stores) => {
        // Of two that remove it, one did.
        if (await stores.apps.remove(actor.userId, appId)) await audit(stores, actor, 'app.deleted', appId);
      });
    },

    deploy: async (actor, appId) => {
      const app = await find(actor, appId);
      refuseUndeployable(dependencies, actor, app);
      return present(await deployments.deployWithinQuota(app, async (stores, { status }) => {
        await audit(stores, actor, 'app.deployed', appId, { status });
        await stores.outbox.record({ userId: actor.userId, type: 'app.deployed', at: clock.now(), data: { app_id: appId, status } });
      }));
    },

    logs: async (actor, appId, limit): Promise<AppLogs> => {
      const app = await find(actor, appId);
      return presentLogs(await deployments.deployerOf(app).logs(appId, limit));
    },
  };
}

function refuseUndeployable({ mayDeploy }: AppServiceDependencies, actor: Actor, app: AppRecord): void {
  if (!mayDeploy(actor, app.deployer)) throw new ApiError('FORBIDDEN', { required_role: 'operator' });
  if (app.spec === null) throw new ApiError('VALIDATION_FAILED', { issues: [{ path: ['spec'], message: 'the app has no command to run yet' }] });
}

function presentLogs(lines: readonly AppLogLine[]): AppLogs {
  return { lines: lines.map(({ at, stream, text }) => ({ at: at.toISOString(), stream, text })) };
}

function newApp({ identifiers, clock, keyring }: AppServiceDependencies, actor: Actor, input: CreateApp): AppRecord {
  const appId = identifiers.uuid();
  const now = clock.now();
  return {
    _id: appId, user_id: actor.userId, name: input.name, database_id: input.database_id ?? null, deployer: input.deployer,
    spec: sealedWith(keyring)(actor, appId, input.spec), status: 'created', status_message: null, created_at: now, updated_at: now, last_deployed_at: null,
  };
}

/** How many apps the user may have; null: any number. */
async function largestAppCount({ users }: Pick<ControlStores, 'users'>, { userId }: Actor): Promise<number | null> {
  return limitOf('max_apps', (await users.find(userId))?.limits ?? noUserLimits);
}

/** Records what somebody did to one of their apps. */
function auditWith({ clock }: AppServiceDependencies) {
  return ({ audit }: Pick<ControlStores, 'audit'>, actor: Actor, action: AuditAction, appId: string, details: Readonly<Record<string, unknown>> = {}): Promise<void> =>
    audit.record({
      action, userId: actor.userId, subject: { kind: 'app', id: appId }, at: clock.now(), details,
      origin: originOf(actor),
    });
}

/** The spec as it is stored. */
function sealedWith(keyring: Keyring) {
  return (actor: Actor, appId: string, spec: CreateApp['spec']): AppRecord['spec'] =>
    spec === undefined ? null : convertEnvironment(spec, { userId: actor.userId, appId }, (value, place) => keyring.encrypt(value, place));
}

function listQuery(query: ListAppsQuery): Parameters<ControlStores['apps']['list']>[1] {
  return {
    limit: query.limit,
    offset: query.offset,
    ...(query.database_id === undefined ? {} : { databaseId: query.database_id }),
    ...(query.status === undefined ? {} : { status: query.status }),
    ...(query.search === undefined ? {} : { search: query.search }),
  };
}

/** A stranger's database and an absent one answer alike (R2.2). */
async function unbindable(databases: ControlStores['databases'], { userId }: Actor, databaseId: string): Promise<ApiError> {
  const status = (await databases.find(userId, databaseId))?.entry.status;
  return status === undefined ? new ApiError('DATABASE_NOT_FOUND', { database_id: databaseId }) : new ApiError('DATABASE_NOT_ACTIVE', { database_id: databaseId, status });
}

async function refusing<Result>({ databases }: Pick<ControlStores, 'databases'>, actor: Actor, databaseId: string | null | undefined, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof AppNameTaken) throw new ApiError('APP_NAME_TAKEN');
    if (error instanceof LimitReached) throw limitError(error);
    if (error instanceof DatabaseNotBindable) throw await unbindable(databases, actor, databaseId ?? '');
    throw error;
  }
}

function presentApp(app: AppRecord, keyring: Keyring): App {
  const spec = app.spec === null ? null : convertEnvironment(app.spec, { userId: app.user_id, appId: app._id }, (value, place) => keyring.decrypt(value, place));
  return {
    id: app._id, name: app.name, database_id: app.database_id, deployer: app.deployer as App['deployer'],
    spec: spec === null ? null : appSpecSchema.parse(spec), status: app.status, status_message: app.status_message,
    created_at: app.created_at.toISOString(), updated_at: app.updated_at.toISOString(),
    last_deployed_at: app.last_deployed_at?.toISOString() ?? null,
  };
}

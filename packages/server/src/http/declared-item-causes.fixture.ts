// What makes single databases of a bulk call fail, by action and code: how the world is arranged, and the call that meets it.
import type { BulkAction, BulkItemError } from '@freehold/api';
import type { LightMyRequestResponse } from 'fastify';
import { MongoRateLimitStore } from '../adapters/mongodb/rate-limits-store.js';
import { TransientFailure } from '../ports/failures.js';
import { createBulkService } from '../services/bulk.js';
import type { DatabaseService } from '../services/contracts.js';
import { createRateLimiter, type RateLimiter } from '../services/rate-limiter.js';
import type { ReplicaOptions } from '../testing/control-plane.fixture.js';
import { routeNamed, type CallOptions, type DeclaredWorld, type TestUser } from '../testing/declared-world.fixture.js';
import { withFaults } from '../testing/faulty-clusters.fixture.js';

export type ItemCause = (world: DeclaredWorld) => Promise<LightMyRequestResponse>;
type ItemCauses = { readonly [Action in BulkAction]: Readonly<Record<BulkItemError<Action>, ItemCause>> };

const params: Readonly<Record<BulkAction, object>> = { rotate_credentials: {}, delete: { confirm: true }, restore: {}, set_quota: { quota_mb: 30 }, backup: {} };

const bulk = (world: DeclaredWorld, action: BulkAction, ids: readonly string[], options: CallOptions): Promise<LightMyRequestResponse> =>
  world.call(routeNamed('databases.bulk'), { ...options, payload: { action, database_ids: ids, params: params[action] } });

const named = async ({ client }: TestUser, name: string, fields: object = {}): Promise<string> => (await client.databases.create({ name, ...fields })).id;

async function remove({ client }: TestUser, id: string): Promise<void> {
  const { confirm_token } = (await client.databases.delete({ id })) as { readonly confirm_token: string };
  await client.databases.delete({ id, confirm_token });
}

/** A user with two databases, the second of which is as the action needs it. */
async function withUsable(world: DeclaredWorld, action: BulkAction): Promise<{ readonly user: TestUser; readonly id: string }> {
  const user = await world.newUser();
  await named(user, 'first');
  const id = await named(user, 'second', { quota_mb: 20 });
  if (action === 'restore') await remove(user, id);
  return { user, id };
}

interface Changed {
  readonly replica?: ReplicaOptions;
  readonly databases?: (built: DatabaseService) => DatabaseService;
  readonly limiter?: RateLimiter;
}

/** A server whose bulk calls meet something that others do not. */
async function serverWith({ platform }: DeclaredWorld, { replica = {}, databases = (built) => built, limiter }: Changed): Promise<NonNullable<CallOptions['server']>> {
  const built = platform.plane.replica(replica);
  return platform.replica({ bulk: createBulkService({ databases: databases(built.databases), control: platform.plane.connection.control, journal: built.journal, events: { emit: () => undefined }, limiter }) });
}

const throwing = (action: BulkAction, makeError: () => Error): ItemCause => async (world) => {
  const { user, id } = await withUsable(world, action);
  const fail = (): never => {
    throw makeError();
  };
  const server = await serverWith(world, { databases: (built) => ({ ...built, rotateCredentials: fail, requestDeletion: fail, restore: fail, setQuotas: fail }) });
  return bulk(world, action, [id], { token: user.token, server });
};

const limited = (action: BulkAction): ItemCause => async (world) => {
  const { clock, plane } = world.platform;
  const limiter = createRateLimiter({ store: new MongoRateLimitStore(plane.connection.db), platform: { missed_lookups: { limit: 1 } }, clock, events: { emit: () => undefined } });
  return bulk(world, action, ['absent12', 'absent34', 'absent56'], { token: (await world.newUser()).token, server: await serverWith(world, { limiter }) });
};

const ofAll = (action: BulkAction) => ({
  DATABASE_NOT_FOUND: (world: DeclaredWorld) => bulk(world, action, ['absent12'], {}),
  DATABASE_NOT_ACTIVE: async (world: DeclaredWorld) => {
    const { user, id } = await withUsable(world, action === 'restore' ? 'delete' : 'restore');
    return bulk(world, action, [id], { token: user.token });
  },
  LEGACY_USER_NOT_MIGRATED: (world: DeclaredWorld) => bulk(world, action, ['absent12'], { token: world.unmigrated.token }),
  RATE_LIMITED: limited(action),
  SERVICE_UNAVAILABLE: throwing(action, () => Object.assign(new Error('gone'), { name: 'MongoNetworkError' })),
  INTERNAL_ERROR: throwing(action, () => new Error('broken')),
});

const ofOperations = (action: BulkAction) => ({
  OPERATION_IN_PROGRESS: async (world: DeclaredWorld) => {
    const { user, id } = await withUsable(world, action);
    const dying = world.platform.plane.replica({ owner: 'dying', onStep: () => {
      throw new Error('the process dies');
    } });
    if (action === 'restore') await dying.databases.restore(world.actorOf(user), id).catch(() => undefined);
    else await world.dieOn(user, id);
    return bulk(world, action, [id], { token: user.token });
  },
  CLUSTER_UNAVAILABLE: async (world: DeclaredWorld) => {
    const { user, id } = await withUsable(world, action);
    const clusters = withFaults(world.platform.plane.clusters, () => {
      throw new TransientFailure('HostUnreachable', 'away');
    });
    return bulk(world, action, [id], { token: user.token, server: await serverWith(world, { replica: { clusters } }) });
  },
});

/** The user may hold less than the second database asks for. */
const beyondQuota = (action: BulkAction): ItemCause => async (world) => {
  const { user, id } = await withUsable(world, action);
  await world.call(routeNamed('admin.updateUser'), { id: user.id, payload: { overrides: { total_quota_mb: 10 } } });
  return bulk(world, action, [id], { token: user.token });
};

export const itemCauses: ItemCauses = {
  rotate_credentials: {
    ...ofAll('rotate_credentials'), ...ofOperations('rotate_credentials'),
    ROTATION_ABORTED: async (world) => {
      const { user, id } = await withUsable(world, 'rotate_credentials');
      const app = await user.client.apps.create({ name: `bulk of ${user.id}`, database_id: id, deployer: 'process', spec: { command: ['true'] } });
      await user.client.apps.deploy({ id: app.id });
      world.platform.deployer.failing.add(app.name);
      return bulk(world, 'rotate_credentials', [id], { token: user.token });
    },
  },
  delete: {
    ...ofAll('delete'), ...ofOperations('delete'),
    DATABASE_IN_USE: async (world) => {
      const { user, id } = await withUsable(world, 'delete');
      await user.client.apps.create({ name: 'web', database_id: id });
      return bulk(world, 'delete', [id], { token: user.token });
    },
    DEFAULT_DATABASE_REQUIRED: async (world) => {
      const user = await world.newUser();
      const [first] = [await named(user, 'first'), await named(user, 'second')];
      return bulk(world, 'delete', [first], { token: user.token });
    },
  },
  restore: { ...ofAll('restore'), ...ofOperations('restore'), QUOTA_EXCEEDED: beyondQuota('restore') },
  set_quota: { ...ofAll('set_quota'), QUOTA_EXCEEDED: beyondQuota('set_quota') },
  backup: {},
};

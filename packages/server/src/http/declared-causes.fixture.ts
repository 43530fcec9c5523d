// What makes use cases refuse, by route and code: how the world is arranged, and the call that meets it.
import type { ErrorCode, Route } from '@freehold/api';
import type { LightMyRequestResponse } from 'fastify';
import { newLegacyUser } from '../testing/legacy-users.fixture.js';
import type { DeclaredWorld, TestUser } from '../testing/declared-world.fixture.js';
import { routeNamed } from '../testing/declared-world.fixture.js';

export type Cause = (world: DeclaredWorld, route: Route) => Promise<LightMyRequestResponse>;
type Causes = Readonly<Record<string, Partial<Record<ErrorCode, Cause>>>>;

const named = async ({ client }: TestUser, name: string, fields: object = {}): Promise<string> => (await client.databases.create({ name, ...fields })).id;

async function confirmed(world: DeclaredWorld, user: TestUser, id: string): Promise<string> {
  const answer = await world.call(routeNamed('databases.delete'), { token: user.token, id, payload: {} });
  return answer.json<{ readonly confirm_token: string }>().confirm_token;
}

/** A user with two databases, the second of which is deleted. */
async function withDeleted(world: DeclaredWorld): Promise<{ readonly user: TestUser; readonly kept: string; readonly deleted: string }> {
  const user = await world.newUser();
  const [kept, deleted] = [await named(user, 'kept'), await named(user, 'deleted')];
  await user.client.databases.delete({ id: deleted, confirm_token: await confirmed(world, user, deleted) });
  return { user, kept, deleted };
}

const limits = (world: DeclaredWorld, { id }: TestUser, overrides: object) => world.call(routeNamed('admin.updateUser'), { id, payload: { overrides } });

/** On a database of the caller's that is deleted. */
const onDeleted = (payload?: object): Cause => async (world, route) => {
  const { user, deleted } = await withDeleted(world);
  return world.call(route, { token: user.token, id: deleted, ...(payload === undefined ? {} : { payload }) });
};
/** On a database on which a process has died a moment ago. */
const onBusy: Cause = async (world, route) => {
  const user = await world.newUser();
  const [id, target] = [await named(user, 'busy'), await named(user, 'other')];
  await world.dieOn(user, id);
  return world.call(route, { token: user.token, id, ...(route.name === 'databases.migrate' ? { payload: { target_database_id: target } } : {}) });
};
/** On a database whose cluster is away. */
const onStranded = (payload?: object): Cause => (world, route) =>
  world.call(route, { token: route.auth === 'operator' ? world.operator : world.stranded.token, id: world.stranded.activeIds[0]!, ...(payload === undefined ? {} : { payload }) });
/** By somebody of an earlier platform whose password nobody can read. */
const byUnmigrated = (payload?: object): Cause => (world, route) => world.call(route, { token: world.unmigrated.token, id: 'default', ...(payload === undefined ? {} : { payload }) });

/** A move that has ended and can be taken back, and who made it. */
async function finishedMove(world: DeclaredWorld): Promise<{ readonly user: TestUser; readonly from: string; readonly to: string; readonly operationId: string }> {
  const user = await world.newUser();
  const [from, to] = [await named(user, 'from'), await named(user, 'to')];
  const { operation_id: operationId } = await user.client.databases.migrate({ id: from, target_database_id: to });
  await world.moved(user, operationId);
  return { user, from, to, operationId };
}

/** Another operation stands open on a database of the move. */
const onMoveWithOperation: Cause = async (world, route) => {
  const { user, from, operationId } = await finishedMove(world);
  await world.dieOn(user, from);
  return world.call(route, { token: user.token, id: operationId });
};

const operationOf = async (world: DeclaredWorld, databaseId: string): Promise<string> => {
  const found = await world.platform.plane.connection.db.collection<{ readonly _id: string }>('operations').findOne({ database_id: databaseId });
  return found!._id;
};

export const databaseCauses: Causes = {
  'databases.create': {
    DATABASE_NAME_TAKEN: async (world, route) => {
      const user = await world.newUser();
      await named(user, 'Declared');
      return world.call(route, { token: user.token });
    },
    LIMIT_REACHED: async (world, route) => {
      const user = await world.newUser();
      await named(user, 'one');
      await limits(world, user, { max_databases: 1 });
      return world.call(route, { token: user.token });
    },
    QUOTA_EXCEEDED: async (world, route) => {
      const user = await world.newUser();
      await limits(world, user, { total_quota_mb: 10 });
      return world.call(route, { token: user.token, payload: { name: 'large', quota_mb: 20 } });
    },
    CLUSTER_CAPACITY_EXHAUSTED: async (world, route) => {
      await world.platform.plane.connection.control.clusters.change('primary', { acceptsNewDatabases: false });
      const answer = await world.call(route);
      await world.placeOn('primary');
      return answer;
    },
    CLUSTER_UNAVAILABLE: async (world, route) => {
      await world.placeOn('second');
      const answer = await world.call(route);
      await world.placeOn('primary');
      return answer;
    },
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
  },
  'databases.update': {
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
    DATABASE_NAME_TAKEN: async (world, route) => {
      const user = await world.newUser();
      await named(user, 'taken');
      return world.call(route, { token: user.token, id: await named(user, 'other'), payload: { name: 'TAKEN' } });
    },
    DATABASE_NOT_ACTIVE: onDeleted(),
    DEFAULT_DATABASE_REQUIRED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'default one');
      await named(user, 'other');
      return world.call(route, { token: user.token, id, payload: { is_default: false } });
    },
    QUOTA_EXCEEDED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'one');
      await limits(world, user, { total_quota_mb: 10 });
      return world.call(route, { token: user.token, id, payload: { quota_mb: 20 } });
    },
  },
  'databases.connection': { DATABASE_NOT_ACTIVE: onDeleted() },
  'databases.rotateCredentials': {
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
    DATABASE_NOT_ACTIVE: onDeleted(),
    OPERATION_IN_PROGRESS: onBusy,
    ROTATION_ABORTED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'main');
      const app = await user.client.apps.create({ name: `app of ${user.id}`, database_id: id, deployer: 'process', spec: { command: ['true'] } });
      await user.client.apps.deploy({ id: app.id });
      world.platform.deployer.failing.add(app.name);
      return world.call(route, { token: user.token, id });
    },
    CLUSTER_UNAVAILABLE: onStranded(),
  },
  'databases.delete': {
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
    CONFIRM_TOKEN_INVALID: async (world, route) => {
      const user = await world.newUser();
      return world.call(route, { token: user.token, id: await named(user, 'one'), query: '?confirm_token=wrong' });
    },
    DATABASE_NOT_ACTIVE: onDeleted(),
    DATABASE_IN_USE: async (world, route) => {
      const user = await world.newUser();
      await named(user, 'first');
      const id = await named(user, 'used');
      await user.client.apps.create({ name: 'web', database_id: id });
      return world.call(route, { token: user.token, id, query: `?confirm_token=${await confirmed(world, user, id)}` });
    },
    DEFAULT_DATABASE_REQUIRED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'default one');
      await named(user, 'other');
      return world.call(route, { token: user.token, id, query: `?confirm_token=${await confirmed(world, user, id)}` });
    },
    OPERATION_IN_PROGRESS: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'busy');
      const token = await confirmed(world, user, id);
      await world.dieOn(user, id);
      return world.call(route, { token: user.token, id, query: `?confirm_token=${token}` });
    },
    CLUSTER_UNAVAILABLE: async (world, route) => {
      const { token, activeIds } = world.stranded;
      return world.call(route, { token, id: activeIds[2]!, query: `?confirm_token=${await confirmed(world, world.stranded, activeIds[2]!)}` });
    },
  },
  'databases.restore': {
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
    DATABASE_NOT_ACTIVE: async (world, route) => {
      const user = await world.newUser();
      return world.call(route, { token: user.token, id: await named(user, 'active') });
    },
    QUOTA_EXCEEDED: async (world, route) => {
      const user = await world.newUser();
      await named(user, 'kept', { quota_mb: 20 });
      const id = await named(user, 'deleted', { quota_mb: 20 });
      await user.client.databases.delete({ id, confirm_token: await confirmed(world, user, id) });
      await limits(world, user, { total_quota_mb: 30 });
      return world.call(route, { token: user.token, id });
    },
    OPERATION_IN_PROGRESS: async (world, route) => {
      const { user, deleted } = await withDeleted(world);
      const dying = world.platform.plane.replica({ owner: 'dying', onStep: () => {
        throw new Error('the process dies');
      } });
      await dying.databases.restore(world.actorOf(user), deleted).catch(() => undefined);
      return world.call(route, { token: user.token, id: deleted });
    },
    CLUSTER_UNAVAILABLE: (world, route) => world.call(route, { token: world.stranded.token, id: world.stranded.deletedId }),
  },
  'databases.usage': { CLUSTER_UNAVAILABLE: onStranded() },
  'databases.stats': {
    NO_DATABASE_AVAILABLE: async (world, route) => world.call(route, { token: (await world.newUser()).token }),
    CLUSTER_UNAVAILABLE: onStranded(),
  },
  'databases.bulk': { BACKUPS_UNAVAILABLE: (world, route) => world.call(route, { payload: { action: 'backup', database_ids: ['ab12cd34'] } }) },
  'databases.migrate': {
    LEGACY_USER_NOT_MIGRATED: byUnmigrated(),
    DATABASE_NOT_ACTIVE: onDeleted(),
    MOVE_REFUSED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'one');
      return world.call(route, { token: user.token, id, payload: { target_database_id: id } });
    },
    OPERATION_IN_PROGRESS: onBusy,
    CLUSTER_UNAVAILABLE: async (world, route) => world.call(route, { token: world.stranded.token, id: world.stranded.activeIds[1]!, payload: { target_database_id: await named(world.stranded, 'elsewhere') } }),
    QUOTA_EXCEEDED: async (world, route) => {
      const user = await world.newUser();
      const [id, target] = [await named(user, 'large'), await named(user, 'small', { quota_mb: 1 })];
      await world.platform.plane.connection.control.databases.change(user.id, id, { current_size_mb: 5 });
      return world.call(route, { token: user.token, id, payload: { target_database_id: target } });
    },
  },
  'operations.backOut': {
    MOVE_NOT_REVERSIBLE: async (world, route) => {
      const user = await world.newUser();
      return world.call(route, { token: user.token, id: await operationOf(world, await named(user, 'one')) });
    },
    // The cluster that it left has no room for it any more.
    MOVE_REFUSED: async (world, route) => {
      const { clusters } = world.platform.plane.connection.control;
      await clusters.change('primary', { userLimit: 0 });
      const answer = await world.call(route, { token: world.stranded.token, id: world.stranded.relocationId });
      await clusters.change('primary', { userLimit: 1000 });
      return answer;
    },
    DATABASE_NOT_ACTIVE: async (world, route) => {
      const { user, from, to, operationId } = await finishedMove(world);
      await user.client.databases.delete({ id: from, confirm_token: await confirmed(world, user, from), new_default_database_id: to });
      return world.call(route, { token: user.token, id: operationId });
    },
    OPERATION_IN_PROGRESS: onMoveWithOperation,
    CLUSTER_UNAVAILABLE: (world, route) => world.call(route, { token: world.stranded.token, id: world.stranded.moveIds[0]! }),
  },
  'operations.finish': {
    MOVE_NOT_REVERSIBLE: async (world, route) => {
      const user = await world.newUser();
      return world.call(route, { token: user.token, id: await operationOf(world, await named(user, 'one')) });
    },
    OPERATION_IN_PROGRESS: onMoveWithOperation,
    CLUSTER_UNAVAILABLE: (world, route) => world.call(route, { token: world.stranded.token, id: world.stranded.moveIds[1]! }),
  },
  'admin.updateDatabase': {
    DATABASE_NOT_ACTIVE: async (world, route) => world.call(route, { id: (await withDeleted(world)).deleted }),
    QUOTA_EXCEEDED: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'one');
      await limits(world, user, { total_quota_mb: 2 });
      return world.call(route, { id });
    },
  },
  'admin.moveDatabase': {
    DATABASE_NOT_ACTIVE: async (world, route) => world.call(route, { id: (await withDeleted(world)).deleted }),
    MOVE_REFUSED: async (world, route) => world.call(route, { id: await named(await world.newUser(), 'one'), payload: { cluster_id: 'primary' } }),
    OPERATION_IN_PROGRESS: async (world, route) => {
      const user = await world.newUser();
      const id = await named(user, 'busy');
      await world.dieOn(user, id);
      await world.platform.plane.connection.control.clusters.change('third', { acceptsNewDatabases: true });
      const answer = await world.call(route, { id, payload: { cluster_id: 'third' } });
      await world.placeOn('primary');
      return answer;
    },
    CLUSTER_UNAVAILABLE: onStranded({ cluster_id: 'primary' }),
  },
  'admin.renameStorage': {
    DATABASE_NOT_ACTIVE: async (world, route) => world.call(route, { id: (await withDeleted(world)).deleted }),
    MOVE_REFUSED: async (world, route) => world.call(route, { id: await named(await world.newUser(), 'one') }),
    OPERATION_IN_PROGRESS: async (world, route) => {
      const { user, id } = await migratedUser(world);
      await world.dieOn(user, id);
      return world.call(route, { id });
    },
    CLUSTER_UNAVAILABLE: async (world, route) => {
      const { user, id } = await migratedUser(world);
      await world.platform.plane.connection.control.databases.change(user.id, id, { cluster_id: 'second' });
      return world.call(route, { id });
    },
  },
};

/** A user of an earlier platform who was migrated when they first changed something. */
async function migratedUser(world: DeclaredWorld): Promise<{ readonly user: TestUser; readonly id: string }> {
  const user = await world.sessionOf((await newLegacyUser(world.platform.plane)).userId);
  await user.client.databases.update({ id: 'default', description: 'mine' });
  return { user, id: (await user.client.databases.get({ id: 'default' })).id };
}

// The same for accounts, apps, clusters, plans, webhooks, runs and streams.
import { routeList, type ErrorCode } from '@freehold/api';
import { largestPlanCount } from '../ports/plans.js';
import type { DeclaredWorld } from '../testing/declared-world.fixture.js';
import { routeNamed } from '../testing/declared-world.fixture.js';
import { testPassword } from '../testing/http-platform.fixture.js';
import type { Cause } from './declared-causes.fixture.js';

type Causes = Readonly<Record<string, Partial<Record<ErrorCode, Cause>>>>;

const limits = (world: DeclaredWorld, id: string, overrides: object) => world.call(routeNamed('admin.updateUser'), { id, payload: { overrides } });
const wrong = (email: string) => ({ token: null, payload: { email, password: 'wrong password' } });

/** A stream is open, and no other may be. */
const secondStream = (idOf: (world: DeclaredWorld, token: string) => Promise<string | undefined>): Cause => async (world, route) => {
  const { token, id: userId, email } = await world.newUser();
  const isOperator = route.auth === 'operator';
  if (isOperator) await world.platform.plane.connection.db.collection('users').updateOne({ email }, { $set: { role: 'operator' } });
  world.platform.dependencies.authenticator.forgetUser(userId);
  const first = await world.call(routeNamed('events.stream'), { token, inject: { payloadAsStream: true } });
  const id = await idOf(world, token);
  const answer = await world.call(route, { token, ...(id === undefined ? {} : { id }) });
  first.stream().destroy();
  return answer;
};

const started = async (world: DeclaredWorld, name: string, payload: object): Promise<string> => (await world.call(routeNamed(name), { payload })).json<{ readonly id: string }>().id;
const legacyRun = (world: DeclaredWorld, payload: object) => started(world, 'legacyMigrations.start', payload);

/** While a run that changes users is at work, which is paused afterwards. */
const besideRun = (call: (world: DeclaredWorld, runId: string) => ReturnType<Cause>): Cause => async (world) => {
  const runId = await legacyRun(world, { mode: 'run', user_ids: ['nobody'] });
  const answer = await call(world, runId);
  await world.call(routeNamed('legacyMigrations.pause'), { id: runId });
  return answer;
};
const pausedRun = async (world: DeclaredWorld): Promise<string> => {
  const id = await legacyRun(world, { mode: 'run', user_ids: ['nobody'] });
  await world.call(routeNamed('legacyMigrations.pause'), { id });
  return id;
};

export const otherCauses: Causes = {
  'authentication.signUp': { EMAIL_TAKEN: async (world, route) => world.call(route, { token: null, payload: { email: (await world.newUser()).email, password: testPassword, name: 'Again' } }) },
  'authentication.signIn': {
    INVALID_CREDENTIALS: async (world, route) => world.call(route, wrong((await world.newUser()).email)),
    ACCOUNT_LOCKED: async (world, route) => {
      const { email } = await world.newUser();
      for (let failure = 0; failure < 5; failure += 1) await world.call(route, wrong(email));
      return world.call(route, wrong(email));
    },
  },
  'tokens.create': {
    LIMIT_REACHED: async (world, route) => {
      const { token, id, client } = await world.newUser();
      await client.tokens.create({ name: 'one' });
      await limits(world, id, { max_tokens: 1 });
      return world.call(route, { token });
    },
  },
  'apps.create': {
    APP_NAME_TAKEN: async (world, route) => {
      const { token, client } = await world.newUser();
      await client.apps.create({ name: 'DECLARED' });
      return world.call(route, { token });
    },
    LIMIT_REACHED: async (world, route) => {
      const { token, id, client } = await world.newUser();
      await client.apps.create({ name: 'one' });
      await limits(world, id, { max_apps: 1 });
      return world.call(route, { token });
    },
    DATABASE_NOT_FOUND: (world, route) => world.call(route, { payload: { name: 'web', database_id: 'ab12cd34' } }),
    DATABASE_NOT_ACTIVE: async (world, route) => {
      const { token, databaseId } = await ownerOfFailed(world);
      return world.call(route, { token, payload: { name: 'web', database_id: databaseId } });
    },
    LEGACY_USER_NOT_MIGRATED: (world, route) => world.call(route, { token: world.unmigrated.token, payload: { name: 'web', database_id: 'default' } }),
  },
  'apps.update': {
    APP_NAME_TAKEN: async (world, route) => {
      const { token, client } = await world.newUser();
      await client.apps.create({ name: 'DECLARED' });
      return world.call(route, { token, id: (await client.apps.create({ name: 'other' })).id });
    },
    DATABASE_NOT_FOUND: async (world, route) => {
      const { token, client } = await world.newUser();
      return world.call(route, { token, id: (await client.apps.create({ name: 'web' })).id, payload: { database_id: 'ab12cd34' } });
    },
    DATABASE_NOT_ACTIVE: async (world, route) => {
      const { token, databaseId, client } = await ownerOfFailed(world);
      return world.call(route, { token, id: (await client.apps.create({ name: 'web' })).id, payload: { database_id: databaseId } });
    },
    LEGACY_USER_NOT_MIGRATED: (world, route) => world.call(route, { token: world.unmigrated.token, payload: { database_id: 'default' } }),
  },
  'apps.deploy': {
    DATABASE_NOT_FOUND: async (world, route) => {
      const { token, client } = await world.newUser();
      const { id } = await client.apps.create({ name: 'web', spec });
      // As an app of an earlier platform may be.
      await world.platform.plane.connection.db.collection<{ _id: string }>('apps').updateOne({ _id: id }, { $set: { database_id: 'gone' } });
      return world.call(route, { token, id });
    },
    DATABASE_NOT_ACTIVE: async (world, route) => {
      const { token, id: userId, client } = await world.newUser();
      const { id: databaseId } = await client.databases.create({ name: 'main' });
      const { id } = await client.apps.create({ name: 'web', database_id: databaseId, spec });
      await world.platform.plane.connection.control.databases.change(userId, databaseId, { status: 'failed' });
      return world.call(route, { token, id });
    },
    NO_DATABASE_AVAILABLE: async (world, route) => {
      const { token, client } = await world.newUser();
      return world.call(route, { token, id: (await client.apps.create({ name: 'web', spec })).id });
    },
    QUOTA_EXCEEDED: async (world, route) => {
      const { token, id: userId, client } = await world.newUser();
      const { id: databaseId } = await client.databases.create({ name: 'main', quota_mb: 1 });
      await world.platform.plane.connection.control.databases.change(userId, databaseId, { current_size_mb: 2, quota_level: 'exceeded' });
      return world.call(route, { token, id: (await client.apps.create({ name: 'web', spec })).id });
    },
  },
  'operations.events': { TOO_MANY_STREAMS: secondStream(async ({ platform }, token) => {
    await platform.clientOf(token).databases.create({ name: 'one' });
    return (await platform.plane.connection.db.collection<{ readonly _id: string }>('operations').find({ kind: 'database.create' }).sort({ created_at: -1 }).limit(1).toArray())[0]!._id;
  }) },
  'events.stream': { TOO_MANY_STREAMS: secondStream(() => Promise.resolve(undefined)) },
  'legacyMigrations.events': { TOO_MANY_STREAMS: secondStream((world) => legacyRun(world, { mode: 'plan' })) },
  'reconcile.events': { TOO_MANY_STREAMS: secondStream((world) => started(world, 'reconcile.start', { dry_run: true })) },
  'clusters.register': {
    CLUSTER_UNSUITABLE: (world, route) => world.call(route, { payload: { name: 'Nowhere', uri: 'mongodb://root:secret@127.0.0.1:1/?serverSelectionTimeoutMS=50' } }),
    CLUSTER_ALREADY_REGISTERED: (world, route) => world.call(route, { payload: { id: 'primary', name: 'Again', uri: world.platform.plane.testCluster.uri } }),
  },
  'clusters.update': {
    CLUSTER_UNSUITABLE: (world, route) => world.call(route, { id: 'second', payload: { uri: 'mongodb://root:secret@127.0.0.1:1/?serverSelectionTimeoutMS=50' } }),
    // The way to another cluster of the register.
    CLUSTER_ALREADY_REGISTERED: (world, route) => world.call(route, { id: 'second', payload: { uri: world.platform.plane.testCluster.uri } }),
    CLUSTER_HOLDS_CONTROL_DATABASE: (world, route) => world.call(route, { id: 'primary', payload: { public_host: 'db.example.org' } }),
  },
  'clusters.remove': {
    CLUSTER_IN_USE: (world, route) => world.call(route, { id: 'second' }),
    CLUSTER_HOLDS_CONTROL_DATABASE: (world, route) => world.call(route, { id: 'primary' }),
  },
  'legacyMigrations.start': {
    LEGACY_CIPHER_UNKNOWN: (world, route) => world.call(route, { payload: { mode: 'plan', cipher: 'unheard-of' } }),
    LEGACY_RUN_IN_PROGRESS: besideRun((world) => world.call(routeNamed('legacyMigrations.start'), { payload: { mode: 'run' } })),
    LEGACY_SOURCE_UNKNOWN: (world, route) => world.call(route, { payload: { mode: 'plan', source: 'unheard-of' } }),
    LEGACY_RUN_NOT_FOUND: (world, route) => world.call(route, { payload: { mode: 'verify', of_run_id: 'absent' } }),
  },
  'legacyMigrations.pause': { LEGACY_RUN_NOT_RUNNING: async (world, route) => world.call(route, { id: await doneRun(world) }) },
  'legacyMigrations.resume': {
    LEGACY_RUN_NOT_RUNNING: async (world, route) => world.call(route, { id: await doneRun(world) }),
    LEGACY_RUN_IN_PROGRESS: async (world, route) => {
      const id = await pausedRun(world);
      return besideRun(() => world.call(route, { id }))(world, route);
    },
  },
  'legacyMigrations.rollback': { LEGACY_RUN_IN_PROGRESS: besideRun((world, id) => world.call(routeNamed('legacyMigrations.rollback'), { id })) },
  'reconcile.start': {
    CLUSTER_NOT_FOUND: (world, route) => world.call(route, { payload: { scope: { cluster_id: 'absent' } } }),
    USER_NOT_FOUND: (world, route) => world.call(route, { payload: { scope: { user_id: 'absent' } } }),
  },
  'plans.create': {
    PLAN_NAME_TAKEN: async (world, route) => {
      await world.call(route, { payload: { name: 'taken' } });
      return world.call(route, { payload: { name: 'taken' } });
    },
    LIMIT_REACHED: async (world, route) => {
      const plans = world.platform.plane.connection.db.collection<{ readonly _id: string }>('plans');
      const filler = Array.from({ length: largestPlanCount }, (_, plan) => ({ _id: `plan-${plan}`, description: null, limits: {}, rate_limits: {} }));
      await plans.insertMany(filler);
      const answer = await world.call(route, { payload: { name: 'one-more' } });
      await plans.deleteMany({ _id: { $in: filler.map(({ _id }) => _id) } });
      return answer;
    },
  },
  'plans.delete': { PLAN_IN_USE: (world, route) => world.call(route, { id: 'default' }) },
  'admin.createUser': { EMAIL_TAKEN: async (world, route) => world.call(route, { payload: { email: (await world.newUser()).email, password: testPassword, name: 'Again', role: 'user' } }) },
  'admin.updateUser': { PLAN_NOT_FOUND: async (world, route) => world.call(route, { id: (await world.newUser()).id, payload: { plan: 'absent' } }) },
  'webhooks.create': {
    LIMIT_REACHED: async (world, route) => {
      const { token, id, client } = await world.newUser();
      await client.webhooks.create({ url: 'https://example.org/hook' });
      await limits(world, id, { max_webhooks: 1 });
      return world.call(route, { token });
    },
    WEBHOOK_URL_REFUSED: (world, route) => world.call(route, { server: world.strict, payload: { url: 'https://10.0.0.1/hook' } }),
  },
  'webhooks.update': {
    WEBHOOK_URL_REFUSED: async (world, route) => {
      const { token, client } = await world.newUser();
      const { id } = await client.webhooks.create({ url: 'https://example.org/hook' });
      return world.call(route, { token, id, server: world.strict, payload: { url: 'https://10.0.0.1/hook' } });
    },
  },
  'webhooks.replayDelivery': {
    DELIVERY_NOT_FOUND: async (world, route) => {
      const { token, client } = await world.newUser();
      return world.call(route, { token, id: (await client.webhooks.create({ url: 'https://example.org/hook' })).id });
    },
    WEBHOOK_NOT_FOUND: (world, route) => world.call(route),
  },
};

const spec = { command: ['true'] };

/** A user one of whose databases could not be made. */
async function ownerOfFailed(world: DeclaredWorld) {
  const user = await world.newUser();
  const { id: databaseId } = await user.client.databases.create({ name: 'failed' });
  await world.platform.plane.connection.control.databases.change(user.id, databaseId, { status: 'failed' });
  return { ...user, databaseId };
}

/** The run under which users are migrated at their first change is done from its beginning. */
async function doneRun(world: DeclaredWorld): Promise<string> {
  await world.call(routeList.find(({ name }) => name === 'databases.create')!, { token: world.unmigrated.token });
  return 'first-use';
}

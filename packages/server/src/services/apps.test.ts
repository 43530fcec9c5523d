// Apps through their service, on a control database: what is stored, who may deploy, what a stranger sees.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { tenantUri } from '../credentials/tenant-uri.js';
import { startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { notingDeployer } from '../testing/noting-deployer.fixture.js';
import { AppDeployments } from './app-deployments.js';
import { createAppService } from './apps.js';
import type { Actor, AppService, DatabaseService } from './contracts.js';

describe('apps', () => {
  const deployer = notingDeployer();
  let plane: ControlPlane;
  let apps: AppService;
  let databases: DatabaseService;
  let deployments: AppDeployments;
  let mayDeploy = true;

  const spec = { command: ['true'], env: { KEY: 'sealed away' } };

  beforeAll(async () => {
    plane = await startControlPlane();
    const { keyring, clusters, connection: { control } } = plane;
    deployments = new AppDeployments({ stores: control, keyring, clock: systemClock, deployers: new Map([['process', deployer]]), uriOf: (userId, entry, instances) => tenantUri({ clusters, keyring, control, platformLimits: { connection_budget: 10 } }, userId, entry, instances) });
    apps = createAppService({ control, keyring, deployments, clock: systemClock, identifiers: systemIdentifiers, mayDeploy: () => mayDeploy });
    ({ databases } = plane.replica());
  });

  afterAll(() => plane.stop());

  const deployedApp = async (actor: Actor): Promise<string> => {
    await databases.create(actor, { name: 'main', environment: 'development' });
    const app = await apps.create(actor, { name: 'web', deployer: 'process', spec });
    await apps.deploy(actor, app.id);
    return app.id;
  };

  it('are not deployed by hand onto a database that is over its quota', async () => {
    const actor = await plane.newActor();
    const appId = await deployedApp(actor);
    const { default_database_id: databaseId } = (await plane.connection.db.collection('users').findOne({ email: `${actor.userId}@example.com` }))!;
    await plane.connection.control.databases.change(actor.userId, String(databaseId), { quota_mb: 1, current_size_mb: 2, quota_level: 'exceeded' });
    await expect(apps.deploy(actor, appId)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', details: { database_id: databaseId, quota: 'database_size', limit_mb: 1, used_mb: 2 } });
  });

  it('stores variables as envelopes, shows them to their owner, and hands them to the deployer', async () => {
    const actor = await plane.newActor();
    const appId = await deployedApp(actor);
    const stored = JSON.stringify(await plane.connection.db.collection('apps').findOne({ _id: appId as never }));
    expect(stored).toContain('v1.k1.');
    expect(stored).not.toContain('sealed away');
    expect((await apps.get(actor, appId)).spec?.env).toEqual({ KEY: 'sealed away' });
    const { app, connectionUri } = deployer.requests.at(-1)!;
    expect(app.spec).toMatchObject({ env: { KEY: 'sealed away' } });
    expect(connectionUri.reveal()).toMatch(/^mongodb:\/\/user_/u);
  });

  it('shares the connection budget of a database among the apps that run on it', async () => {
    const actor = await plane.newActor();
    await deployedApp(actor);
    const poolOf = (): string | null => new URL(deployer.requests.at(-1)!.connectionUri.reveal()).searchParams.get('maxPoolSize');
    expect(poolOf()).toBe('10');
    const second = await apps.create(actor, { name: 'worker', deployer: 'process', spec });
    await apps.create(actor, { name: 'idle', deployer: 'process', spec });
    await apps.deploy(actor, second.id);
    expect(poolOf()).toBe('5');
    expect(new URL(deployer.requests.at(-1)!.connectionUri.reveal()).searchParams.get('appName')).toMatch(/^freehold-[0-9a-f]{8}$/u);
  });

  it('refuses a name that is taken, in any case, and another deployer\'s rights', async () => {
    const actor = await plane.newActor();
    const appId = await deployedApp(actor);
    await expect(apps.create(actor, { name: 'WEB', deployer: 'process' })).rejects.toMatchObject({ code: 'APP_NAME_TAKEN' });
    mayDeploy = false;
    await expect(apps.deploy(actor, appId)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    mayDeploy = true;
  });

  it.each(['get', 'update', 'remove', 'deploy', 'logs'] as const)('answers %s of a stranger\'s app as of one that does not exist', async (call) => {
    const appId = await deployedApp(await plane.newActor());
    const stranger = await plane.newActor();
    const calls = {
      get: (id: string) => apps.get(stranger, id), update: (id: string) => apps.update(stranger, id, { name: 'mine' }), remove: (id: string) => apps.remove(stranger, id),
      deploy: (id: string) => apps.deploy(stranger, id), logs: (id: string) => apps.logs(stranger, id, 10),
    };
    const [theirs, absent] = await Promise.allSettled([calls[call](appId), calls[call]('no-such-app')]);
    expect(theirs).toMatchObject({ status: 'rejected', reason: { code: 'APP_NOT_FOUND' } });
    expect(absent).toMatchObject({ status: 'rejected', reason: { code: 'APP_NOT_FOUND' } });
  });

  it('deploys again what was running, at a start and after a rotation, and nothing else', async () => {
    const actor = await plane.newActor();
    const appId = await deployedApp(actor);
    const idle = await apps.create(actor, { name: 'idle', deployer: 'process', spec });
    const before = deployer.requests.length;
    await deployments.redeploy(actor.userId, [appId, idle.id]);
    expect(deployer.requests.slice(before).map(({ app }) => app._id)).toEqual([appId]);
    deployer.requests.length = 0;
    await deployments.resume(new AbortController().signal);
    expect(deployer.requests.map(({ app }) => app._id)).toContain(appId);
    expect(deployer.requests.map(({ app }) => app._id)).not.toContain(idle.id);
    deployer.requests.length = 0;
    await deployments.resume(AbortSignal.abort());
    expect(deployer.requests).toEqual([]);
  });

  it('records the failure where the database of an app is gone, and starts nothing', async () => {
    const actor = await plane.newActor();
    await databases.create(actor, { name: 'main', environment: 'development' });
    const other = await databases.create(actor, { name: 'other', environment: 'development' });
    const app = await apps.create(actor, { name: 'bound', deployer: 'process', spec, database_id: other.database.id });
    await apps.deploy(actor, app.id);
    const request = await databases.requestDeletion(actor, other.database.id);
    expect(request.apps.map(({ id }) => id)).toEqual([app.id]);
    await expect(databases.delete(actor, other.database.id, { confirm_token: request.confirm_token })).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
    await databases.delete(actor, other.database.id, { confirm_token: (await databases.requestDeletion(actor, other.database.id)).confirm_token, on_apps: 'detach' });
    expect((await apps.get(actor, app.id)).database_id).toBeNull();
  });
});

// The same as operations/interruptions.test.ts, with a real process that really dies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { uriWorks } from '../testing/uri-works.fixture.js';

const program = fileURLToPath(new URL('../testing/killed-replica.fixture.ts', import.meta.url));
const tsconfig = fileURLToPath(new URL('../../../../tsconfig.tests.json', import.meta.url));

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

async function actAndDie(userId: string, crashPoint: string): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, plane.testCluster.uri, plane.connection.db.databaseName, userId, crashPoint], {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}

describe('a process that is killed while it creates a database', () => {
  it.each(['reserve:after', 'create_user:before', 'create_user:after', 'prove:before', 'prove:after', 'activate:before'])('at %s, leaves what another finishes', async (point) => {
    const actor = await plane.newActor();
    expect(await actAndDie(actor.userId, `database.create:${point}`)).toBe('SIGKILL');
    const clock = movableClock();
    clock.advance(31_000);
    const second = plane.replica({ owner: 'second', clock });
    expect(await second.journal.recoverAbandoned(10)).toBe(1);
    const { items } = await second.databases.list(actor, { limit: 5, offset: 0, sort: 'created_at' });
    expect(items.map(({ status }) => status)).toEqual(['active']);
    const { connection_uri } = await second.databases.connection(actor, items[0]!.id);
    const client = new MongoClient(connection_uri);
    await client.db().collection('a').insertOne({ works: true });
    await client.close();
  });
});

describe('a process that is killed while it changes a database', () => {
  const cases: readonly (readonly [operation: string, step: string])[] = [
    ['delete', 'revoke_credentials'], ['delete', 'redeploy_apps'], ['delete', 'finish'], ['restore', 'create_user'], ['restore', 'prove'], ['restore', 'settle_roles'], ['restore', 'activate'], ['rotate_credentials', 'create_user'], ['rotate_credentials', 'prove'], ['rotate_credentials', 'settle_roles'], ['rotate_credentials', 'move_apps'], ['rotate_credentials', 'store'], ['rotate_credentials', 'revoke_at_once'], ['rotate_credentials', 'redeploy_apps'], ['rotate_credentials', 'revoke_previous'], ['rotate_credentials', 'finish'],
  ];

  it.each(cases.flatMap(([operation, step]) => [[operation, `${step}:before`], [operation, `${step}:after`]] as const))('%s at %s, leaves what another finishes', async (operation, point) => {
    const actor = await plane.newActor();
    const first = plane.replica({ owner: 'first' });
    const { database, connectionUri } = await first.databases.create(actor, { name: 'shop', environment: 'development' });
    if (operation === 'restore') await first.databases.delete(actor, database.id, { confirm_token: (await first.databases.requestDeletion(actor, database.id)).confirm_token });
    expect(await actAndDie(actor.userId, `database.${operation}:${point}`)).toBe('SIGKILL');
    const clock = movableClock();
    clock.advance(31_000);
    const second = plane.replica({ owner: 'second', clock });
    // After its conclusion an operation is closed: there is nothing to finish.
    expect(await second.journal.recoverAbandoned(10)).toBe(['finish:after', 'activate:after'].includes(point) ? 0 : 1);
    const isDeleted = operation === 'delete';
    expect((await second.databases.get(actor, database.id)).status).toBe(isDeleted ? 'deleting' : 'active');
    const uri = isDeleted ? connectionUri.reveal() : (await second.databases.connection(actor, database.id)).connection_uri;
    expect(await uriWorks(uri)).toBe(!isDeleted);
    if (operation === 'rotate_credentials') expect(uri).not.toBe(connectionUri.reveal());
  });
});

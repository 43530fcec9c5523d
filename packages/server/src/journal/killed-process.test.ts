// The same as operations/interruptions.test.ts, with a real process that really dies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { movableClock, startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';

const program = fileURLToPath(new URL('../testing/killed-replica.fixture.ts', import.meta.url));
const tsconfig = fileURLToPath(new URL('../../../../tsconfig.tests.json', import.meta.url));

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
});
afterAll(() => plane.stop());

async function createAndDie(userId: string, crashPoint: string): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, plane.testCluster.uri, plane.connection.db.databaseName, userId, crashPoint], {
    stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return code ?? signal;
}

describe('a process that is killed while it creates a database', () => {
  it.each(['reserve:after', 'create_user:before', 'create_user:after', 'prove:before', 'prove:after', 'activate:before'])('at %s, leaves what another finishes', async (point) => {
    const actor = await plane.newActor();
    expect(await createAndDie(actor.userId, `database.create:${point}`)).toBe('SIGKILL');
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

// Transactions of the control database that meet one that stays open, as a process leaves it that died.
import { ObjectId } from 'mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HeldUp } from '../../ports/failures.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';

let cluster: TestCluster;
let databaseName: string;
const connections: ControlConnection[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  databaseName = `freehold_test_${new ObjectId().toHexString()}`;
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});
afterAll(() => cluster.stop());

async function connect(patienceMilliseconds: number): Promise<ControlConnection> {
  const connection = await connectControlDatabase({ uri: cluster.uri, databaseName, patienceMilliseconds });
  connections.push(connection);
  return connection;
}

async function newUser({ db }: ControlConnection): Promise<ObjectId> {
  return (await db.collection('users').insertOne({ visits: 0 })).insertedId;
}

/** Resolves when the transaction holds the user; it stays open until the connection is closed. */
function hold({ db, transactions }: ControlConnection, _id: ObjectId): Promise<void> {
  return new Promise((resolve, reject) => {
    transactions.run(async (session) => {
      await db.collection('users').updateOne({ _id }, { $inc: { visits: 10 } }, { session });
      resolve();
      await new Promise(() => undefined);
    }).catch(reject);
  });
}

interface Visit {
  readonly ended: Promise<void>;
  /** Resolves when it has been tried. */
  readonly tried: Promise<void>;
}

function visit({ db, transactions }: ControlConnection, _id: ObjectId): Visit {
  let wasTried: () => void = () => undefined;
  const tried = new Promise<void>((resolve) => { wasTried = resolve; });
  const ended = transactions.run(async (session) => {
    await db.collection('users').updateOne({ _id }, { $inc: { visits: 1 } }, { session }).finally(wasTried);
  });
  return { ended, tried };
}

const visitsOf = async ({ db }: ControlConnection, _id: ObjectId): Promise<unknown> => (await db.collection('users').findOne({ _id }))?.['visits'];

describe('a transaction that meets one that stays open', () => {
  it('happens when that is over, which it is when its process stops in an orderly way', async () => {
    const [dead, live] = [await connect(60_000), await connect(60_000)];
    const user = await newUser(live);
    await hold(dead, user);
    const { ended, tried } = visit(live, user);
    await tried;
    await dead.close();
    await ended;
    expect(await visitsOf(live, user)).toBe(1);
  });

  it('is given up after a while, with nothing of it done', async () => {
    const [dead, live] = [await connect(60_000), await connect(50)];
    const user = await newUser(live);
    await hold(dead, user);
    const failure: unknown = await visit(live, user).ended.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HeldUp);
    expect(failure).toMatchObject({ code: 'WriteConflict' });
    expect(await visitsOf(live, user)).toBe(0);
  });

  it('is given up at once when its own process is about to stop', async () => {
    const [dead, live] = [await connect(60_000), await connect(600_000)];
    const user = await newUser(live);
    await hold(dead, user);
    const { ended, tried } = visit(live, user);
    await tried;
    live.transactions.stopTryingAgain();
    await expect(ended).rejects.toBeInstanceOf(HeldUp);
    const other = await newUser(live);
    await visit(live, other).ended;
    expect(await visitsOf(live, other)).toBe(1);
  });
});

import { ObjectId, type CommandStartedEvent, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmailTaken } from '../../ports/accounts.js';
import { startTestCluster, type TestCluster } from '../../testing/start-test-cluster.js';
import { connectControlDatabase, type ControlConnection } from './control-database.js';
import { MongoIdempotencyStore } from './idempotency-store.js';
import { MongoSignInFailureStore } from './sign-in-failures-store.js';
import { MongoUserDirectory } from './users-directory.js';

let cluster: TestCluster;
let connection: ControlConnection;
const lookups: { readonly collection: string; readonly filter: Document }[] = [];

beforeAll(async () => {
  cluster = await startTestCluster();
  connection = await connectControlDatabase({ uri: cluster.uri, databaseName: `freehold_test_${new ObjectId().toHexString()}`, monitorCommands: true });
  connection.client.on('commandStarted', ({ command, commandName }: CommandStartedEvent) => {
    const filters: Readonly<Record<string, () => Document>> = {
      find: () => command['filter'] as Document,
      findAndModify: () => command['query'] as Document,
      update: () => (command['updates'] as Document[])[0]!['q'] as Document,
      delete: () => (command['deletes'] as Document[])[0]!['q'] as Document,
      aggregate: () => (command['pipeline'] as Document[])[0]!['$match'] as Document,
    };
    const filterOf = filters[commandName];
    if (filterOf !== undefined) lookups.push({ collection: command[commandName] as string, filter: filterOf() });
  });
});

afterAll(async () => {
  await connection.db.dropDatabase();
  await connection.close();
  await cluster.stop();
});

const now = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-02-01T00:00:00Z');
const account = { email: 'Ada@Example.org', name: 'Ada', role: 'operator', passwordHash: 'hash', createdAt: now } as const;

function namesOfStages(plan: Document): string[] {
  return [plan['stage'] as string, ...[plan['inputStage'], ...((plan['inputStages'] as Document[] | undefined) ?? [])].filter((each) => each !== undefined).flatMap((each) => namesOfStages(each as Document))];
}

describe('the stores of accounts', () => {
  it('use an index for every look-up (R1.5)', async () => {
    const { db, control } = connection;
    const { accounts, sessions, tokens, failedSignIns } = control;
    const [failures, idempotency] = [new MongoSignInFailureStore(db), new MongoIdempotencyStore(db)];
    await Promise.all([failures, idempotency].map((store) => store.prepare()));
    const { id: userId } = await accounts.insert(account);
    lookups.length = 0;

    await accounts.find(userId);
    await accounts.findByEmail('ada@example.org');
    await accounts.hasOperator();
    await new MongoUserDirectory({ db, transact: () => Promise.reject(new Error('reads alone')) }).list({ limit: 5, after: null, search: 'ada' });
    const session = await sessions.insert('h1', { userId, createdAt: now, expiresAt: later });
    await sessions.findBySecretHash('h1');
    await sessions.extend(session.id, later);
    await sessions.remove(session.id);
    await failures.recordFailure('k', 1000);
    await failures.lock('k', 1000);
    await failures.lockedForMs('k');
    await failures.clear('k');
    await failedSignIns.add(userId, { network: '192.0.2.1', at: now, tellAt: now });
    await failedSignIns.due(now, 5);
    await failedSignIns.take(userId, now);
    const token = await tokens.insert('h2', { userId, name: 't', scopes: [], hint: 'fh_', createdAt: now, expiresAt: null, lastUsedAt: null });
    await tokens.findBySecretHash('h2');
    await tokens.list(userId, { limit: 5, offset: 0 });
    await tokens.markUsed(token.id, now);
    await tokens.remove(userId, token.id);
    const record = { fingerprint: 'f', owner: 'o', leasedUntil: now, answer: null };
    await idempotency.claim('i', record, later);
    await idempotency.find('i');
    await idempotency.takeOver('i', record, { ...record, owner: 'p' });
    await idempotency.renew('i', 'p', later);
    await idempotency.complete('i', 'p', 'a');
    await idempotency.release('i', 'p');

    expect([...new Set(lookups.map(({ collection }) => collection))].toSorted()).toEqual(['api_tokens', 'failed_sign_ins', 'idempotency_keys', 'plans', 'sessions', 'sign_in_failures', 'users']);
    for (const { collection, filter } of [...lookups]) {
      const explained = await db.collection(collection).find(filter).explain('queryPlanner');
      const stages = namesOfStages((explained['queryPlanner'] as Document)['winningPlan'] as Document);
      expect(stages, `${collection} ${JSON.stringify(filter)}`).not.toContain('COLLSCAN');
    }
  });
});

describe('the store of accounts', () => {
  it('keeps one account for an address, in any case', async () => {
    const { accounts } = connection.control;
    const { id } = await accounts.insert({ ...account, email: 'Bob@Example.org' });
    await expect(accounts.insert({ ...account, email: 'bOB@example.ORG' })).rejects.toBeInstanceOf(EmailTaken);
    expect(await accounts.findByEmail('BOB@EXAMPLE.ORG')).toMatchObject({ id, email: 'Bob@Example.org', passwordHash: 'hash' });
    expect(await accounts.find('nonsense')).toBeUndefined();
  });

  it('leaves users of an earlier platform alone, who have no such fields', async () => {
    const users = connection.db.collection('users');
    const { insertedId } = await users.insertOne({ email: 'old@example.org' });
    await users.insertOne({ email: 'older@example.org' });
    const found = await connection.control.accounts.find(insertedId.toHexString());
    expect(found).toMatchObject({ email: 'old@example.org', role: 'user', passwordHash: '' });
  });
});

describe('the store of idempotency keys', () => {
  it('gives a key to one of those who ask at once', async () => {
    const store = new MongoIdempotencyStore(connection.db);
    const claims = await Promise.all(Array.from({ length: 10 }, (_, index) => store.claim('one', { fingerprint: 'f', owner: `o${index}`, leasedUntil: later, answer: null }, later)));
    expect(claims.filter((held) => held === undefined)).toHaveLength(1);
  });

  it('lets one of several take over, and the earlier owner write no more', async () => {
    const store = new MongoIdempotencyStore(connection.db);
    const lost = { fingerprint: 'f', owner: 'lost', leasedUntil: now, answer: null };
    await store.claim('two', lost, later);
    const taken = await Promise.all(['a', 'b', 'c'].map((owner) => store.takeOver('two', lost, { ...lost, owner, leasedUntil: later })));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await store.complete('two', 'lost', 'late answer');
    await store.release('two', 'lost');
    expect(await store.find('two')).toMatchObject({ answer: null, owner: expect.stringMatching(/^[abc]$/u) });
  });
});

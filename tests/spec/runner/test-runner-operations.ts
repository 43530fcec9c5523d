// Operations of the test runner itself: fail points, assertions, waiting. Source: the format's Special Test Operations.
import { setTimeout as delay } from 'node:timers/promises';
import type { Document, MongoClient } from 'mongodb';
import type { Entities } from './entities.js';
import { mismatch } from './matching.js';

export interface RunnerContext {
  readonly entities: Entities;
  /** A client of the runner's own, for what is no part of the test. */
  readonly admin: MongoClient;
}

type Run = (given: Document, context: RunnerContext) => Promise<void> | void;

function assert(holds: boolean, words: string): void {
  if (!holds) throw new Error(`assertion failed: ${words}`);
}

function lsidsOfLastTwo({ entities }: RunnerContext, client: string): unknown[] {
  const started = entities.eventsOf(client).filter(({ kind }) => kind === 'commandStartedEvent');
  return started.slice(-2).map(({ event }) => (event['command'] as Document)['lsid'] as unknown);
}

async function collectionNames({ admin }: RunnerContext, database: unknown): Promise<string[]> {
  return (await admin.db(String(database)).listCollections().toArray()).map(({ name }) => name);
}

async function indexNames({ admin }: RunnerContext, { databaseName, collectionName }: Document): Promise<string[]> {
  const listed = await admin.db(String(databaseName)).collection(String(collectionName)).listIndexes().toArray();
  return listed.map(({ name }) => String(name));
}

function countEvents({ entities }: RunnerContext, { client, event }: Document): number {
  const [[kind, fields]] = Object.entries(event as Document) as [[string, Document]];
  return entities.eventsOf(String(client)).filter((captured) => captured.kind === kind && mismatch(fields, captured.event, { entities, isRoot: true }) === undefined).length;
}

/** Whether the runner has this operation's name. */
export const runnerOperations: Readonly<Record<string, Run>> = {
  failPoint: async ({ client, failPoint }, { entities }) => {
    await entities.client(String(client)).db('admin').command(failPoint as Document);
  },
  assertSessionTransactionState: ({ session, state }, { entities }) => {
    const actual = (entities.session(String(session)) as unknown as { transaction: { state: string } }).transaction.state;
    const names: Readonly<Record<string, string>> = { none: 'NO_TRANSACTION', starting: 'STARTING_TRANSACTION', in_progress: 'TRANSACTION_IN_PROGRESS', committed: 'TRANSACTION_COMMITTED', aborted: 'TRANSACTION_ABORTED' };
    assert(actual === names[String(state)] || (state === 'committed' && actual === 'TRANSACTION_COMMITTED_EMPTY'), `the transaction is ${actual}, not ${String(state)}`);
  },
  assertSessionDirty: ({ session }, { entities }) => assert(entities.session(String(session)).serverSession.isDirty, 'the session is dirty'),
  assertSessionNotDirty: ({ session }, { entities }) => assert(!entities.session(String(session)).serverSession.isDirty, 'the session is not dirty'),
  assertSameLsidOnLastTwoCommands: ({ client }, context) => {
    const [a, b] = lsidsOfLastTwo(context, String(client));
    assert(mismatch(a, b, { entities: context.entities, isRoot: false }) === undefined, 'the last two commands are of one session');
  },
  assertDifferentLsidOnLastTwoCommands: ({ client }, context) => {
    const [a, b] = lsidsOfLastTwo(context, String(client));
    assert(mismatch(a, b, { entities: context.entities, isRoot: false }) !== undefined, 'the last two commands are of two sessions');
  },
  assertCollectionExists: async ({ databaseName, collectionName }, context) => assert((await collectionNames(context, databaseName)).includes(String(collectionName)), `${String(collectionName)} exists`),
  assertCollectionNotExists: async ({ databaseName, collectionName }, context) => assert(!(await collectionNames(context, databaseName)).includes(String(collectionName)), `${String(collectionName)} does not exist`),
  assertIndexExists: async (given, context) => assert((await indexNames(context, given)).includes(String(given['indexName'])), `the index ${String(given['indexName'])} exists`),
  assertIndexNotExists: async (given, context) => assert(!(await indexNames(context, given).catch((): string[] => [])).includes(String(given['indexName'])), `the index ${String(given['indexName'])} does not exist`),
  assertEventCount: (given, context) => assert(countEvents(context, given) === given['count'], `there are ${countEvents(context, given)} events, not ${String(given['count'])}`),
  waitForEvent: async (given, context) => {
    const deadline_ms = Date.now() + 10_000;
    while (countEvents(context, given) < Number(given['count'])) {
      assert(Date.now() < deadline_ms, `${String(given['count'])} events in ten seconds`);
      await delay(10);
    }
  },
  wait: async ({ ms }) => {
    await delay(Number(ms));
  },
  createEntities: ({ entities: definitions }, { entities }) => entities.create(definitions as Document[]),
};

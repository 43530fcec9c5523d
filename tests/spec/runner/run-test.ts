// Runs one test of a file: data, entities, operations, events, outcome.
import { MongoServerError, type AbstractCursor, type ClientSession, type Collection, type Db, type Document, type GridFSBucket, type MongoClient } from 'mongodb';
import { collectionOperations, type Arguments } from './collection-operations.js';
import { driverOptions, Entities } from './entities.js';
import { mismatch } from './matching.js';
import { bucketOperations, clientOperations, cursorOperations, databaseOperations, sessionOperations } from './operations.js';
import { runnerOperations, type RunnerContext } from './test-runner-operations.js';
import type { CollectionData, ExpectedError, ExpectedEvents, Operation, TestCase, TestFile } from './test-file.js';

/** The test uses something that this runner or the driver does not have; it says nothing about the server. */
export class NotRunnable extends Error {}

interface Outcome {
  readonly result?: unknown;
  readonly error?: Error & Document;
}

async function resetData(admin: MongoClient, data: readonly CollectionData[]): Promise<void> {
  for (const { databaseName, collectionName, documents, createOptions = {} } of data) {
    const database = admin.db(databaseName, { writeConcern: { w: 'majority' } });
    // One collection after the other: a file may name one twice.
    await database.collection(collectionName).drop();
    if (documents.length === 0 || Object.keys(createOptions).length > 0) await database.createCollection(collectionName, createOptions);
    if (documents.length > 0) await database.collection(collectionName).insertMany([...documents]);
  }
}

function argumentsOf({ arguments: given = {} }: Operation, entities: Entities): Arguments {
  const { session, ...rest } = given;
  const options = driverOptions(rest);
  return typeof session === 'string' ? { ...options, session: entities.session(session) } : options;
}

function tableOf(target: unknown): Readonly<Record<string, (target: never, given: Arguments) => Promise<unknown>>> {
  const { constructor } = target as { constructor: { name: string } };
  switch (constructor.name) {
    case 'MongoClient':
      return clientOperations;
    case 'Db':
      return databaseOperations;
    case 'Collection':
      return collectionOperations;
    case 'ClientSession':
      return sessionOperations;
    case 'GridFSBucket':
      return bucketOperations;
    default:
      return cursorOperations;
  }
}

type Target = MongoClient | Db | Collection | ClientSession | GridFSBucket | AbstractCursor;

async function perform(operation: Operation, context: RunnerContext): Promise<unknown> {
  const { name, object } = operation;
  if (object === 'testRunner') {
    const run = Object.hasOwn(runnerOperations, name) ? runnerOperations[name] : undefined;
    if (run === undefined) throw new NotRunnable(`the runner has no operation '${name}'`);
    return run(operation.arguments ?? {}, context);
  }
  const target = context.entities.get(object) as Target;
  if (name === 'withTransaction') return runInTransaction(target as ClientSession, operation, context);
  const table = tableOf(target);
  const run = Object.hasOwn(table, name) ? table[name] : undefined;
  if (run === undefined) throw new NotRunnable(`${object} has no operation '${name}'`);
  return run(target as never, argumentsOf(operation, context.entities));
}

async function runInTransaction(session: ClientSession, { arguments: given = {} }: Operation, context: RunnerContext): Promise<void> {
  const { callback, ...options } = given;
  await session.withTransaction(async () => {
    for (const operation of callback as Operation[]) await runOperation(operation, context, true);
  }, driverOptions(options));
}

function checkError(expected: ExpectedError, { error, result }: Outcome, entities: Entities): void {
  if (error === undefined) throw new Error(`expected an error, got ${JSON.stringify(result)}`);
  const codes = [error['code'], (error['writeConcernError'] as Document | undefined)?.['code'], (error['result'] as Document | undefined)?.['writeConcernError']];
  const names = [error['codeName'], (error['errorResponse'] as Document | undefined)?.['codeName'], (error['writeConcernError'] as Document | undefined)?.['codeName']];
  const labels = (label: string): boolean => (error as unknown as { hasErrorLabel?(label: string): boolean }).hasErrorLabel?.(label) === true;
  const fail = (words: string): never => {
    throw new Error(`${words}: ${error.message}`, { cause: error });
  };
  if (expected.isClientError !== undefined && expected.isClientError === error instanceof MongoServerError) fail(`expected ${expected.isClientError ? 'an error of the client' : 'an error of the server'}`);
  if (expected.errorContains !== undefined && !error.message.toLowerCase().includes(expected.errorContains.toLowerCase())) fail(`expected the words '${expected.errorContains}'`);
  if (expected.errorCode !== undefined && !codes.includes(expected.errorCode)) fail(`expected the code ${expected.errorCode}, got ${String(error['code'])}`);
  if (expected.errorCodeName !== undefined && !names.includes(expected.errorCodeName)) fail(`expected the code name ${expected.errorCodeName}`);
  for (const label of expected.errorLabelsContain ?? []) if (!labels(label)) fail(`expected the label ${label}`);
  for (const label of expected.errorLabelsOmit ?? []) if (labels(label)) fail(`did not expect the label ${label}`);
  if (expected.errorResponse !== undefined) {
    const difference = mismatch(expected.errorResponse, error['errorResponse'] ?? error, { entities, isRoot: true });
    if (difference !== undefined) fail(difference);
  }
}

async function outcomeOf(operation: Operation, context: RunnerContext): Promise<Outcome> {
  try {
    return { result: await perform(operation, context) };
  } catch (error) {
    if (error instanceof NotRunnable) throw error;
    return { error: error as Error & Document };
  }
}

async function runOperation(operation: Operation, context: RunnerContext, throwsOn = false): Promise<void> {
  const outcome = await outcomeOf(operation, context);
  const { entities } = context;
  if (operation.ignoreResultAndError === true) return;
  if (operation.expectError !== undefined) {
    checkError(operation.expectError, outcome, entities);
  } else if (outcome.error !== undefined) {
    throw throwsOn ? outcome.error : new Error(`${operation.name} failed: ${outcome.error.message}`, { cause: outcome.error });
  } else if (operation.expectResult !== undefined) {
    const difference = mismatch(operation.expectResult, outcome.result, { entities, isRoot: true });
    if (difference !== undefined) throw new Error(`${operation.name}: ${difference}`);
  }
  if (operation.saveResultAsEntity !== undefined) entities.set(operation.saveResultAsEntity, outcome.result);
  if (throwsOn && outcome.error !== undefined) throw outcome.error;
}

function checkEvents({ client, eventType = 'command', events, ignoreExtraEvents }: ExpectedEvents, entities: Entities): void {
  if (eventType !== 'command') return;
  const actual = entities.eventsOf(client);
  if (actual.length < events.length || (ignoreExtraEvents !== true && actual.length !== events.length)) {
    throw new Error(`expected ${events.length} events, got ${actual.map(({ kind, event }) => `${kind} ${String(event['commandName'])}`).join(', ')}`);
  }
  for (const [index, expected] of events.entries()) {
    const [[kind, fields]] = Object.entries(expected) as [[string, Document]];
    const found = actual[index]!;
    if (found.kind !== kind) throw new Error(`event ${index}: expected ${kind}, got ${found.kind}`);
    const { command, reply, commandName, databaseName } = fields;
    for (const [name, wanted] of Object.entries({ command, reply, commandName, databaseName })) {
      const difference = wanted === undefined ? undefined : mismatch(wanted, found.event[name], { entities, isRoot: true });
      if (difference !== undefined) throw new Error(`event ${index} ${kind}: ${difference}`);
    }
  }
}

async function checkOutcome(outcome: readonly CollectionData[], context: RunnerContext): Promise<void> {
  for (const { databaseName, collectionName, documents } of outcome) {
    const found = await context.admin.db(databaseName).collection(collectionName).find({}, { sort: { _id: 1 } }).toArray();
    const difference = mismatch(documents, found, { entities: context.entities, isRoot: false });
    if (difference !== undefined) throw new Error(`outcome of ${collectionName}: ${difference}`);
  }
}

/** Throws where the test fails; NotRunnable where it cannot be run. */
export async function runTest(file: TestFile, test: TestCase, uri: string, admin: MongoClient): Promise<void> {
  const entities = new Entities(uri);
  const context: RunnerContext = { entities, admin };
  try {
    await admin.db('admin').command({ killAllSessions: [] });
    await resetData(admin, file.initialData ?? []);
    await entities.create(file.createEntities ?? []);
    // Operations follow one another, as the file has them.
    for (const operation of test.operations) await runOperation(operation, context);
    for (const expected of test.expectEvents ?? []) checkEvents(expected, entities);
    await checkOutcome(test.outcome ?? [], context);
  } finally {
    await entities.close();
    for (const configureFailPoint of ['failCommand', 'onPrimaryTransactionalWrite', 'failGetMoreAfterCursorCheckout']) {
      await admin.db('admin').command({ configureFailPoint, mode: 'off' });
    }
  }
}

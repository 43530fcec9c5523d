// One engine for all tests of a file, and for each test a database that nobody has used before.
import type { Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { engineUnderTest, rootUser, type EngineUnderTest } from './running-engine.fixture.js';
import type { EngineOptions } from './server.js';

export interface DatabaseUnderTest {
  readonly engine: EngineUnderTest;
  /** A client as `rootUser`. */
  readonly client: MongoClient;
  /** The running test's own database. */
  readonly db: Db;
}

/** Registers the hooks that start the engine, give each test its database, and stop the engine; what it returns can be read in tests and in later hooks. */
export function databasePerTest(options: Partial<EngineOptions> = {}): DatabaseUnderTest {
  let engine: EngineUnderTest;
  let client: MongoClient;
  let db: Db;
  let tests = 0;

  beforeAll(async () => {
    engine = await engineUnderTest(options);
    client = await engine.clientOf(rootUser.user, rootUser.password);
  });

  beforeEach(() => {
    tests += 1;
    db = client.db(`test${tests}`);
  });

  afterAll(() => engine.close());

  return {
    get engine() {
      return engine;
    },
    get client() {
      return client;
    },
    get db() {
      return db;
    },
  };
}

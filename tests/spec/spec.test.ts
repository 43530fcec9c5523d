// Tests in the drivers' unified test format, run with the official driver against the engine: our own in `cases/`, and those of
// the folder that FREEHOLD_SPEC_TESTS_DIR names (a copy of the drivers' specifications, for example), folders below it included.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startTestEngine, type TestEngine } from '../compat/engine.fixture.js';
import { driverDifference } from './runner/driver-differences.js';
import { NotRunnable, runTest } from './runner/run-test.js';
import { readTestFile, unmetRequirement } from './runner/test-file.js';

let engine: TestEngine;
let admin: MongoClient;
let server: { readonly version: string; readonly parameters: Document };

beforeAll(async () => {
  engine = await startTestEngine({ testCommands: true });
  admin = engine.client;
  const [{ version }, parameters] = await Promise.all([admin.db('admin').command({ buildInfo: 1 }), admin.db('admin').command({ getParameter: '*' })]);
  server = { version: String(version), parameters };
});

afterAll(async () => {
  await engine.stop();
});

function describeFolder(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort();
  for (const name of files) {
    const file = readTestFile(join(folder, name));
    if (file === undefined) continue;
    describe(`${relative('.', name)}: ${file.description}`, () => {
      for (const test of file.tests) {
        it(test.description, async ({ skip }) => {
          const reason = test.skipReason ?? driverDifference(name, test.description) ?? unmetRequirement(file.runOnRequirements, server) ?? unmetRequirement(test.runOnRequirements, server);
          if (reason !== undefined) skip(reason);
          try {
            await runTest(file, test, engine.engine.uri, admin);
          } catch (error) {
            if (error instanceof NotRunnable) skip(error.message);
            throw error;
          }
        });
      }
    });
  }
}

describe('our own tests', () => {
  describeFolder(fileURLToPath(new URL('cases', import.meta.url)));
});

const folder = process.env['FREEHOLD_SPEC_TESTS_DIR'];
if (folder !== undefined) describe('the tests of FREEHOLD_SPEC_TESTS_DIR', () => describeFolder(folder));

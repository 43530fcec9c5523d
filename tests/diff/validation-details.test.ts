// A document that fails validation learns which validator refused it, not which condition.
import { expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { startedEngine } from './refusals.fixture.js';

const engine = startedEngine();

it('a refused document is told the whole validator', async () => {
  const validator = { $jsonSchema: { bsonType: 'object', required: ['name'] } };
  const checked = await engine().client.db('differences').createCollection('checked', { validator });
  const error = await serverError(checked.insertOne({ other: 1 }));
  expect(error).toMatchObject({ code: 121, message: 'Document failed validation', errInfo: { details: { operatorName: 'validator', specifiedAs: validator } } });
});

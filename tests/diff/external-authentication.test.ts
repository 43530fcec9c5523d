// Users belong to databases and log in by SCRAM.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('a user of another system', [
  ['does not authenticate by certificate', { authenticate: 1, mechanism: 'MONGODB-X509' }, 115, /use SCRAM-SHA-256/u],
  ['does not begin another mechanism', { saslStart: 1, mechanism: 'PLAIN', payload: Buffer.from('') }, 334, /PLAIN/u],
]);

const engine = startedEngine();

it('is not created in $external', async () => {
  await expect(engine().client.db('$external').command({ createUser: 'CN=app', roles: [] })).rejects.toMatchObject({ code: 115, message: expect.stringContaining('external systems') as string });
});

it('the two mechanisms of SCRAM are offered', async () => {
  const { authenticationMechanisms } = await engine().client.db('admin').command({ getParameter: 1, authenticationMechanisms: 1 });
  expect(authenticationMechanisms).toEqual(['SCRAM-SHA-1', 'SCRAM-SHA-256']);
});

// Users belong to databases and log in by SCRAM, or by their certificate.
import { expect, it } from 'vitest';
import { describeRefusals, startedEngine } from './refusals.fixture.js';

describeRefusals('a user of another system', [
  ['does not authenticate by LDAP', { saslStart: 1, mechanism: 'PLAIN', payload: Buffer.from('') }, 334, /PLAIN/u],
  ['does not authenticate by Kerberos', { saslStart: 1, mechanism: 'GSSAPI', payload: Buffer.from('') }, 334, /GSSAPI/u],
  ['does not authenticate by OIDC', { saslStart: 1, mechanism: 'MONGODB-OIDC', payload: Buffer.from('') }, 334, /MONGODB-OIDC/u],
]);

const engine = startedEngine();

it('three mechanisms are offered', async () => {
  const { authenticationMechanisms } = await engine().client.db('admin').command({ getParameter: 1, authenticationMechanisms: 1 });
  expect(authenticationMechanisms).toEqual(['MONGODB-X509', 'SCRAM-SHA-1', 'SCRAM-SHA-256']);
});

// `authenticate`: by the certificate that the client has shown (MONGODB-X509). Source: the manual's page "authenticate".
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const authenticate = defineCommand({
  name: 'authenticate',
  help: 'Authenticates by the certificate of the TLS connection (MONGODB-X509).',
  fields: { authenticate: 'any', mechanism: { kind: 'string', required: true }, user: 'string', db: { kind: 'string', ignored: true } },
  access: { kind: 'public' },
  stableApi: true,
  run({ mechanism, user }, { services, connection, database }) {
    const name = services.authenticator.byCertificate(connection, { mechanism, database, named: user, isSpeculative: false });
    return encodeDocument({ dbname: name.database, user: name.user });
  },
});

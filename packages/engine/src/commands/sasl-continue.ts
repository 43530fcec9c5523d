// `saslContinue`: goes on authenticating. Source: the specification "Authentication" of MongoDB's drivers.
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';

export const saslContinue = defineCommand({
  name: 'saslContinue',
  help: 'Goes on with a SASL conversation.',
  fields: {
    saslContinue: 'any',
    conversationId: { kind: 'integer', required: true },
    payload: { kind: 'any', required: true },
  },
  access: { kind: 'public' },
  stableApi: true,
  run({ conversationId, payload }, { services, connection }) {
    const bytes = payload.type === BsonType.binData ? payload.binary().data : Buffer.from(payload.type === BsonType.string ? payload.string() : '', 'base64');
    return encodeDocument(services.authenticator.continue(connection, conversationId, bytes));
  },
});

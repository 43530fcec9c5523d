// `saslStart`: begins to authenticate. Source: the specification "Authentication" of MongoDB's drivers.
import { getDocumentField } from '../bson/reader.js';
import type { RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import { CommandError } from '../errors.js';

export const saslStart = defineCommand({
  name: 'saslStart',
  help: 'Begins a SASL conversation (SCRAM-SHA-256 or SCRAM-SHA-1).',
  fields: {
    saslStart: 'any',
    mechanism: { kind: 'string', required: true },
    payload: { kind: 'any', required: true },
    autoAuthorize: { kind: 'any', ignored: true },
    options: 'object',
    db: { kind: 'string', ignored: true },
  },
  access: { kind: 'public' },
  stableApi: true,
  run(fields, context) {
    const skip = fields.options === undefined ? undefined : getDocumentField(fields.options, 'skipEmptyExchange');
    const reply = context.services.authenticator.start(context.connection, {
      mechanism: fields.mechanism,
      payload: payloadBytes(fields.payload),
      database: context.database,
      skipEmptyExchange: skip?.type === BsonType.bool && skip.boolean(),
      isSpeculative: false,
    });
    return encodeDocument(reply);
  },
});

/** Binary from drivers; base64 text from old shells. */
function payloadBytes(value: RawValue): Buffer {
  if (value.type === BsonType.binData) return value.binary().data;
  if (value.type === BsonType.string) return Buffer.from(value.string(), 'base64');
  throw new CommandError('TypeMismatch', "Wrong type for field (payload): expected binary or string");
}

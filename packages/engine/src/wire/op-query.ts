// OP_QUERY, kept by current servers for the first `hello` of a connection alone. Source: the manual's page "Opcodes", and
// the specification "MongoDB Handshake".
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { BsonType } from '../bson/types.js';
import { validateDocument } from '../bson/validate.js';
import { headerBytes } from './frame-assembler.js';
import { ProtocolViolation } from './protocol-violation.js';

export interface OpQuery {
  readonly database: string;
  readonly collection: string;
  readonly body: RawDocument;
}

/** Reads a whole message. Throws ProtocolViolation where the frame is malformed. */
export function parseOpQuery(message: Buffer): OpQuery {
  const namespaceStart = headerBytes + 4;
  const namespaceEnd = message.indexOf(0, namespaceStart);
  const documentStart = namespaceEnd + 9;
  if (namespaceEnd < 0 || documentStart + 5 > message.length) throw new ProtocolViolation('OP_QUERY is cut off');
  const length = message.readInt32LE(documentStart);
  if (length < 5 || documentStart + length > message.length) throw new ProtocolViolation('OP_QUERY with an impossible document length');
  const query = message.subarray(documentStart, documentStart + length);
  validateDocument(query);
  const namespace = message.toString('utf8', namespaceStart, namespaceEnd);
  const dot = namespace.indexOf('.');
  if (dot <= 0) throw new ProtocolViolation('OP_QUERY with an invalid namespace');
  return { database: namespace.slice(0, dot), collection: namespace.slice(dot + 1), body: unwrapped(query) };
}

/** Drivers may wrap a command as `{$query: command, $readPreference: ...}`. */
function unwrapped(query: RawDocument): RawDocument {
  const inner = getDocumentField(query, '$query') ?? getDocumentField(query, 'query');
  return inner?.type === BsonType.object ? inner.document() : query;
}

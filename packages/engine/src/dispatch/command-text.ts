// Commands as text and as documents that may be shown: without passwords and SASL payloads. The text is written as MongoDB's
// messages write documents: `{ find: "c", filter: { a: 1 } }`.
import { elements, ElementReader } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { decodeDocument, documentOf, stringValue } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';

/** Fields that hold secrets, by command. */
const secretFields: Readonly<Record<string, readonly string[]>> = {
  createUser: ['pwd'],
  updateUser: ['pwd'],
  saslStart: ['payload'],
  saslContinue: ['payload'],
  hello: ['speculativeAuthenticate'],
  isMaster: ['speculativeAuthenticate'],
  ismaster: ['speculativeAuthenticate'],
  authenticate: ['nonce', 'key', 'pwd'],
  setParameter: ['tlsCertificateKeyFilePassword'],
};

const hidden = stringValue('xxx');
const textBytesMax = 4096;

/** The command with its secrets replaced by `xxx`; `name` is the command's own name, whatever alias the client used. */
function redactedCommand(name: string, body: RawDocument): RawDocument {
  const secrets = secretFields[name];
  if (secrets === undefined) return body;
  const fields = [...elements(documentValue(body))];
  return documentOf(fields.map(([field, value]) => [field, secrets.includes(field) ? hidden : value] as const));
}

/** As `redactedCommand`, but cut where it is large: for `currentOp` and error messages. */
export function commandText(name: string, body: RawDocument): string {
  const text = documentText(documentValue(redactedCommand(name, body)), textBytesMax);
  return text.length <= textBytesMax ? text : `${text.slice(0, textBytesMax)}...`;
}

/** The command for `currentOp`: as it came if it is small, else its text, cut, under `$truncated` as MongoDB does it. */
export function shownCommand(name: string, body: RawDocument): RawDocument {
  const command = redactedCommand(name, body);
  if (command.length <= 1024) return command;
  return new DocumentWriter().string('$truncated', documentText(documentValue(command), 1000)).finish();
}

/** The value as text; it may be longer than `limit`, but not by more than one scalar. */
export function documentText(value: RawValue, limit = Number.POSITIVE_INFINITY): string {
  if (value.type !== BsonType.object && value.type !== BsonType.array) return scalarText(value);
  const isArray = value.type === BsonType.array;
  let text = isArray ? '[' : '{';
  const reader = ElementReader.of(value);
  let isFirst = true;
  while (reader.next() && text.length <= limit) {
    text += isFirst ? ' ' : ', ';
    isFirst = false;
    if (!isArray) text += `${reader.name()}: `;
    text += documentText(reader.value(), limit - text.length);
  }
  if (isFirst) return isArray ? '[]' : '{}';
  return text + (isArray ? ' ]' : ' }');
}

function scalarText(value: RawValue): string {
  switch (value.type) {
    case BsonType.string:
    case BsonType.symbol:
      return JSON.stringify(value.string());
    case BsonType.double: {
      const number = value.double();
      return Number.isInteger(number) ? number.toFixed(1) : String(number);
    }
    case BsonType.int:
      return String(value.int32());
    case BsonType.long:
      return String(value.int64());
    case BsonType.bool:
      return String(value.boolean());
    case BsonType.null:
      return 'null';
    case BsonType.undefined:
      return 'undefined';
    case BsonType.objectId:
      return `ObjectId('${value.slice().toString('hex')}')`;
    case BsonType.date:
      return `new Date(${String(value.int64())})`;
    case BsonType.timestamp: {
      const bits = value.uint64();
      return `Timestamp(${String(bits >> 32n)}, ${String(bits & 0xffffffffn)})`;
    }
    case BsonType.regex: {
      const { pattern, options } = value.regex();
      return `/${pattern}/${options}`;
    }
    case BsonType.binData:
      return binaryText(value);
    case BsonType.minKey:
      return 'MinKey';
    case BsonType.maxKey:
      return 'MaxKey';
    default:
      return String(decodeDocument(documentOf([['value', value]]))['value']);
  }
}

function binaryText(value: RawValue): string {
  const { subtype, data } = value.binary();
  const hex = data.toString('hex');
  if (subtype === 4 && data.length === 16) {
    return `UUID("${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}")`;
  }
  return `BinData(${subtype}, ${hex.toUpperCase()})`;
}

// The fields of a command, parsed and checked from a table before the command runs, with MongoDB's own errors.
import { arrayValues, ElementReader } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType, bsonTypeName, isNumericType } from '../bson/types.js';
import { CommandError } from '../errors.js';

/** What a field's value may be, and what a command receives for it. */
export interface FieldKinds {
  /** The command's own value where it names a collection: a non-empty string. */
  string: string;
  /** true/false; numbers count as in MongoDB (0 is false). */
  boolean: boolean;
  /** Any integral number as a JavaScript number (a double with a fraction is refused). */
  integer: number;
  /** Any number as it came. */
  number: number;
  object: RawDocument;
  /** An array of documents: from the command or from an OP_MSG document sequence. */
  documents: readonly RawDocument[];
  /** An array of anything. */
  array: readonly RawValue[];
  /** Whatever came. */
  any: RawValue;
}

export type FieldKind = keyof FieldKinds;

export interface FieldRule {
  readonly kind: FieldKind;
  readonly required?: boolean;
  /** Accepted and without effect here (say why in a comment beside the row). */
  readonly ignored?: boolean;
}

/** Field name -> rule. A plain kind stands for an optional field of that kind. */
export type FieldTable = Readonly<Record<string, FieldRule | FieldKind>>;

type KindOf<Rule> = Rule extends FieldKind ? Rule : Rule extends { readonly kind: infer Kind extends FieldKind } ? Kind : never;
type IsRequired<Rule> = Rule extends { readonly required: true } ? true : false;

export type ParsedFields<Fields extends FieldTable> = {
  readonly [Name in keyof Fields as IsRequired<Fields[Name]> extends true ? Name : never]: FieldKinds[KindOf<Fields[Name]>];
} & {
  readonly [Name in keyof Fields as IsRequired<Fields[Name]> extends true ? never : Name]?: FieldKinds[KindOf<Fields[Name]>] | undefined;
};

/** Fields that every command takes; the dispatcher reads them (sessions, transactions, Stable API, read preference). */
export const genericFields: ReadonlySet<string> = new Set([
  '$db', 'lsid', 'txnNumber', 'startTransaction', 'autocommit', 'readConcern', 'writeConcern', '$readPreference',
  '$clusterTime', '$audit', '$client', '$configServerState', 'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'comment',
  'maxTimeMS', 'maxTimeMSOpOnly', '$queryOptions', '$oplogQueryData', '$replData', 'databaseVersion', 'shardVersion', 'txnRetryCounter',
  'mayBypassWriteBlocking', 'serialization_context', 'clientOperationKey', 'rawData',
]);

function wrongType(command: string, name: string, value: RawValue, expected: string): CommandError {
  const actual = bsonTypeName(value.type) ?? 'unknown';
  return new CommandError(
    'TypeMismatch',
    `BSON field '${command}.${name}' is the wrong type '${actual}', expected type '${expected}'`,
  );
}

function parseInteger(command: string, name: string, value: RawValue): number {
  const number = value.number();
  if (number === undefined) throw wrongType(command, name, value, 'long');
  if (!Number.isInteger(number)) {
    throw new CommandError('BadValue', `Expected an integer, but found a non-integer number in field '${name}': ${number}`);
  }
  return number;
}

function parseDocuments(command: string, name: string, value: RawValue): RawDocument[] {
  if (value.type !== BsonType.array) throw wrongType(command, name, value, 'array');
  return arrayValues(value).map((item, index) => {
    if (item.type !== BsonType.object) throw wrongType(command, `${name}.${index}`, item, 'object');
    return item.document();
  });
}

const parsers: { readonly [Kind in FieldKind]: (command: string, name: string, value: RawValue) => FieldKinds[Kind] } = {
  string: (command, name, value) => {
    if (value.type !== BsonType.string) throw wrongType(command, name, value, 'string');
    return value.string();
  },
  boolean: (command, name, value) => {
    if (value.type === BsonType.bool) return value.boolean();
    if (isNumericType(value.type)) return value.number() !== 0;
    throw wrongType(command, name, value, 'bool');
  },
  integer: parseInteger,
  number: (command, name, value) => {
    const number = value.number();
    if (number === undefined) throw wrongType(command, name, value, 'double');
    return number;
  },
  object: (command, name, value) => {
    if (value.type !== BsonType.object) throw wrongType(command, name, value, 'object');
    return value.document();
  },
  documents: parseDocuments,
  array: (command, name, value) => {
    if (value.type !== BsonType.array) throw wrongType(command, name, value, 'array');
    return arrayValues(value);
  },
  any: (_command, _name, value) => value,
};

/**
 * Reads a command's body (and its OP_MSG document sequences) against its table. Throws TypeMismatch (14), BadValue (2),
 * 40414 for a missing required field, 40415 for an unknown one. The command's own name is the field `commandName`
 * resolves to, whatever alias the client used. With `unknownFields: 'ignored'` unknown ones are passed over, as the few
 * commands do that clients of later versions send first.
 */
export function parseFields<Fields extends FieldTable>(
  commandName: string,
  table: Fields,
  body: RawDocument,
  sequences: ReadonlyMap<string, readonly RawDocument[]>,
  unknownFields: 'refused' | 'ignored' = 'refused',
): ParsedFields<Fields> {
  const parsed: Record<string, unknown> = {};
  const reader = ElementReader.of(documentValue(body));
  let isFirst = true;
  while (reader.next()) {
    const name = isFirst ? commandName : reader.name();
    isFirst = false;
    const rule = Object.hasOwn(table, name) ? table[name] : undefined;
    if (rule === undefined) {
      if (name === commandName || unknownFields === 'ignored' || genericFields.has(name)) continue;
      throw new CommandError('Location40415', `BSON field '${commandName}.${name}' is an unknown field.`);
    }
    const kind = typeof rule === 'string' ? rule : rule.kind;
    const value = reader.value();
    // Drivers of every language send null for an option that was not set; MongoDB's parser skips those too.
    if (value.isNullish() && kind !== 'any') continue;
    parsed[name] = parsers[kind](commandName, name, value);
  }
  for (const [name, documents] of sequences) {
    if (!Object.hasOwn(table, name)) throw new CommandError('Location40415', `BSON field '${commandName}.${name}' is an unknown field.`);
    parsed[name] = documents;
  }
  requireFields(commandName, table, parsed);
  return parsed as ParsedFields<Fields>;
}

/** By table, of which there is one per command. */
const requiredNames = new WeakMap<FieldTable, readonly string[]>();

function requiredOf(table: FieldTable): readonly string[] {
  let names = requiredNames.get(table);
  if (names === undefined) {
    names = Object.entries(table).flatMap(([name, rule]) => (typeof rule !== 'string' && rule.required === true ? [name] : []));
    requiredNames.set(table, names);
  }
  return names;
}

function requireFields(commandName: string, table: FieldTable, parsed: Readonly<Record<string, unknown>>): void {
  for (const name of requiredOf(table)) {
    if (parsed[name] === undefined) throw new CommandError('Location40414', `BSON field '${commandName}.${name}' is missing but a required field`);
  }
}

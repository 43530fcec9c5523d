// The arguments that every command takes, read in one pass over its body. Source: the manual's page "Database Command" and
// the specifications that the single files beside this one name.
import { ElementReader } from '../bson/reader.js';
import { isTruthy } from '../bson/truth.js';
import { BsonType, bsonTypeName, isNumericType } from '../bson/types.js';
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import { parseReadConcern, type ReadConcern } from './read-concern.js';
import { parseSessionId, type SessionArguments } from './session-arguments.js';
import type { StableApiRequest } from './stable-api.js';
import { parseWriteConcern, type WriteConcern } from './write-concern.js';

export interface GenericArguments extends SessionArguments {
  readonly database: string | undefined;
  readonly readConcern: ReadConcern | undefined;
  readonly writeConcern: WriteConcern | undefined;
  readonly maxTime_ms: number;
  readonly stableApi: StableApiRequest;
  /** `help: true`: say what the command does instead of doing it. */
  readonly asksForHelp: boolean;
}

interface Draft {
  database?: string;
  sessionId?: Buffer;
  txnNumber?: bigint;
  autocommit?: boolean;
  startTransaction?: boolean;
  readConcern?: ReadConcern;
  writeConcern?: WriteConcern;
  maxTime_ms: number;
  apiVersion?: string;
  apiStrict?: boolean;
  apiDeprecationErrors?: boolean;
  help?: boolean;
}

const readers: Readonly<Record<string, (draft: Draft, value: RawValue, command: string) => void>> = {
  $db: (draft, value, command) => {
    draft.database = text(value, `${command}.$db`);
  },
  lsid: (draft, value) => {
    draft.sessionId = parseSessionId(object(value, 'OperationSessionInfo.lsid'), 'OperationSessionInfo.lsid');
  },
  txnNumber: (draft, value) => {
    if (value.type !== BsonType.long) throw wrongType('OperationSessionInfo.txnNumber', value, 'long');
    draft.txnNumber = value.int64();
  },
  autocommit: (draft, value) => {
    draft.autocommit = flag(value, 'OperationSessionInfo.autocommit');
  },
  startTransaction: (draft, value) => {
    draft.startTransaction = flag(value, 'OperationSessionInfo.startTransaction');
  },
  readConcern: (draft, value, command) => {
    draft.readConcern = parseReadConcern(object(value, `${command}.readConcern`));
  },
  writeConcern: (draft, value, command) => {
    draft.writeConcern = parseWriteConcern(object(value, `${command}.writeConcern`));
  },
  maxTimeMS: (draft, value) => {
    draft.maxTime_ms = parseMaxTime(value);
  },
  apiVersion: (draft, value) => {
    draft.apiVersion = text(value, 'APIParametersFromClient.apiVersion');
  },
  apiStrict: (draft, value) => {
    draft.apiStrict = flag(value, 'APIParametersFromClient.apiStrict');
  },
  apiDeprecationErrors: (draft, value) => {
    draft.apiDeprecationErrors = flag(value, 'APIParametersFromClient.apiDeprecationErrors');
  },
  help: (draft, value) => {
    draft.help = isTruthy(value);
  },
};

/** Reads the body's generic arguments. A value of `null` counts as not given. */
export function parseGenericArguments(commandName: string, body: RawDocument): GenericArguments {
  const draft: Draft = { maxTime_ms: 0 };
  const reader = new ElementReader(body);
  reader.next();
  while (reader.next()) {
    const name = reader.name();
    if (!Object.hasOwn(readers, name)) continue;
    const value = reader.value();
    if (!value.isNullish()) readers[name]!(draft, value, commandName);
  }
  return {
    database: draft.database,
    sessionId: draft.sessionId,
    txnNumber: draft.txnNumber,
    autocommit: draft.autocommit,
    startTransaction: draft.startTransaction,
    readConcern: draft.readConcern,
    writeConcern: draft.writeConcern,
    maxTime_ms: draft.maxTime_ms,
    stableApi: {
      version: draft.apiVersion,
      strict: draft.apiStrict === true,
      hasOptions: draft.apiStrict !== undefined || draft.apiDeprecationErrors !== undefined,
    },
    asksForHelp: draft.help === true,
  };
}

function parseMaxTime(value: RawValue): number {
  const number = value.number();
  if (number === undefined) throw new CommandError('TypeMismatch', 'maxTimeMS must be a number');
  if (!Number.isInteger(number)) throw new CommandError('BadValue', 'maxTimeMS has non-integral value');
  if (number < 0 || number > 0x7fffffff) throw new CommandError('BadValue', `${number} value for maxTimeMS is out of range [0, 2147483647]`);
  return number;
}

function wrongType(path: string, value: RawValue, expected: string): CommandError {
  return new CommandError('TypeMismatch', `BSON field '${path}' is the wrong type '${bsonTypeName(value.type) ?? 'unknown'}', expected type '${expected}'`);
}

function text(value: RawValue, path: string): string {
  if (value.type !== BsonType.string) throw wrongType(path, value, 'string');
  return value.string();
}

function object(value: RawValue, path: string): RawDocument {
  if (value.type !== BsonType.object) throw wrongType(path, value, 'object');
  return value.document();
}

function flag(value: RawValue, path: string): boolean {
  if (value.type === BsonType.bool) return value.boolean();
  if (isNumericType(value.type)) return value.number() !== 0;
  throw wrongType(path, value, 'bool');
}

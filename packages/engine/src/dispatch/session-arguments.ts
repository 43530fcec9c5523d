// `lsid`, `txnNumber`, `autocommit`, `startTransaction`: which session and which transaction a command belongs to.
// Source: the drivers' specifications "Sessions", "Retryable Writes" and "Transactions".
import { createHash } from 'node:crypto';
import { elements } from '../bson/reader.js';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { BsonType, bsonTypeName } from '../bson/types.js';
import { CommandError } from '../errors.js';
import type { AuthenticatedUser } from './connection.js';

export interface SessionArguments {
  /** 16 bytes. */
  readonly sessionId: Buffer | undefined;
  readonly txnNumber: bigint | undefined;
  readonly autocommit: boolean | undefined;
  readonly startTransaction: boolean | undefined;
}

const digestOfNobody = digestOf('');
const digestByUser = new WeakMap<AuthenticatedUser, UserDigest>();

interface UserDigest {
  readonly bytes: Buffer;
  readonly hex: string;
}

function digestOf(text: string): UserDigest {
  const bytes = createHash('sha256').update(text).digest();
  return { bytes, hex: bytes.toString('hex') };
}

function knownDigest(user: AuthenticatedUser | undefined): UserDigest {
  if (user === undefined) return digestOfNobody;
  let digest = digestByUser.get(user);
  if (digest === undefined) {
    digest = digestOf(`${user.user}@${user.database}`);
    digestByUser.set(user, digest);
  }
  return digest;
}

/** 32 bytes: what sets sessions of one id of two users apart. */
export function userDigest(user: AuthenticatedUser | undefined): Buffer {
  return knownDigest(user).bytes;
}

/** Identifies a session among those of all users: id and user, as hex. */
export function sessionKeyOf(sessionId: Buffer, user: AuthenticatedUser | undefined): string {
  return sessionId.toString('hex') + knownDigest(user).hex;
}

/** The 16 bytes of a `lsid` document (`path` names it in errors). */
export function parseSessionId(document: RawDocument, path: string): Buffer {
  let sessionId: Buffer | undefined;
  for (const [name, value] of elements(documentValue(document))) {
    if (name === 'id') {
      if (value.type !== BsonType.binData) {
        const actual = bsonTypeName(value.type) ?? 'unknown';
        throw new CommandError('TypeMismatch', `BSON field '${path}.id' is the wrong type '${actual}', expected type 'binData'`);
      }
      const { subtype, data } = value.binary();
      if (subtype !== 4 || data.length !== 16) throw new CommandError('InvalidUUID', 'uuid must be a 16-byte binary field with UUID (4) subtype');
      sessionId = data;
    } else if (name !== 'uid' && name !== 'txnNumber' && name !== 'txnUUID') {
      throw new CommandError('Location40415', `BSON field '${path}.${name}' is an unknown field.`);
    }
  }
  if (sessionId === undefined) throw new CommandError('Location40414', `BSON field '${path}.id' is missing but a required field`);
  return sessionId;
}

/** Refuses combinations that mean nothing. */
export function checkSessionArguments(session: SessionArguments): void {
  const { sessionId, txnNumber, autocommit, startTransaction } = session;
  const refuse = (message: string): never => {
    throw new CommandError('InvalidOptions', message);
  };
  if (txnNumber === undefined) {
    if (autocommit !== undefined) refuse("'autocommit' field requires a transaction number to also be specified");
    if (startTransaction !== undefined) refuse("'startTransaction' field requires a transaction number to also be specified");
    return;
  }
  if (sessionId === undefined) refuse('Transaction number requires a session ID to also be specified');
  if (txnNumber < 0n) refuse('Transaction number cannot be negative');
  if (autocommit === true) refuse('Specifying autocommit=true is not allowed.');
  if (startTransaction === false) refuse('Specifying startTransaction=false is not allowed.');
  if (startTransaction === true && autocommit === undefined) refuse("'startTransaction' field requires 'autocommit' field to also be specified");
}

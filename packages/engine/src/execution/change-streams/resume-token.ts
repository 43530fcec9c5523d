// Resume tokens: where a change stream stands, as hex text whose order is the order of events. Clients pass them back as they are.
// Bytes: 0x82, time (8), place in its transaction counted from 1, or 0 (4), kind (1), fragment counted from 1, or 0 (4).
// Source: the specification "Change Streams", section "Resume Token"; the manual's page "Change Streams", Resume Tokens.
import type { RawDocument } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { DocumentWriter } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import { positionBytes, timeBytes, type OplogEntry } from '../../storage/oplog-entry.js';

/** A high water mark stands before all events of its time; an invalidation behind the event that it follows from. */
const kinds = ['highWaterMark', 'event', 'invalidate'] as const;

export interface ResumeToken {
  readonly time: bigint;
  /** Among the changes of a transaction. */
  readonly position: number | undefined;
  readonly kind: (typeof kinds)[number];
  /** Of a split event, counted from 1. */
  readonly fragment: number | undefined;
}

const firstByte = 0x82;
const tokenBytes = 18;
const hex = /^[0-9A-F]{36}$/i;

/** The token of a time behind which nothing has happened yet. */
export function highWaterMark(time: bigint): RawDocument {
  return encodeToken({ time, position: undefined, kind: 'highWaterMark', fragment: undefined });
}

/** The token of an entry's event, or of the end of the stream that the entry brings. */
export function tokenOf(entry: OplogEntry, kind: 'event' | 'invalidate'): RawDocument {
  return encodeToken({ time: entry.time, position: entry.position, kind, fragment: undefined });
}

/** The token as clients get it: `{_data: <hexadecimal>}`, in the order of events. */
export function encodeToken({ time, position, kind, fragment }: ResumeToken): RawDocument {
  const bytes = Buffer.alloc(tokenBytes);
  bytes[0] = firstByte;
  bytes.writeBigUInt64BE(time, 1);
  bytes.writeUInt32BE(position === undefined ? 0 : position + 1, 9);
  bytes[13] = kinds.indexOf(kind);
  bytes.writeUInt32BE(fragment ?? 0, 14);
  return new DocumentWriter(64).string('_data', bytes.toString('hex').toUpperCase()).finish();
}

/** Throws 40647 or 50811 where the document is no resume token of this server. */
export function parseToken(document: RawDocument): ResumeToken {
  const data = getDocumentField(document, '_data');
  if (data?.type !== BsonType.string) throw new CommandError(40647, "Bad resume token: _data of missing or of wrong type");
  const text = data.string();
  const bytes = Buffer.from(text, 'hex');
  const kind = kinds[bytes[13] ?? -1];
  if (!hex.test(text) || bytes[0] !== firstByte || kind === undefined) throw new CommandError(50811, 'Bad resume token: it was not made by this server');
  const [position, fragment] = [bytes.readUInt32BE(9), bytes.readUInt32BE(14)];
  return { time: bytes.readBigUInt64BE(1), position: position === 0 ? undefined : position - 1, kind, fragment: fragment === 0 ? undefined : fragment };
}

/** The key of the oplog entry that the token of an event names. */
export function entryKeyOf({ time, position }: ResumeToken): Buffer {
  const key = Buffer.alloc(position === undefined ? timeBytes : timeBytes + positionBytes);
  key.writeBigUInt64BE(time, 0);
  if (position !== undefined) key.writeUInt32BE(position, timeBytes);
  return key;
}

/** The later of two tokens. */
export function laterToken(a: RawDocument, b: RawDocument): RawDocument {
  return Buffer.compare(a, b) >= 0 ? a : b;
}


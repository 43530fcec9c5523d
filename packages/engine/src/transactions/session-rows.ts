// What the engine remembers of a session on disk, for retries that come after a restart: its newest transaction number, whether
// that transaction committed, and the answers of a retryable write's statements.
// Rows of `sessions`: [session 48 bytes] -> state, with the answer of the number's first statement and how many behind it were answered
// alike (most numbers have one statement, and inserts are all answered alike); [session][statement u32] -> answer, of each other one.
import type { RawDocument } from '../bson/raw-value.js';
import type { KeyValueView, KeyValueWriter } from '../storage/key-value.js';

export type SessionRowKind = 'retryable' | 'committed';

export interface SessionRow {
  readonly txnNumber: bigint;
  readonly kind: SessionRowKind;
  /** Milliseconds since the epoch. */
  readonly lastWrite_ms: number;
}

export interface StatementAnswer {
  readonly statementId: number;
  readonly answer: RawDocument;
}

/** The answer of a statement and of those behind it. */
export interface AlikeAnswers extends StatementAnswer {
  readonly count: number;
}

/** A row as it is kept. */
interface StoredRow extends SessionRow {
  readonly first: AlikeAnswers | undefined;
  /** Whether there are rows of further statements. */
  readonly hasMore: boolean;
}

/** A row as it is kept, and its bytes. */
export interface StoredSession {
  readonly row: StoredRow;
  readonly bytes: Buffer;
}

/** A session's key in hex has twice as many characters: 16 bytes of its id, 32 of its user's digest. */
export const sessionKeyBytes = 48;
/** [number i64][time double][kind u8][whether there are more u8][first statement i32][how many u32][their answer] */
const stateBytes = 17;
const firstAt = 18;
const countAt = 22;
const answerAt = 26;
const kinds: readonly SessionRowKind[] = ['retryable', 'committed'];

/** The key that was asked for last: every statement of a command asks for it several times. */
let latest = { sessionKey: '', rowKey: Buffer.alloc(0) };

/** Not to be changed by callers. */
function sessionRowKey(sessionKey: string): Buffer {
  if (latest.sessionKey !== sessionKey) latest = { sessionKey, rowKey: Buffer.from(sessionKey, 'hex') };
  return latest.rowKey;
}

function statementKey(sessionKey: string, statementId: number): Buffer {
  const session = sessionRowKey(sessionKey);
  const key = Buffer.allocUnsafe(session.length + 4);
  session.copy(key);
  // Statement ids may be -1 (none given).
  key.writeInt32BE(statementId, session.length);
  return key;
}

export function readSessionRow(view: KeyValueView, sessionKey: string): SessionRow | undefined {
  const row = view.get('sessions', sessionRowKey(sessionKey));
  return row === undefined ? undefined : decodeSessionRow(row);
}

export function decodeSessionRow(row: Buffer): SessionRow {
  return { txnNumber: row.readBigInt64BE(0), kind: kinds[row[16]!]!, lastWrite_ms: row.readDoubleBE(8) };
}

function decodeStoredRow(row: Buffer): StoredRow {
  // Rows that an earlier version wrote have no answer in them, and others beside them.
  const isWhole = row.length > stateBytes;
  const first = row.length > answerAt ? { statementId: row.readInt32BE(firstAt), count: row.readUInt32BE(countAt), answer: row.subarray(answerAt) } : undefined;
  return { txnNumber: row.readBigInt64BE(0), kind: kinds[row[16]!]!, lastWrite_ms: row.readDoubleBE(8), first, hasMore: !isWhole || row[stateBytes] === 1 };
}

function encodeRow({ txnNumber, kind, lastWrite_ms, first, hasMore }: StoredRow): Buffer {
  const row = Buffer.allocUnsafe(first === undefined ? firstAt : answerAt + first.answer.length);
  row.writeBigInt64BE(txnNumber, 0);
  row.writeDoubleBE(lastWrite_ms, 8);
  row[16] = kinds.indexOf(kind);
  row[stateBytes] = hasMore ? 1 : 0;
  if (first !== undefined) {
    row.writeInt32BE(first.statementId, firstAt);
    row.writeUInt32BE(first.count, countAt);
    first.answer.copy(row, answerAt);
  }
  return row;
}

/** Sessions are forgotten after minutes: how far their time of the last write may lag behind. */
const lastWriteLag_ms = 1000;

function saysSame(known: SessionRow, row: SessionRow): boolean {
  const lag_ms = row.lastWrite_ms - known.lastWrite_ms;
  return known.txnNumber === row.txnNumber && known.kind === row.kind && lag_ms >= 0 && lag_ms < lastWriteLag_ms;
}

/** Begins a new transaction number: answers of older ones are forgotten. */
export function writeSessionRow(writer: KeyValueWriter, sessionKey: string, row: SessionRow): void {
  const before = storedSession(writer, sessionKey);
  if (before !== undefined && saysSame(before.row, row)) return;
  if (before?.row.hasMore === true && before.row.txnNumber !== row.txnNumber) removeStatements(writer, sessionKey);
  writer.put('sessions', sessionRowKey(sessionKey), encodeRow({ ...row, first: undefined, hasMore: before?.row.txnNumber === row.txnNumber && before.row.hasMore }), before?.bytes);
}

/**
 * Keeps the answer of a statement and of those behind it that were answered alike; the first one of a transaction number begins it, as
 * `writeSessionRow` does. Returns the row as it is then.
 */
export function writeStatement(writer: KeyValueWriter, sessionKey: string, before: StoredSession | undefined, row: SessionRow, answers: AlikeAnswers): StoredSession {
  const { statementId, answer, count } = answers;
  const { txnNumber, kind, lastWrite_ms } = row;
  if (before?.row.txnNumber !== txnNumber || before.row.kind !== kind) {
    if (before?.row.hasMore === true) removeStatements(writer, sessionKey);
    return replaceRow(writer, sessionKey, before, { txnNumber, kind, lastWrite_ms, first: answers, hasMore: false });
  }
  const { first, hasMore } = before.row;
  if (first !== undefined && statementId === first.statementId + first.count && answer.equals(first.answer)) {
    const longer = { statementId: first.statementId, answer, count: first.count + count };
    return replaceRow(writer, sessionKey, before, { txnNumber, kind, lastWrite_ms: before.row.lastWrite_ms, first: longer, hasMore });
  }
  for (let id = statementId; id < statementId + count; id += 1) writer.put('sessions', statementKey(sessionKey, id), answer, undefined);
  if (hasMore && saysSame(before.row, row)) return before;
  return replaceRow(writer, sessionKey, before, { txnNumber, kind, lastWrite_ms, first, hasMore: true });
}

function replaceRow(writer: KeyValueWriter, sessionKey: string, before: StoredSession | undefined, row: StoredRow): StoredSession {
  const bytes = encodeRow(row);
  writer.put('sessions', sessionRowKey(sessionKey), bytes, before?.bytes);
  return { row, bytes };
}

/** The answer of a statement of the row's number, if it has that. */
export function readStatement(view: KeyValueView, sessionKey: string, { row }: StoredSession, statementId: number): RawDocument | undefined {
  const { first, hasMore } = row;
  if (first !== undefined && statementId >= first.statementId && statementId < first.statementId + first.count) return first.answer;
  return hasMore ? view.get('sessions', statementKey(sessionKey, statementId)) : undefined;
}

export function storedSession(view: KeyValueView, sessionKey: string): StoredSession | undefined {
  const bytes = view.get('sessions', sessionRowKey(sessionKey));
  return bytes === undefined ? undefined : { row: decodeStoredRow(bytes), bytes };
}

/** Everything that is kept of a session. */
export function removeSession(writer: KeyValueWriter, sessionKey: string): void {
  removeStatements(writer, sessionKey);
  const key = sessionRowKey(sessionKey);
  const before = writer.get('sessions', key);
  if (before !== undefined) writer.remove('sessions', key, before);
}

function removeStatements(writer: KeyValueWriter, sessionKey: string): void {
  const session = sessionRowKey(sessionKey);
  const start = Buffer.concat([session, Buffer.from([0])]);
  const end = Buffer.concat([session, Buffer.alloc(5, 0xff)]);
  for (;;) {
    const { entries, isLast } = writer.range('sessions', { start, end, reverse: false, limit: 500 });
    for (const { key, value } of entries) writer.remove('sessions', key, value);
    if (isLast) return;
  }
}

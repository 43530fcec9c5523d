// What the engine remembers of a session on disk, for retries that come after a restart: its newest transaction number, whether
// that transaction committed, and the answers of a retryable write's statements.
// Rows of `sessions`: [session 48 bytes] -> state; [session][statement u32] -> answer.
import type { RawDocument } from '../bson/raw-value.js';
import type { KeyValueView, KeyValueWriter } from '../storage/key-value.js';

export type SessionRowKind = 'retryable' | 'committed';

export interface SessionRow {
  readonly txnNumber: bigint;
  readonly kind: SessionRowKind;
  /** Milliseconds since the epoch. */
  readonly lastWrite_ms: number;
}

/** A session's key in hex has twice as many characters: 16 bytes of its id, 32 of its user's digest. */
export const sessionKeyBytes = 48;
const rowBytes = 17;
const kinds: readonly SessionRowKind[] = ['retryable', 'committed'];

/** The key that was asked for last: every statement of a command asks for it several times. */
let latest = { sessionKey: '', rowKey: Buffer.alloc(0) };

/** Not to be changed by callers. */
export function sessionRowKey(sessionKey: string): Buffer {
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

/** Sessions are forgotten after minutes: how far their time of the last write may lag behind. */
const lastWriteLag_ms = 1000;

function saysSame(known: SessionRow, row: SessionRow): boolean {
  const lag_ms = row.lastWrite_ms - known.lastWrite_ms;
  return known.txnNumber === row.txnNumber && known.kind === row.kind && lag_ms >= 0 && lag_ms < lastWriteLag_ms;
}

/** Begins a new transaction number: answers of older ones are forgotten. The many statements of one number write it once. */
export function writeSessionRow(writer: KeyValueWriter, sessionKey: string, row: SessionRow): void {
  const key = sessionRowKey(sessionKey);
  const before = writer.get('sessions', key);
  const known = before === undefined ? undefined : decodeSessionRow(before);
  if (known !== undefined && saysSame(known, row)) return;
  if (known !== undefined && known.txnNumber !== row.txnNumber) removeStatements(writer, sessionKey);
  const value = Buffer.allocUnsafe(rowBytes);
  value.writeBigInt64BE(row.txnNumber, 0);
  value.writeDoubleBE(row.lastWrite_ms, 8);
  value[16] = kinds.indexOf(row.kind);
  writer.put('sessions', key, value, before);
}

export function readStatement(view: KeyValueView, sessionKey: string, statementId: number): RawDocument | undefined {
  return view.get('sessions', statementKey(sessionKey, statementId));
}

export function writeStatement(writer: KeyValueWriter, sessionKey: string, statementId: number, answer: RawDocument): void {
  writer.put('sessions', statementKey(sessionKey, statementId), answer, undefined);
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

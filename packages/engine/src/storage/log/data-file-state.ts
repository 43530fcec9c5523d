// The state that an LMDB file stands for, as bytes: what its newest meta page says. While the log is in use, the file is brought back
// to the state of the last checkpoint before it is opened, whatever was written to it since.
// Source: the structures MDB_page_header and MDB_meta of liblmdb's mdb.c.
import { fdatasyncSync, readSync, writeSync } from 'node:fs';

const pageHeadBytes = 24;
const pageSizeAt = 48;
const lastPageAt = 144;
const transactionAt = 152;
const metaEnd = 168;
const metaPages = 2;
/** Behind the meta of the first page, where LMDB writes only when it begins a file: the log that the file belongs with. */
const identityAt = 1024;
export const identityBytes = 16;
/** No log belongs to the file: it stands for itself. */
export const noIdentity = Buffer.alloc(identityBytes);

/** The meta page of the last commit, without its head. */
export function readState(descriptor: number): Buffer {
  const first = readAt(descriptor, 0, metaEnd);
  const second = readAt(descriptor, first.readUInt32LE(pageSizeAt), metaEnd);
  const newest = second.readBigUInt64LE(transactionAt) > first.readBigUInt64LE(transactionAt) ? second : first;
  return newest.subarray(pageHeadBytes);
}

/** Up to here the file has pages of the state. */
export function usedBytes(state: Buffer): number {
  return (Number(state.readBigUInt64LE(lastPageAt - pageHeadBytes)) + 1) * state.readUInt32LE(pageSizeAt - pageHeadBytes);
}

/** Makes this state the file's, durably. Everything that belongs to it must still be there. */
export function writeState(descriptor: number, state: Buffer): void {
  const pageSize_bytes = state.readUInt32LE(pageSizeAt - pageHeadBytes);
  for (let page = 0; page < metaPages; page += 1) writeSync(descriptor, state, 0, state.length, page * pageSize_bytes + pageHeadBytes);
  fdatasyncSync(descriptor);
}

export function readIdentity(descriptor: number): Buffer {
  return readAt(descriptor, identityAt, identityBytes);
}

export function writeIdentity(descriptor: number, identity: Buffer): void {
  writeSync(descriptor, identity, 0, identityBytes, identityAt);
  fdatasyncSync(descriptor);
}

function readAt(descriptor: number, position: number, bytes: number): Buffer {
  const read = Buffer.alloc(bytes);
  readSync(descriptor, read, 0, bytes, position);
  return read;
}

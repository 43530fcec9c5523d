// What every reply carries behind the command's own fields: `ok`, `$clusterTime`, `operationTime`.
// Source: the manual's page "Database Command", Response.
import type { RawDocument } from '../bson/raw-value.js';
import { ElementReader } from '../bson/reader.js';
import { timestampValue } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';

const okName = Buffer.from('ok');
/** Signatures are for clusters that share a key; drivers send ours back as it is and nothing checks it. */
const unsignedHash = Buffer.alloc(20);

/** Elements (no length, no end) of the fields that every reply ends with. */
function trailer(withOk: boolean, time: bigint): Buffer {
  const writer = new DocumentWriter();
  if (withOk) writer.double('ok', 1);
  writer.openDocument('$clusterTime').append('clusterTime', timestampValue(time));
  writer.openDocument('signature').binary('hash', unsignedHash).int64('keyId', 0n).close().close();
  writer.append('operationTime', timestampValue(time));
  const document = writer.finish();
  return document.subarray(4, document.length - 1);
}

/** Both trailers of the latest time: writes advance it, reads share it. */
let cached: { time: bigint; withOk: Buffer; withoutOk: Buffer } = { time: -1n, withOk: Buffer.alloc(0), withoutOk: Buffer.alloc(0) };

/** The elements to append to this reply. */
export function replyTrailer(document: RawDocument, time: bigint): Buffer {
  if (cached.time !== time) cached = { time, withOk: trailer(true, time), withoutOk: trailer(false, time) };
  return hasOk(document) ? cached.withoutOk : cached.withOk;
}

function hasOk(document: RawDocument): boolean {
  const reader = new ElementReader(document);
  while (reader.next()) {
    if (reader.nameEquals(okName)) return true;
  }
  return false;
}

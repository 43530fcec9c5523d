// One entry of the oplog: its key, its form on disk (MongoDB's own, as far as clients can see it), and its parts when it is read.
// Key: [time u64], and behind it [position u32] for the changes of one transaction, which all have the same time.
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { ElementReader, getDocumentField } from '../bson/reader.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import type { OplogChange } from './key-value.js';

/** The multi-document transaction that a change was part of. */
export interface OplogTransaction {
  /** 16 bytes. */
  readonly sessionId: Buffer;
  /** 32 bytes: the digest of the session's user. */
  readonly userDigest: Buffer;
  readonly txnNumber: bigint;
}

export const timeBytes = 8;
export const positionBytes = 4;

/** A key above every entry of this time and below all later ones. */
export function keyAtEndOf(time: bigint): Buffer {
  const key = Buffer.alloc(timeBytes + positionBytes, 0xff);
  key.writeBigUInt64BE(time, 0);
  return key;
}

/** A key above every entry before this time and below all of it. */
export function keyBefore(time: bigint): Buffer {
  return time === 0n ? Buffer.alloc(0) : keyAtEndOf(time - 1n);
}

export function timeOfKey(key: Buffer): bigint {
  return key.length < timeBytes ? 0n : key.readBigUInt64BE(0);
}

export function encodeOplogEntry(key: Buffer, change: OplogChange, wall_ms: number, transaction: OplogTransaction | undefined): Buffer {
  const { op, namespace, uuid, o, o2, before } = change;
  const writer = new DocumentWriter(o.length + namespace.length + (before?.length ?? 0) + 160);
  if (transaction !== undefined) {
    writer.openDocument('lsid').binary('id', transaction.sessionId, 4).binary('uid', transaction.userDigest).close();
    writer.int64('txnNumber', transaction.txnNumber);
  }
  writer.timestamp('ts', key.readBigUInt64BE(0)).string('op', op).string('ns', namespace);
  if (uuid !== undefined) writer.binary('ui', uuid, 4);
  writer.document('o', o);
  if (o2 !== undefined) writer.append('o2', documentValue(o2));
  if (before !== undefined) writer.document('before', before);
  return writer.date('wall', wall_ms).finish();
}

export class OplogEntry {
  op = '';
  namespace = '';
  o: RawDocument = emptyDocument;
  o2: RawDocument | undefined;
  /** The collection's id, 16 bytes. */
  uuid: Buffer | undefined;
  /** The document as it was, where its collection keeps pre-images. */
  before: RawDocument | undefined;
  lsid: RawDocument | undefined;
  txnNumber: bigint | undefined;
  wall_ms = 0n;

  constructor(readonly key: Buffer, readonly bytes: RawDocument) {
    const reader = new ElementReader(bytes);
    while (reader.next()) {
      const value = reader.value();
      switch (reader.name()) {
        case 'op': this.op = value.string(); break;
        case 'ns': this.namespace = value.string(); break;
        case 'ui': this.uuid = value.binary().data; break;
        case 'o': this.o = value.document(); break;
        case 'o2': this.o2 = value.document(); break;
        case 'before': this.before = value.document(); break;
        case 'lsid': this.lsid = value.document(); break;
        case 'txnNumber': this.txnNumber = value.int64(); break;
        case 'wall': this.wall_ms = value.int64(); break;
      }
    }
  }

  /** The same entry as it lies on disk, without its pre-image. */
  withoutBefore(): RawDocument {
    const writer = new DocumentWriter(this.bytes.length);
    const reader = new ElementReader(this.bytes);
    while (reader.next()) if (reader.name() !== 'before') writer.append(reader.name(), reader.value());
    return writer.finish();
  }

  get time(): bigint {
    return timeOfKey(this.key);
  }

  /** Its place among the changes of its transaction; undefined outside of transactions. */
  get position(): number | undefined {
    return this.key.length > timeBytes ? this.key.readUInt32BE(timeBytes) : undefined;
  }

  get database(): string {
    const dot = this.namespace.indexOf('.');
    return dot < 0 ? this.namespace : this.namespace.slice(0, dot);
  }

  /** Of a command `$cmd`. */
  get collection(): string {
    return this.namespace.slice(this.database.length + 1);
  }

  /** `{_id}` of the document that was changed. */
  get documentKey(): RawDocument {
    if (this.op === 'u') return this.o2 ?? emptyDocument;
    if (this.op === 'd') return this.o;
    const id = getDocumentField(this.o, '_id');
    return id === undefined ? emptyDocument : new DocumentWriter(32).append('_id', id).finish();
  }

  /** The difference that an update made; undefined where `o` is the whole new document. */
  get difference(): RawDocument | undefined {
    const version = getDocumentField(this.o, '$v');
    return version === undefined ? undefined : getDocumentField(this.o, 'diff')?.document();
  }
}

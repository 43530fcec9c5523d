// What a commit changed, as bytes: rows of tables that are written or removed, in the order in which that happened. Doing them
// again on any state between the first and the last of them gives the state behind the last.
import { tables, type Table } from '../key-value.js';

/** One row: [table u8][length of the key u16][key][length of the value u32, all ones: removed][value]. */
const fixedBytes = 7;
const removed = 0xffff_ffff;
const smallestCapacity = 64 * 1024;
const numberOf = Object.fromEntries(tables.map((table, index) => [table, index])) as Readonly<Record<Table, number>>;

export interface RowChange {
  readonly table: Table;
  readonly key: Buffer;
  /** Undefined: the row is removed. */
  readonly value: Buffer | undefined;
}

export class ChangeBuffer {
  private bytes: Buffer;
  private end: number;
  /** One that was taken and given back. */
  private spare: Buffer | undefined;

  /** `headBytes` stay free at the beginning. */
  constructor(private readonly headBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(smallestCapacity);
    this.end = headBytes;
  }

  get isEmpty(): boolean {
    return this.end === this.headBytes;
  }

  /** Of the changes, without the head. */
  get size(): number {
    return this.end - this.headBytes;
  }

  put(table: Table, key: Buffer, value: Buffer): void {
    const at = this.begin(table, key, value.length);
    this.bytes.writeUInt32LE(value.length, at);
    value.copy(this.bytes, at + 4);
    this.end = at + 4 + value.length;
  }

  remove(table: Table, key: Buffer): void {
    const at = this.begin(table, key, 0);
    this.bytes.writeUInt32LE(removed, at);
    this.end = at + 4;
  }

  /** A place to go back to. */
  mark(): number {
    return this.end;
  }

  /** Forgets what was written behind the mark. */
  rewind(mark: number): void {
    this.end = mark;
  }

  /** The changes that are in it. */
  copy(): Buffer {
    return Buffer.from(this.bytes.subarray(this.headBytes, this.end));
  }

  /** The head and all changes, and behind them zeros up to a multiple of `alignment`; the buffer begins anew. */
  take(alignment: number): Buffer {
    const padded = Math.ceil(this.end / alignment) * alignment;
    this.makeRoom(padded - this.end);
    const taken = this.bytes.fill(0, this.end, padded).subarray(0, padded);
    this.bytes = this.spare ?? Buffer.allocUnsafeSlow(smallestCapacity);
    this.spare = undefined;
    this.end = this.headBytes;
    return taken;
  }

  /** Nobody reads what was taken any more: its memory is used again, unless there is a lot of it. */
  giveBack(taken: Buffer): void {
    if (taken.buffer.byteLength === smallestCapacity) this.spare = Buffer.from(taken.buffer);
  }

  private begin(table: Table, key: Buffer, valueBytes: number): number {
    this.makeRoom(fixedBytes + key.length + valueBytes);
    const { bytes, end } = this;
    bytes[end] = numberOf[table];
    bytes.writeUInt16LE(key.length, end + 1);
    key.copy(bytes, end + 3);
    return end + 3 + key.length;
  }

  private makeRoom(bytes: number): void {
    if (this.end + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, Math.ceil((this.end + bytes) / smallestCapacity) * smallestCapacity));
    this.bytes.copy(larger, 0, 0, this.end);
    this.bytes = larger;
  }
}

/** The changes that `bytes` hold. Throws where they are none. */
export function* decodeChanges(bytes: Buffer): Generator<RowChange> {
  let at = 0;
  while (at < bytes.length) {
    const table = tables[bytes.readUInt8(at)];
    if (table === undefined) throw new Error('the log names a table that this version does not know');
    const keyEnd = at + 3 + bytes.readUInt16LE(at + 1);
    const key = bytes.subarray(at + 3, keyEnd);
    const valueBytes = bytes.readUInt32LE(keyEnd);
    const valueEnd = keyEnd + 4 + (valueBytes === removed ? 0 : valueBytes);
    yield { table, key, value: valueBytes === removed ? undefined : bytes.subarray(keyEnd + 4, valueEnd) };
    at = valueEnd;
  }
}

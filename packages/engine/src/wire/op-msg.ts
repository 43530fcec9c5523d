// OP_MSG, the message of every current driver: flags, one body, and sequences of documents beside it.
// Source: the manual's page "MongoDB Wire Protocol", OP_MSG.
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { validateDocument } from '../bson/validate.js';
import { crc32c } from './crc32c.js';
import { headerBytes } from './frame-assembler.js';
import { frame, OpCode } from './message.js';
import { ProtocolViolation } from './protocol-violation.js';

const checksumPresent = 1;
const moreToCome = 2;
const exhaustAllowed = 1 << 16;
/** Bits 0-15 change the meaning of the message: an unknown one of them must not be skipped. */
const knownRequiredBits = checksumPresent | moreToCome;
const checksumBytes = 4;

export interface OpMsg {
  readonly body: RawDocument;
  readonly sequences: ReadonlyMap<string, readonly RawDocument[]>;
  /** The sender sends on without waiting: no reply. */
  readonly moreToCome: boolean;
  /** The sender takes a stream of replies. */
  readonly exhaustAllowed: boolean;
}

const noSequences: ReadonlyMap<string, readonly RawDocument[]> = new Map();

/**
 * Reads a whole message. Throws ProtocolViolation where the frame is malformed, a CommandError (InvalidBSON) where a
 * document in it is.
 */
export function parseOpMsg(message: Buffer): OpMsg {
  if (message.length < headerBytes + 10) throw new ProtocolViolation('OP_MSG is too short');
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & 0xffff & ~knownRequiredBits) !== 0) throw new ProtocolViolation(`OP_MSG with unknown flags ${flags}`);
  const end = (flags & checksumPresent) === 0 ? message.length : verifiedEnd(message);
  const sections = new SectionReader(message, headerBytes + 4, end);
  const body = sections.readAll();
  return {
    body,
    sequences: sections.sequences ?? noSequences,
    moreToCome: (flags & moreToCome) !== 0,
    exhaustAllowed: (flags & exhaustAllowed) !== 0,
  };
}

/** Where the sections end; the checksum behind them has been compared. */
function verifiedEnd(message: Buffer): number {
  const end = message.length - checksumBytes;
  if (crc32c(message.subarray(0, end)) !== message.readUInt32LE(end)) throw new ProtocolViolation('OP_MSG with a wrong checksum');
  return end;
}

class SectionReader {
  sequences: Map<string, readonly RawDocument[]> | undefined;
  private body: RawDocument | undefined;

  constructor(
    private readonly message: Buffer,
    private position: number,
    private readonly end: number,
  ) {}

  readAll(): RawDocument {
    while (this.position < this.end) {
      const kind = this.message[this.position];
      this.position += 1;
      if (kind === 0) this.readBody();
      else if (kind === 1) this.readSequence();
      else throw new ProtocolViolation(`OP_MSG with a section of unknown kind ${String(kind)}`);
    }
    const { body } = this;
    if (body === undefined) throw new ProtocolViolation('OP_MSG without a body section');
    for (const name of this.sequences?.keys() ?? []) {
      if (getDocumentField(body, name) !== undefined) {
        throw new ProtocolViolation(`OP_MSG has '${name}' both in its body and as a document sequence`);
      }
    }
    return body;
  }

  private readBody(): void {
    if (this.body !== undefined) throw new ProtocolViolation('OP_MSG with two body sections');
    this.body = this.readDocument(this.end);
  }

  private readSequence(): void {
    const start = this.position;
    if (start + 5 > this.end) throw new ProtocolViolation('document sequence is cut off');
    const sequenceEnd = start + this.message.readInt32LE(start);
    const nameEnd = this.message.indexOf(0, start + 4);
    if (sequenceEnd > this.end || nameEnd < 0 || nameEnd >= sequenceEnd) throw new ProtocolViolation('document sequence with an impossible length');
    const name = this.message.toString('utf8', start + 4, nameEnd);
    this.sequences ??= new Map();
    if (this.sequences.has(name)) throw new ProtocolViolation(`OP_MSG with two document sequences '${name}'`);
    this.position = nameEnd + 1;
    const documents: RawDocument[] = [];
    while (this.position < sequenceEnd) documents.push(this.readDocument(sequenceEnd));
    this.sequences.set(name, documents);
  }

  private readDocument(limit: number): RawDocument {
    const start = this.position;
    if (start + 5 > limit) throw new ProtocolViolation('document is cut off');
    const length = this.message.readInt32LE(start);
    if (length < 5 || start + length > limit) throw new ProtocolViolation(`document with the impossible length ${length}`);
    this.position = start + length;
    const document = this.message.subarray(start, this.position);
    validateDocument(document);
    return document;
  }
}

/** A reply: the command's document and fields that are added behind its own (`ok`, `operationTime`, ...). */
export interface ReplyDocument {
  readonly document: RawDocument;
  /** Whole elements without a document's length and end. */
  readonly appended: Buffer;
}

/** Replies up to this size are copied into one buffer; larger ones are written as they lie. */
const copiedBytesMax = 64 * 1024;
const preludeBytes = headerBytes + 4 + 1 + 4;

/** The bytes of a reply as OP_MSG, header included. */
export function encodeReply(reply: ReplyDocument, requestId: number, responseTo: number, streamsOn: boolean): Buffer[] {
  const { document, appended } = reply;
  const documentLength = document.length + appended.length;
  const isCopied = documentLength <= copiedBytesMax;
  const prelude = Buffer.allocUnsafe(isCopied ? preludeBytes + documentLength - 4 : preludeBytes);
  prelude.writeInt32LE(headerBytes + 5 + documentLength, 0);
  prelude.writeInt32LE(requestId, 4);
  prelude.writeInt32LE(responseTo, 8);
  prelude.writeInt32LE(OpCode.message, 12);
  prelude.writeUInt32LE(streamsOn ? moreToCome : 0, headerBytes);
  prelude[headerBytes + 4] = 0;
  prelude.writeInt32LE(documentLength, headerBytes + 5);
  if (!isCopied) return [prelude, document.subarray(4, document.length - 1), appended, documentEnd];
  document.copy(prelude, preludeBytes, 4, document.length - 1);
  appended.copy(prelude, prelude.length - 1 - appended.length);
  prelude[prelude.length - 1] = 0;
  return [prelude];
}

const documentEnd = Buffer.from([0]);

/** The same reply for an OP_QUERY: OP_REPLY with one document. */
export function encodeOpReply(reply: ReplyDocument, requestId: number, responseTo: number): Buffer[] {
  const prelude = Buffer.alloc(24);
  // Flags: AwaitCapable (8), as mongod sets it; cursor 0, starting from 0, one document.
  prelude.writeInt32LE(8, 0);
  prelude.writeInt32LE(1, 16);
  prelude.writeInt32LE(reply.document.length + reply.appended.length, 20);
  const { document, appended } = reply;
  return frame(OpCode.reply, requestId, responseTo, [prelude, document.subarray(4, document.length - 1), appended, documentEnd]);
}

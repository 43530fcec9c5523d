// Speaks the protocol byte by byte over a socket, for what drivers would never send.
import type { Socket } from 'node:net';
import type { Document } from 'bson';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { FrameAssembler } from './frame-assembler.js';
import { frame, OpCode, readHeader, type MessageHeader } from './message.js';

export interface ReceivedReply {
  readonly header: MessageHeader;
  readonly flags: number;
  readonly document: Document;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  return bytes;
}

/** The bytes of an OP_MSG with one body. */
export function opMsgBytes(requestId: number, body: Document, flags = 0): Buffer {
  return Buffer.concat(frame(OpCode.message, requestId, 0, [int32(flags), Buffer.from([0]), encodeDocument(body)]));
}

/** The bytes of an OP_QUERY for one document. */
export function opQueryBytes(requestId: number, namespace: string, query: Document): Buffer {
  return Buffer.concat(frame(OpCode.query, requestId, 0, [int32(0), Buffer.from(`${namespace}\0`), int32(0), int32(-1), encodeDocument(query)]));
}

export class RawClient {
  private readonly received: ReceivedReply[] = [];
  private waiting: (() => void) | undefined;
  private isClosed = false;

  constructor(readonly socket: Socket) {
    const assembler = new FrameAssembler(() => 48_000_000);
    socket.on('data', (chunk: Buffer) => {
      for (const message of assembler.push(chunk)) this.received.push(read(message));
      this.wake();
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next reply; undefined where the server closed the connection. */
  async next(): Promise<ReceivedReply | undefined> {
    while (this.received.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    return this.received.shift();
  }

  async ask(body: Document, flags = 0): Promise<ReceivedReply | undefined> {
    this.send(opMsgBytes(1, body, flags));
    return this.next();
  }

  private wake(): void {
    this.waiting?.();
    this.waiting = undefined;
  }
}

function read(message: Buffer): ReceivedReply {
  const header = readHeader(message);
  const isLegacy = header.opCode === OpCode.reply;
  const document = decodePlain(message.subarray(isLegacy ? 36 : 21));
  return { header, flags: message.readInt32LE(16), document };
}

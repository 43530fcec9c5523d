// The message header and the opcodes. Source: the manual's page "MongoDB Wire Protocol".
import { headerBytes } from './frame-assembler.js';

export const OpCode = { reply: 1, query: 2004, getMore: 2005, compressed: 2012, message: 2013 } as const;

export interface MessageHeader {
  readonly length: number;
  readonly requestId: number;
  readonly responseTo: number;
  readonly opCode: number;
}

export function readHeader(message: Buffer): MessageHeader {
  return {
    length: message.readInt32LE(0),
    requestId: message.readInt32LE(4),
    responseTo: message.readInt32LE(8),
    opCode: message.readInt32LE(12),
  };
}

export function writeHeader(target: Buffer, header: MessageHeader): void {
  target.writeInt32LE(header.length, 0);
  target.writeInt32LE(header.requestId, 4);
  target.writeInt32LE(header.responseTo, 8);
  target.writeInt32LE(header.opCode, 12);
}

/** A whole message of a header and its parts, in as few buffers as copying little allows. */
export function frame(opCode: number, requestId: number, responseTo: number, parts: readonly Buffer[]): Buffer[] {
  const length = parts.reduce((sum, part) => sum + part.length, headerBytes);
  const header = Buffer.allocUnsafe(headerBytes);
  writeHeader(header, { length, requestId, responseTo, opCode });
  return [header, ...parts];
}

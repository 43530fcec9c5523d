// OP_COMPRESSED: another message, compressed. Source: the manual's page "MongoDB Wire Protocol" and the specification
// "Wire Compression in Drivers".
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappy';
import { headerBytes } from './frame-assembler.js';
import { OpCode, readHeader, writeHeader } from './message.js';
import { ProtocolViolation } from './protocol-violation.js';

const inflateBytes = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);
const deflateBytes = promisify<Buffer, Buffer>(deflate);

interface Compressor {
  readonly id: number;
  readonly name: string;
  compress(bytes: Buffer): Promise<Buffer>;
  /** Rejects where the bytes do not become exactly that many. */
  uncompress(bytes: Buffer, length: number): Promise<Buffer>;
}

const compressors: readonly Compressor[] = [
  {
    id: 1,
    name: 'snappy',
    compress: (bytes) => compressSnappy(bytes),
    uncompress: async (bytes, length) => {
      if (snappyLength(bytes) !== length) throw new ProtocolViolation('OP_COMPRESSED names another length than its content');
      return (await uncompressSnappy(bytes, { asBuffer: true })) as Buffer;
    },
  },
  {
    id: 2,
    name: 'zlib',
    compress: (bytes) => deflateBytes(bytes),
    uncompress: (bytes, length) => inflateBytes(bytes, { maxOutputLength: Math.max(length, 1) }),
  },
];

const noop = 0;

/** Names for `hello`, in our order of preference. */
export const compressorNames: readonly string[] = compressors.map((compressor) => compressor.name);

/** The length that a snappy block says it has: a varint in front, read before anything is allocated for it. */
function snappyLength(bytes: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5 && index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  return -1;
}

export interface Uncompressed {
  readonly message: Buffer;
  /** What the sender compressed with, for the reply. */
  readonly compressorId: number;
}

/** The message inside an OP_COMPRESSED, with its header as it was. Throws ProtocolViolation where there is none. */
export async function uncompressMessage(message: Buffer, messageBytesMax: number): Promise<Uncompressed> {
  if (message.length < headerBytes + 9) throw new ProtocolViolation('OP_COMPRESSED is too short');
  const opCode = message.readInt32LE(headerBytes);
  const length = message.readInt32LE(headerBytes + 4);
  const compressorId = message[headerBytes + 8]!;
  if (opCode === OpCode.compressed) throw new ProtocolViolation('OP_COMPRESSED inside OP_COMPRESSED');
  if (length < 0 || length > messageBytesMax - headerBytes) throw new ProtocolViolation(`OP_COMPRESSED of ${length} bytes`);
  const content = message.subarray(headerBytes + 9);
  const body = await uncompressBody(content, compressorId, length);
  if (body.length !== length) throw new ProtocolViolation('OP_COMPRESSED names another length than its content');
  const header = Buffer.allocUnsafe(headerBytes);
  writeHeader(header, { ...readHeader(message), length: headerBytes + length, opCode });
  return { message: Buffer.concat([header, body]), compressorId };
}

async function uncompressBody(content: Buffer, compressorId: number, length: number): Promise<Buffer> {
  if (compressorId === noop) return content;
  const compressor = compressors.find((candidate) => candidate.id === compressorId);
  if (compressor === undefined) throw new ProtocolViolation(`OP_COMPRESSED with the unknown compressor ${compressorId}`);
  try {
    return await compressor.uncompress(content, length);
  } catch (error) {
    throw error instanceof ProtocolViolation ? error : new ProtocolViolation('OP_COMPRESSED with damaged content');
  }
}

/** The message (header first) as OP_COMPRESSED. */
export async function compressMessage(parts: readonly Buffer[], compressorId: number): Promise<Buffer[]> {
  const compressor = compressors.find((candidate) => candidate.id === compressorId);
  if (compressor === undefined) return [...parts];
  const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  const header = readHeader(whole);
  const body = whole.subarray(headerBytes);
  const content = await compressor.compress(body);
  const prelude = Buffer.allocUnsafe(headerBytes + 9);
  writeHeader(prelude, { ...header, length: prelude.length + content.length, opCode: OpCode.compressed });
  prelude.writeInt32LE(header.opCode, headerBytes);
  prelude.writeInt32LE(body.length, headerBytes + 4);
  prelude[headerBytes + 8] = compressor.id;
  return [prelude, content];
}

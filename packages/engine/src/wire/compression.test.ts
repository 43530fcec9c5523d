import { describe, expect, it } from 'vitest';
import { compressMessage, uncompressMessage } from './compression.js';
import { frame, OpCode, readHeader } from './message.js';
import { ProtocolViolation } from './protocol-violation.js';

const limit = 1_000_000;
const plain = Buffer.concat(frame(OpCode.message, 5, 9, [Buffer.alloc(5000, 'abc')]));

async function compressed(compressorId: number): Promise<Buffer> {
  return Buffer.concat(await compressMessage([plain], compressorId));
}

describe('OP_COMPRESSED', () => {
  it.each([['snappy', 1], ['zlib', 2]])('comes back whole through %s', async (_name, id) => {
    const message = await compressed(id);
    expect(message.length).toBeLessThan(plain.length / 5);
    expect(readHeader(message)).toEqual({ length: message.length, requestId: 5, responseTo: 9, opCode: OpCode.compressed });
    expect(await uncompressMessage(message, limit)).toEqual({ message: plain, compressorId: id });
  });

  it('takes messages that were not compressed at all', async () => {
    const content = Buffer.concat([Buffer.alloc(8), Buffer.from([0]), plain.subarray(16)]);
    content.writeInt32LE(OpCode.message, 0);
    content.writeInt32LE(plain.length - 16, 4);
    const message = Buffer.concat(frame(OpCode.compressed, 5, 9, [content]));
    expect((await uncompressMessage(message, limit)).message).toEqual(plain);
  });

  const tampered = async (id: number, change: (message: Buffer) => void): Promise<Buffer> => {
    const message = await compressed(id);
    change(message);
    return message;
  };

  it.each<[string, Promise<Buffer>]>([
    ['a length beyond the limit', tampered(2, (message) => message.writeInt32LE(limit + 1, 20))],
    ['a negative length', tampered(2, (message) => message.writeInt32LE(-1, 20))],
    ['a length that is too small (zlib)', tampered(2, (message) => message.writeInt32LE(100, 20))],
    ['a length that is too small (snappy)', tampered(1, (message) => message.writeInt32LE(100, 20))],
    ['a length that is too large (zlib)', tampered(2, (message) => message.writeInt32LE(6000, 20))],
    ['damaged content (zlib)', tampered(2, (message) => message.fill(0xff, 30))],
    ['damaged content (snappy)', tampered(1, (message) => message.fill(0xff, 30))],
    ['an unknown compressor', tampered(2, (message) => message.writeUInt8(77, 24))],
    ['another compressed message inside', tampered(2, (message) => message.writeInt32LE(OpCode.compressed, 16))],
    ['no content', compressed(2).then((message) => message.subarray(0, 20))],
  ])('refuses %s', async (_name, message) => {
    await expect(uncompressMessage(await message, limit)).rejects.toThrow(ProtocolViolation);
  });
});

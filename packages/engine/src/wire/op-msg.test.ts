import { describe, expect, it } from 'vitest';
import { decodePlain, encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { crc32c } from './crc32c.js';
import { encodeReply, parseOpMsg } from './op-msg.js';
import { ProtocolViolation } from './protocol-violation.js';

const ping = encodeDocument({ ping: 1, $db: 'admin' });

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  return bytes;
}

function bodySection(document: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0]), document]);
}

function sequenceSection(name: string, ...documents: readonly Buffer[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  return Buffer.concat([Buffer.from([1]), int32(content.length + 4), content]);
}

function opMsg(flags: number, ...sections: readonly Buffer[]): Buffer {
  const content = Buffer.concat([int32(flags), ...sections]);
  return Buffer.concat([int32(16 + content.length), int32(7), int32(0), int32(2013), content]);
}

function withChecksum(message: Buffer): Buffer {
  const longer = Buffer.concat([message, Buffer.alloc(4)]);
  longer.writeInt32LE(longer.length, 0);
  longer.writeUInt32LE(crc32c(longer.subarray(0, longer.length - 4)), longer.length - 4);
  return longer;
}

describe('parseOpMsg', () => {
  it('reads a body', () => {
    const parsed = parseOpMsg(opMsg(0, bodySection(ping)));
    expect(decodePlain(parsed.body)).toEqual({ ping: 1, $db: 'admin' });
    expect(parsed).toMatchObject({ moreToCome: false, exhaustAllowed: false });
  });

  it('reads document sequences before and behind the body', () => {
    const [one, two] = [encodeDocument({ _id: 1 }), encodeDocument({ _id: 2 })];
    const parsed = parseOpMsg(opMsg(0, sequenceSection('documents', one, two), bodySection(ping), sequenceSection('deletes')));
    expect(parsed.sequences.get('documents')).toEqual([one, two]);
    expect(parsed.sequences.get('deletes')).toEqual([]);
  });

  it('reads the flags', () => {
    expect(parseOpMsg(opMsg(2 | (1 << 16), bodySection(ping)))).toMatchObject({ moreToCome: true, exhaustAllowed: true });
  });

  it('accepts a right checksum and refuses a wrong one', () => {
    const good = withChecksum(opMsg(1, bodySection(ping)));
    expect(decodePlain(parseOpMsg(good).body)).toEqual({ ping: 1, $db: 'admin' });
    good[good.length - 1]! ^= 1;
    expect(() => parseOpMsg(good)).toThrow(ProtocolViolation);
  });

  it.each([
    ['no section', opMsg(0)],
    ['no body', opMsg(0, sequenceSection('documents', ping))],
    ['two bodies', opMsg(0, bodySection(ping), bodySection(ping))],
    ['an unknown section kind', opMsg(0, Buffer.from([9]), ping)],
    ['an unknown required flag', opMsg(4, bodySection(ping))],
    ['a body that is cut off', opMsg(0, bodySection(ping.subarray(0, ping.length - 3)))],
    ['two sequences of one name', opMsg(0, bodySection(ping), sequenceSection('a', ping), sequenceSection('a', ping))],
    ['a sequence that the body has too', opMsg(0, bodySection(ping), sequenceSection('ping', ping))],
    ['a sequence with an impossible length', opMsg(0, bodySection(ping), Buffer.from([1]), int32(500), Buffer.from('a\0'))],
    ['nothing but flags', opMsg(0).subarray(0, 20)],
  ])('refuses a message with %s', (_name, message) => {
    expect(() => parseOpMsg(message)).toThrow(ProtocolViolation);
  });

  it('refuses a damaged document with an error that can be answered', () => {
    const damaged = Buffer.from(ping);
    damaged[4] = 0x77;
    expect(() => parseOpMsg(opMsg(0, bodySection(damaged)))).toThrow(CommandError);
  });
});

describe('encodeReply', () => {
  it.each([['small', 10], ['large', 200_000]])('appends fields to a %s document', (_name, size) => {
    const document = encodeDocument({ text: 'x'.repeat(size) });
    const extra = encodeDocument({ ok: 1 });
    const parts = encodeReply({ document, appended: extra.subarray(4, extra.length - 1) }, 3, 7, false);
    const message = Buffer.concat(parts);
    expect(message.readInt32LE(0)).toBe(message.length);
    expect(decodePlain(parseOpMsg(message).body)).toEqual({ text: 'x'.repeat(size), ok: 1 });
  });
});

describe('crc32c', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending bytes', Buffer.from(Array.from({ length: 32 }, (_unused, index) => index)), 0x46dd794e],
  ])('is right for %s', (_name, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameAssembler } from './frame-assembler.js';
import { ProtocolViolation } from './protocol-violation.js';

function message(payload: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + payload.length, 0);
  return Buffer.concat([header, payload]);
}

describe('FrameAssembler', () => {
  it('gives the same messages however the stream is cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(payloads, cuts, (bodies, sizes) => {
        const messages = bodies.map((body) => message(Buffer.from(body)));
        const stream = Buffer.concat(messages);
        const assembler = new FrameAssembler(() => 1000);
        const received: Buffer[] = [];
        let position = 0;
        for (let index = 0; position < stream.length; index += 1) {
          const size = sizes[index % sizes.length]!;
          received.push(...assembler.push(stream.subarray(position, position + size)));
          position += size;
        }
        expect(received).toEqual(messages);
        expect(assembler.isPartial).toBe(false);
      }),
    );
  });

  it('does not copy a message that arrives whole', () => {
    const whole = message(Buffer.from('payload'));
    const [received] = new FrameAssembler(() => 1000).push(whole);
    expect(received?.buffer).toBe(whole.buffer);
  });

  it.each([
    ['shorter than a header', 15],
    ['negative', -1],
    ['longer than allowed', 1001],
  ])('refuses a length that is %s', (_name, length) => {
    const header = Buffer.alloc(16);
    header.writeInt32LE(length, 0);
    expect(() => new FrameAssembler(() => 1000).push(header)).toThrow(ProtocolViolation);
  });
});

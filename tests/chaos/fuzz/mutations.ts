// What is done to frames: each row damages one in a way of its own.
import { deflateSync } from 'node:zlib';
import type { Random } from './random.js';

export interface Mutated {
  readonly bytes: Buffer;
  /** Its length field tells the truth, so that whatever follows it is a message of its own. */
  readonly isFramed: boolean;
}

type Mutation = (frame: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const headerBytes = 16;
const opCodes = { reply: 1, query: 2004, compressed: 2012, message: 2013 } as const;
const awkwardNumbers = [0, 1, -1, 4, 5, 15, 16, 17, 255, 256, 0x7fffffff, -0x80000000, 16 * 1024 * 1024, 48_000_000, 48_000_001] as const;
const bsonTypes = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x7f, 0xff, 0x20] as const;

/** The same bytes behind a header that tells their length. */
function framed(bytes: Buffer): Buffer {
  const whole = bytes.length >= headerBytes ? Buffer.from(bytes) : Buffer.concat([bytes, Buffer.alloc(headerBytes - bytes.length)]);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

function message(opCode: number, content: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeInt32LE(opCode, 12);
  return framed(Buffer.concat([header, content]));
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  return bytes;
}

/** `{ping: {x: {x: ...}}}`, or the same of arrays, as many levels deep. */
function nestedPing(depth: number, type: 3 | 4): Buffer {
  const levels: Buffer[] = [];
  const ends = Buffer.alloc(depth + 2);
  for (let level = 0; level <= depth; level += 1) {
    const below = depth - level;
    levels.push(Buffer.concat([int32(5 + below * 8), level === depth ? Buffer.alloc(0) : Buffer.from([type, 0x30, 0])]));
  }
  const value = Buffer.concat([...levels, ends.subarray(0, depth + 1)]);
  const elements = Buffer.concat([Buffer.from([type]), Buffer.from('ping\0'), value, Buffer.from([2]), Buffer.from('$db\0'), int32(2), Buffer.from('a\0\0')]);
  return message(opCodes.message, Buffer.concat([int32(0), Buffer.from([0]), int32(4 + elements.length), elements]));
}

function compressed(frame: Buffer, declaredLength: number, compressorId: number, content: Buffer): Buffer {
  return message(opCodes.compressed, Buffer.concat([frame.subarray(12, 16), int32(declaredLength), Buffer.from([compressorId & 0xff]), content]));
}

function place(frame: Buffer, random: Random): number {
  return headerBytes + random.below(Math.max(1, frame.length - headerBytes));
}

const bombs: readonly Buffer[] = [1, 16, 64].map((size_mb) => deflateSync(Buffer.alloc(size_mb * 1024 * 1024)));

const changes: readonly Mutation[] = [
  function bytes(frame, random) {
    const changed = Buffer.from(frame);
    for (let count = 1 + random.below(8); count > 0; count -= 1) changed[place(frame, random)] = random.below(256);
    return changed;
  },
  function oneBit(frame, random) {
    const changed = Buffer.from(frame);
    changed[place(frame, random)]! ^= 1 << random.below(8);
    return changed;
  },
  function aNumber(frame, random) {
    const changed = Buffer.from(frame);
    changed.writeInt32LE(random.pick(awkwardNumbers), Math.max(0, Math.min(place(frame, random), frame.length - 4)));
    return changed;
  },
  function aType(frame, random) {
    const changed = Buffer.from(frame);
    const from = place(frame, random);
    for (let at = from; at < frame.length; at += 1) {
      if (!bsonTypes.slice(1, 20).includes(frame[at]! as 1)) continue;
      changed[at] = random.pick(bsonTypes);
      break;
    }
    return changed;
  },
  function noEndOfText(frame, random) {
    const changed = Buffer.from(frame);
    const at = changed.indexOf(0, place(frame, random));
    if (at >= 0) changed[at] = 0x61;
    return changed;
  },
  function flags(frame, random) {
    const changed = Buffer.from(frame);
    changed[headerBytes + random.below(4)]! ^= 1 << random.below(8);
    return changed;
  },
  function sectionKind(frame, random) {
    const changed = Buffer.from(frame);
    changed[Math.min(headerBytes + 4, frame.length - 1)] = random.below(4);
    return changed;
  },
  function checksum(frame, random) {
    const changed = Buffer.concat([frame, random.bytes(4)]);
    changed[headerBytes]! |= 1;
    return changed;
  },
  function opCode(frame, random) {
    const changed = Buffer.from(frame);
    changed.writeInt32LE(random.pick([...Object.values(opCodes), 0, 2001, 2002, 2005, 2006, 2007, 2010, 2011, -1, random.below(0x7fffffff)]), 12);
    return changed;
  },
  function cutOff(frame, random) {
    return frame.subarray(0, place(frame, random));
  },
  function cutOut(frame, random) {
    const from = place(frame, random);
    return Buffer.concat([frame.subarray(0, from), frame.subarray(from + 1 + random.below(40))]);
  },
  function doubled(frame, random) {
    const from = place(frame, random);
    const to = Math.min(frame.length, from + 1 + random.below(200));
    return Buffer.concat([frame.subarray(0, to), frame.subarray(from)]);
  },
  function putIn(frame, random) {
    const at = place(frame, random);
    return Buffer.concat([frame.subarray(0, at), random.bytes(1 + random.below(60)), frame.subarray(at)]);
  },
  function crossed(frame, random, others) {
    const other = random.pick(others);
    return Buffer.concat([frame.subarray(0, place(frame, random)), other.subarray(place(other, random))]);
  },
  function noise(_frame, random) {
    return message(random.pick(Object.values(opCodes)), random.bytes(random.below(300)));
  },
  function zlib(frame, random) {
    const content = frame.subarray(headerBytes);
    return compressed(frame, random.below(4) === 0 ? random.pick(awkwardNumbers) : content.length, 2, deflateSync(content));
  },
  function uncompressed(frame, random) {
    return compressed(frame, random.below(2) === 0 ? frame.length - headerBytes : random.pick(awkwardNumbers), random.below(5), frame.subarray(headerBytes));
  },
  function deep(_frame, random) {
    return nestedPing(random.pick([90, 99, 100, 101, 180, 199, 200, 201, 1000, 20_000]), random.pick([3, 4] as const));
  },
];

/** What costs much: done to few frames. */
const costlyChanges: readonly Mutation[] = [
  function bomb(frame, random) {
    return compressed(frame, random.pick([5, 1024 * 1024, 47_000_000, 48_000_000, 0x7fffffff]), 2, random.pick(bombs));
  },
  function veryDeep(_frame, random) {
    return nestedPing(200_000, random.pick([3, 4] as const));
  },
];
const costlyShare = 2000;
const falseLengthShare = 10;

/** One of the frames, damaged one to three times. */
export function mutate(frames: readonly Buffer[], random: Random): Mutated {
  let bytes = random.pick(frames);
  if (random.below(costlyShare) === 0) bytes = random.pick(costlyChanges)(bytes, random, frames);
  else for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count -= 1) bytes = framed(random.pick(changes)(bytes, random, frames));
  if (random.below(falseLengthShare) !== 0) return { bytes, isFramed: true };
  const length = random.pick([...awkwardNumbers, bytes.length - 1, bytes.length + 1, random.below(bytes.length)]);
  const changed = Buffer.from(bytes);
  changed.writeInt32LE(length, 0);
  return { bytes: random.below(3) === 0 ? changed.subarray(0, random.below(changed.length)) : changed, isFramed: false };
}

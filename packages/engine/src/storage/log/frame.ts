// What the log is made of: frames, one per write to the disk, in segments. A frame counts only as a whole: its checksum covers
// all of it, its own number and that of its segment, so that what an earlier use of the file left behind is none.
import { crc32 } from 'node:zlib';

/** Frames begin at multiples of a page: a write touches no page that holds a frame written before. */
export const frameAlignment = 4096;
/** [magic u32][bytes of changes u32][checksum u32][0 u32][segment u64][frame u64] */
export const frameHeadBytes = 32;
/** A segment's first page: [magic u32][format u32][identity 16][segment u64][first frame u64][checksum u32] */
export const segmentHeadBytes = frameAlignment;

const frameMagic = 0x474c_4846;
const segmentMagic = 0x5347_4846;
const segmentFormat = 1;
const identityAt = 8;
const identityBytes = 16;
const segmentChecksumAt = 40;

/** A file of the log, as its first page tells it. */
export interface SegmentHead {
  /** Ascending in the order of writing. */
  readonly segment: number;
  readonly firstFrame: number;
  /** Of the data file that the log belongs to. */
  readonly identity: Buffer;
}

export interface FramePlace {
  readonly segment: number;
  readonly frame: number;
}

/** Writes the head of a frame whose changes stand behind it already. */
export function writeFrameHead(bytes: Buffer, changesBytes: number, { segment, frame }: FramePlace): void {
  bytes.writeUInt32LE(frameMagic, 0);
  bytes.writeUInt32LE(changesBytes, 4);
  bytes.writeUInt32LE(0, 12);
  bytes.writeBigUInt64LE(BigInt(segment), 16);
  bytes.writeBigUInt64LE(BigInt(frame), 24);
  bytes.writeUInt32LE(checksum(bytes, 0, changesBytes), 8);
}

/** The changes of the frame at `at`, if it is this one and whole. */
export function readFrame(bytes: Buffer, at: number, { segment, frame }: FramePlace): Buffer | undefined {
  if (frameNumberAt(bytes, at, segment) !== frame) return undefined;
  const changesBytes = bytes.readUInt32LE(at + 4);
  if (at + frameHeadBytes + changesBytes > bytes.length) return undefined;
  if (checksum(bytes, at, changesBytes) !== bytes.readUInt32LE(at + 8)) return undefined;
  return bytes.subarray(at + frameHeadBytes, at + frameHeadBytes + changesBytes);
}

/** The number that stands in the head of a frame of this segment; undefined: there is none. Its checksum is not looked at. */
export function frameNumberAt(bytes: Buffer, at: number, segment: number): number | undefined {
  if (at + frameHeadBytes > bytes.length || bytes.readUInt32LE(at) !== frameMagic) return undefined;
  return bytes.readBigUInt64LE(at + 16) === BigInt(segment) ? Number(bytes.readBigUInt64LE(at + 24)) : undefined;
}

/** What a frame of so many bytes takes up. */
export function paddedBytes(changesBytes: number): number {
  return Math.ceil((frameHeadBytes + changesBytes) / frameAlignment) * frameAlignment;
}

function checksum(bytes: Buffer, at: number, changesBytes: number): number {
  return crc32(bytes.subarray(at + 12, at + frameHeadBytes + changesBytes), crc32(bytes.subarray(at, at + 8)));
}

export function encodeSegmentHead({ segment, firstFrame, identity }: SegmentHead): Buffer {
  const page = Buffer.alloc(segmentHeadBytes);
  page.writeUInt32LE(segmentMagic, 0);
  page.writeUInt32LE(segmentFormat, 4);
  identity.copy(page, identityAt, 0, identityBytes);
  page.writeBigUInt64LE(BigInt(segment), 24);
  page.writeBigUInt64LE(BigInt(firstFrame), 32);
  page.writeUInt32LE(crc32(page.subarray(0, segmentChecksumAt)), segmentChecksumAt);
  return page;
}

/** Undefined: it is none, or was not written as a whole; such a segment holds nothing that was ever acknowledged. */
export function decodeSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < segmentHeadBytes || bytes.readUInt32LE(0) !== segmentMagic || bytes.readUInt32LE(4) !== segmentFormat) return undefined;
  if (crc32(bytes.subarray(0, segmentChecksumAt)) !== bytes.readUInt32LE(segmentChecksumAt)) return undefined;
  return {
    segment: Number(bytes.readBigUInt64LE(24)),
    firstFrame: Number(bytes.readBigUInt64LE(32)),
    identity: Buffer.from(bytes.subarray(identityAt, identityAt + identityBytes)),
  };
}

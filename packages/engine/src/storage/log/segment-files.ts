// The files of the log in the data folder: their names, and what is in them.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSegmentHead, frameAlignment, frameHeadBytes, frameNumberAt, readFrame, segmentHeadBytes, type SegmentHead } from './frame.js';

const segmentName = /^freehold-(\d+)\.log$/u;

export const checkpointFile = 'freehold.checkpoint';

export function segmentPath(folder: string, number: number): string {
  return join(folder, `freehold-${number}.log`);
}

export function segmentPaths(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => segmentName.test(name)).map((name) => join(folder, name));
}

export function removeSegments(folder: string): void {
  for (const path of segmentPaths(folder)) rmSync(path, { force: true });
}

interface Segment extends SegmentHead {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface LogTail {
  /** The changes of each frame, in order. */
  readonly frames: readonly Buffer[];
  /** Above every frame and segment that was ever written. */
  readonly nextFrame: number;
  readonly nextSegment: number;
}

/**
 * Every whole frame from `from` on. Throws an Error where one is missing or damaged that others follow: what they hold was
 * acknowledged and cannot be put together. A last frame that is not whole never was acknowledged.
 */
export function readLog(folder: string, identity: Buffer, from: number): LogTail {
  const segments = readSegments(folder, identity);
  const frames: Buffer[] = [];
  let next = from;
  for (const segment of segments) {
    const found = framesOf(segment);
    const end = segment.firstFrame + found.length;
    if (end <= next) continue;
    if (segment.firstFrame > next) throw new Error(`frames ${next} to ${segment.firstFrame - 1} of the log are missing before ${segment.path}`);
    frames.push(...found.slice(next - segment.firstFrame));
    next = end;
  }
  const newest = segments[segments.length - 1];
  return { frames, nextFrame: next + 1, nextSegment: (newest?.segment ?? 0) + 1 };
}

function readSegments(folder: string, identity: Buffer): Segment[] {
  const segments: Segment[] = [];
  for (const path of segmentPaths(folder)) {
    const bytes = readFileSync(path);
    const head = decodeSegmentHead(bytes);
    if (head?.identity.equals(identity) === true) segments.push({ ...head, path, bytes });
  }
  return segments.sort((a, b) => a.segment - b.segment);
}

function framesOf({ bytes, segment, firstFrame, path }: Segment): Buffer[] {
  const frames: Buffer[] = [];
  let at = segmentHeadBytes;
  for (;;) {
    const frame = firstFrame + frames.length;
    const changes = readFrame(bytes, at, { segment, frame });
    if (changes === undefined) {
      const later = firstWholeFrameBehind(bytes, at, segment, frame);
      if (later !== undefined) throw new Error(`frame ${frame} of the log in ${path} is damaged, and frame ${later} follows it`);
      return frames;
    }
    frames.push(changes);
    at += Math.ceil((frameHeadBytes + changes.length) / frameAlignment) * frameAlignment;
  }
}

/** A frame is written when the one before is on disk: one that follows shows that what is not whole once was. */
function firstWholeFrameBehind(bytes: Buffer, from: number, segment: number, lost: number): number | undefined {
  for (let at = from + frameAlignment; at < bytes.length; at += frameAlignment) {
    const frame = frameNumberAt(bytes, at, segment);
    if (frame !== undefined && frame > lost && readFrame(bytes, at, { segment, frame }) !== undefined) return frame;
  }
  return undefined;
}

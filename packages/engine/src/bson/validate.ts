// Checks bytes that came from outside once, so that every walk after it may trust them: lengths, terminators, types, depth, UTF-8.
// Source: the BSON specification; limits as the server's BSONDepth and "MongoDB Limits and Thresholds".
import { isUtf8 } from 'node:buffer';
import { CommandError } from '../errors.js';
import { BsonType } from './types.js';

/** Size limit of a stored document. */
export const maxDocumentBytes = 16 * 1024 * 1024;

/** Nesting that is accepted from a client at all. */
export const maxDepth = 200;

const smallestDocument = 5;

function invalid(reason: string): CommandError {
  return new CommandError('InvalidBSON', reason);
}

function readLength(bytes: Buffer, position: number, limit: number): number {
  if (position + 4 > limit) throw invalid('a length reaches behind the end of its document');
  return bytes.readInt32LE(position);
}

/** Text from `start` to `end` is UTF-8. Most text is ASCII, which a loop sees faster than a call for short ones. */
function checkUtf8(bytes: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i += 1) {
    if (bytes[i]! < 0x80) continue;
    if (!isUtf8(bytes.subarray(i, end))) throw invalid('text is not valid UTF-8');
    return;
  }
}

/** The end of a C string, its zero included. */
function cStringEnd(bytes: Buffer, start: number, limit: number): number {
  let end = start;
  while (end < limit && bytes[end] !== 0) end += 1;
  if (end >= limit) throw invalid('a name has no end');
  checkUtf8(bytes, start, end);
  return end + 1;
}

function stringEnd(bytes: Buffer, start: number, limit: number): number {
  const length = readLength(bytes, start, limit);
  const end = start + 4 + length;
  if (length < 1 || end > limit || bytes[end - 1] !== 0) throw invalid('a string has a wrong length');
  checkUtf8(bytes, start + 4, end - 1);
  return end;
}

function binaryEnd(bytes: Buffer, start: number, limit: number): number {
  const length = readLength(bytes, start, limit);
  const end = start + 5 + length;
  if (length < 0 || end > limit) throw invalid('binary data has a wrong length');
  if (bytes[start + 4] === 2 && (length < 4 || bytes.readInt32LE(start + 5) !== length - 4)) throw invalid('binary data of subtype 2 has a wrong length');
  return end;
}

function booleanEnd(bytes: Buffer, start: number): number {
  if (bytes[start]! > 1) throw invalid('a boolean is neither 0 nor 1');
  return start + 1;
}

function codeWithScopeEnd(bytes: Buffer, start: number, limit: number, depth: number): number {
  const end = start + readLength(bytes, start, limit);
  const scopeStart = stringEnd(bytes, start + 4, limit);
  if (scopeStart >= end || documentEnd(bytes, scopeStart, limit, depth + 1) !== end) throw invalid('code with scope has a wrong length');
  return end;
}

function checkedValueEnd(type: number, bytes: Buffer, start: number, limit: number, depth: number): number {
  switch (type) {
    case BsonType.double:
    case BsonType.date:
    case BsonType.timestamp:
    case BsonType.long:
      return start + 8;
    case BsonType.int:
      return start + 4;
    case BsonType.string:
    case BsonType.javascript:
    case BsonType.symbol:
      return stringEnd(bytes, start, limit);
    case BsonType.object:
    case BsonType.array:
      return documentEnd(bytes, start, limit, depth + 1);
    case BsonType.binData:
      return binaryEnd(bytes, start, limit);
    case BsonType.objectId:
      return start + 12;
    case BsonType.bool:
      return booleanEnd(bytes, start);
    case BsonType.decimal:
      return start + 16;
    case BsonType.regex:
      return cStringEnd(bytes, cStringEnd(bytes, start, limit), limit);
    case BsonType.dbPointer:
      return stringEnd(bytes, start, limit) + 12;
    case BsonType.javascriptWithScope:
      return codeWithScopeEnd(bytes, start, limit, depth);
    case BsonType.null:
    case BsonType.undefined:
    case BsonType.minKey:
    case BsonType.maxKey:
      return start;
    default:
      throw invalid(`Unrecognized BSON type: ${type}`);
  }
}

function documentEnd(bytes: Buffer, start: number, limit: number, depth: number): number {
  if (depth > maxDepth) throw new CommandError('Overflow', `BSONObj exceeded maximum nested object depth: ${maxDepth}`);
  const length = readLength(bytes, start, limit);
  const end = start + length;
  if (length < smallestDocument || end > limit || bytes[end - 1] !== 0) throw invalid(`BSONObj size: ${length} is invalid`);
  const last = end - 1;
  let position = start + 4;
  while (position < last) {
    const valueStart = cStringEnd(bytes, position + 1, last);
    position = checkedValueEnd(bytes[position]!, bytes, valueStart, last, depth);
    if (position > last) throw invalid('a value reaches behind the end of its document');
  }
  return end;
}

/** Accepts exactly one whole document, or throws InvalidBSON (22) or, where it is nested too deeply, Overflow (15). */
export function validateDocument(bytes: Buffer): void {
  if (documentEnd(bytes, 0, bytes.length, 1) !== bytes.length) throw invalid('bytes follow the end of the document');
}

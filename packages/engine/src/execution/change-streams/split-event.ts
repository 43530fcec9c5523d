// Cuts an event that is too large for a reply into fragments. Source: the manual's page "$changeStreamSplitLargeEvent".
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { elements } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import { encodeToken, parseToken } from './resume-token.js';

/** What a document in a reply may have. */
const fragmentBytesMax = 16 * 1024 * 1024;
/** `_id` and `splitEvent` of a fragment. */
const overheadBytes = 256;

type Field = readonly [name: string, value: RawValue];

/** The event itself where it fits; otherwise its fields, dealt out to fragments in their order. */
export function splitEvent(event: RawDocument, token: RawDocument): RawDocument[] {
  if (event.length <= fragmentBytesMax) return [event];
  const groups: Field[][] = [[]];
  let bytes = overheadBytes;
  for (const field of elements(documentValue(event))) {
    const [name, value] = field;
    if (name === '_id') continue;
    const size = value.end - value.start + Buffer.byteLength(name) + 2;
    if (bytes + size > fragmentBytesMax && groups[groups.length - 1]!.length > 0) {
      groups.push([]);
      bytes = overheadBytes;
    }
    groups[groups.length - 1]!.push(field);
    bytes += size;
  }
  return groups.map((fields, index) => fragment(token, fields, index + 1, groups.length));
}

function fragment(token: RawDocument, fields: readonly Field[], number: number, of: number): RawDocument {
  const writer = new DocumentWriter(overheadBytes).document('_id', encodeToken({ ...parseToken(token), fragment: number }));
  writer.openDocument('splitEvent').int32('fragment', number).int32('of', of).close();
  for (const [name, value] of fields) writer.append(name, value);
  return writer.finish();
}

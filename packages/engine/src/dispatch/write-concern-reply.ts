// Adds `writeConcernError` to a reply whose write was kept but not acknowledged as asked for.
import type { RawDocument } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { unfulfilled, type WriteConcern } from './write-concern.js';

export function withWriteConcernError(reply: RawDocument, concern: WriteConcern | undefined, forced: RawDocument | undefined): RawDocument {
  const error = forced ?? (concern === undefined ? undefined : unfulfilledDocument(concern));
  if (error === undefined) return reply;
  return new DocumentWriter().appendElements(reply, 4, reply.length - 1).document('writeConcernError', error).finish();
}

function unfulfilledDocument(concern: WriteConcern): RawDocument | undefined {
  const error = unfulfilled(concern);
  return error === undefined ? undefined : encodeDocument({ ...error });
}

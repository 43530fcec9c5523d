// Adds `writeConcernError` to a reply whose write was kept but not acknowledged as asked for.
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { isRetryableWriteCode } from './error-reply.js';
import type { FailCommandData } from './fail-points.js';
import { unfulfilled, type WriteConcern } from './write-concern.js';

export interface Acknowledgement {
  readonly concern: WriteConcern | undefined;
  /** What a test asked for: an error in place of the real one, and its labels. */
  readonly failure: FailCommandData | undefined;
  readonly mayRetryWrite: boolean;
}

export function withWriteConcernError(reply: RawDocument, acknowledgement: Acknowledgement): RawDocument {
  const { concern, failure } = acknowledgement;
  const error = failure?.writeConcernError ?? (concern === undefined ? undefined : unfulfilledDocument(concern));
  if (error === undefined) return reply;
  const writer = new DocumentWriter().appendElements(reply, 4, reply.length - 1).document('writeConcernError', error);
  const labels = failure?.errorLabels ?? labelsOf(error, acknowledgement);
  if (labels.length > 0) {
    writer.openArray('errorLabels');
    labels.forEach((label, index) => writer.string(String(index), label));
    writer.close();
  }
  return writer.finish();
}

/** A write may be sent again for what kept it from being acknowledged too. Source: specification "Retryable Writes". */
function labelsOf(error: RawDocument, { mayRetryWrite }: Acknowledgement): readonly string[] {
  const code = getDocumentField(error, 'code')?.number();
  return mayRetryWrite && code !== undefined && isRetryableWriteCode(code) ? ['RetryableWriteError'] : [];
}

function unfulfilledDocument(concern: WriteConcern): RawDocument | undefined {
  const error = unfulfilled(concern);
  return error === undefined ? undefined : encodeDocument({ ...error });
}

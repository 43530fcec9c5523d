// What a write concern makes of a reply: `writeConcernError`, where a write was kept but not acknowledged as asked for.
// Source: the manual's page "Write Concern".
import type { RawDocument } from '../bson/raw-value.js';
import { getDocumentField } from '../bson/reader.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { isRetryableWriteCode } from './error-reply.js';
import type { FailCommandData } from './fail-points.js';
import { unfulfilled, type WriteConcern } from './write-concern.js';

export interface Acknowledgement {
  readonly command: string;
  readonly concern: WriteConcern | undefined;
  /** What a test asked for: an error in place of the real one, and its labels. */
  readonly failure: FailCommandData | undefined;
  readonly mayRetryWrite: boolean;
}

/** Commands that say nothing of what became of their statements where `w: 0` asks for no acknowledgement. */
const silentCommands: ReadonlySet<string> = new Set(['insert', 'update', 'delete']);
const silence = new DocumentWriter().int32('n', 0).double('ok', 1).finish();

/** The reply as the write concern wants it: with `writeConcernError`, without what nobody asked for, or as it is. */
export function acknowledged(reply: RawDocument, acknowledgement: Acknowledgement): RawDocument {
  const { command, concern, failure } = acknowledgement;
  if (concern?.w === 0 && silentCommands.has(command)) return silence;
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

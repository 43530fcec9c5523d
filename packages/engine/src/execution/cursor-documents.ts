// Cuts a source of documents into batches: so many documents, so many bytes. Source: the manual's "Cursor Batches".
import type { RawDocument } from '../bson/raw-value.js';
import type { ReadingContext } from '../dispatch/reading-context.js';
import { CommandError } from '../errors.js';
import { runInSlices, type DocumentSource } from './document-source.js';
import { finished, needTime } from './stages/stage.js';

export const firstBatchDocuments = 101;
/** A batch holds no more bytes than one document may have. */
export const batchBytes = 16 * 1024 * 1024;
/** MongoDB lets documents of its own making be somewhat larger than those that are stored. */
const resultBytesMax = batchBytes + 16 * 1024;
/** What a document in a batch costs besides its own bytes. */
const elementOverhead_bytes = 12;

export interface Batch {
  readonly documents: readonly RawDocument[];
  readonly bytes: number;
}

function resultTooLarge(bytes: number): CommandError {
  return new CommandError('BSONObjectTooLarge', `BSONObj size: ${bytes} (0x${bytes.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${resultBytesMax}(16MB)`);
}

export class CursorDocuments {
  /** A document that was read and did not fit. */
  private held: RawDocument | undefined;
  private ended = false;

  constructor(readonly source: DocumentSource) {}

  /** Whether nothing is left to read, as far as the source knows. */
  get isFinished(): boolean {
    return (this.ended || this.source.isExhausted === true) && this.held === undefined;
  }

  /** Lets a source that ended go on (tailable cursors). */
  resume(): void {
    this.ended = false;
  }

  /** The next batch of at most so many documents (undefined: as many as there is room for). */
  nextBatch(context: ReadingContext, maxDocuments: number | undefined): Promise<Batch> | Batch {
    const limit = maxDocuments ?? Number.POSITIVE_INFINITY;
    const batch = { documents: [] as RawDocument[], bytes: 0 };
    const { documents } = batch;
    const put = (document: RawDocument): boolean => {
      if (document.length > resultBytesMax) throw resultTooLarge(document.length);
      if (documents.length > 0 && batch.bytes + document.length + elementOverhead_bytes > batchBytes) {
        this.held = document;
        return true;
      }
      documents.push(document);
      batch.bytes += document.length + elementOverhead_bytes;
      return documents.length >= limit;
    };
    if (this.held !== undefined && limit > 0) {
      const { held } = this;
      this.held = undefined;
      if (put(held)) return batch;
    }
    if (limit === 0 || this.ended) return batch;
    const reading = runInSlices(context, this.source, () => {
      const next = this.source.next();
      if (next === needTime) return false;
      if (next !== finished) return put(next);
      this.ended = true;
      return true;
    });
    return reading === undefined ? batch : reading.then(() => batch);
  }
}

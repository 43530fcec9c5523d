// The unit of reading and writing that the commands of a transaction get.
import type { RawDocument } from '../bson/raw-value.js';
import { UnitWriter } from '../storage/unit-writer.js';
import type { CollectionEntry, RecordId } from '../storage/units.js';

/**
 * Remembers whether a write was refused: MongoDB ends a transaction in which one was, also where the command itself goes on
 * and reports it among its `writeErrors`.
 */
export class TransactionUnit extends UnitWriter {
  hasRefusedWrite = false;

  override insert(collection: CollectionEntry, document: RawDocument): RecordId {
    return this.watched(() => super.insert(collection, document));
  }

  override replace(collection: CollectionEntry, recordId: RecordId, before: RawDocument, after: RawDocument): void {
    this.watched(() => super.replace(collection, recordId, before, after));
  }

  override remove(collection: CollectionEntry, recordId: RecordId, document: RawDocument): void {
    this.watched(() => super.remove(collection, recordId, document));
  }

  private watched<Result>(write: () => Result): Result {
    try {
      return write();
    } catch (error) {
      this.hasRefusedWrite = true;
      throw error;
    }
  }
}

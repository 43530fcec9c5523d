// The unit of reading and writing that the commands of a transaction get.
import type { RawDocument } from '../bson/raw-value.js';
import { namespaceOf } from '../storage/namespace.js';
import { prepareCollection } from '../storage/prepared-collection.js';
import { UnitWriter } from '../storage/unit-writer.js';
import type { CollectionEntry, IndexEntry, RecordId } from '../storage/units.js';
import { cappedInTransaction, indexOnExistingCollection, notInTransactions } from './transaction-errors.js';

/**
 * Refuses what MongoDB refuses in transactions, and remembers whether a write was refused: MongoDB ends a transaction in which
 * one was, also where the command itself goes on and reports it among its `writeErrors`.
 */
export class TransactionUnit extends UnitWriter {
  hasRefusedWrite = false;
  /** Ids of the collections that the transaction itself made. */
  private readonly created = new Set<number>();

  override createCollection(database: string, name: string, options: RawDocument, kind?: CollectionEntry['kind']): CollectionEntry {
    return this.watched(() => {
      const entry = super.createCollection(database, name, options, kind);
      this.created.add(entry.id);
      return entry;
    });
  }

  override createIndex(collection: CollectionEntry, definition: Omit<IndexEntry, 'id' | 'multikey'>): CollectionEntry {
    return this.watched(() => {
      if (!this.created.has(collection.id)) throw indexOnExistingCollection(namespaceOf(collection.database, collection.name));
      return super.createIndex(collection, definition);
    });
  }

  override dropCollection(): never {
    throw notInTransactions('drop');
  }

  override dropDatabase(): never {
    throw notInTransactions('dropDatabase');
  }

  override renameCollection(): never {
    throw notInTransactions('renameCollection');
  }

  override setCollectionOptions(): never {
    throw notInTransactions('collMod');
  }

  override setIndex(): never {
    throw notInTransactions('collMod');
  }

  override dropIndex(): never {
    throw notInTransactions('dropIndexes');
  }

  override insert(collection: CollectionEntry, document: RawDocument): RecordId {
    return this.change(collection, () => super.insert(collection, document));
  }

  override replace(collection: CollectionEntry, recordId: RecordId, before: RawDocument, after: RawDocument, difference?: RawDocument): void {
    this.change(collection, () => super.replace(collection, recordId, before, after, difference));
  }

  override remove(collection: CollectionEntry, recordId: RecordId, document: RawDocument): void {
    this.change(collection, () => super.remove(collection, recordId, document));
  }

  private change<Result>(collection: CollectionEntry, write: () => Result): Result {
    return this.watched(() => {
      if (prepareCollection(collection).capped !== undefined) throw cappedInTransaction(namespaceOf(collection.database, collection.name));
      return write();
    });
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

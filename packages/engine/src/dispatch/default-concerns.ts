// The read and write concern of commands that name none, kept in `config.settings` as MongoDB keeps them.
// Source: the manual's pages "setDefaultRWConcern" and "getDefaultRWConcern".
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { elements, getDocumentField } from '../bson/reader.js';
import { encodeDocument, stringValue } from '../bson/values.js';
import { BsonType } from '../bson/types.js';
import { DocumentWriter, emptyDocument } from '../bson/writer.js';
import { CommandError } from '../errors.js';
import { putDocument } from '../storage/put-document.js';
import type { Storage } from '../storage/units.js';
import { parseReadConcern, type ReadConcern } from './read-concern.js';
import { parseWriteConcern } from './write-concern.js';

const database = 'config';
const collectionName = 'settings';
const id = 'ReadWriteConcernDefaults';
const implicitRead = encodeDocument({ level: 'local' });
const implicitWrite = encodeDocument({ w: 'majority', wtimeout: 0 });

/** Commands that read by the default. What a cursor goes on with, it has from the command that opened it. */
const readers: ReadonlySet<string> = new Set(['find', 'aggregate', 'count', 'distinct']);
const levels: ReadonlySet<string | undefined> = new Set(['local', 'available', 'majority']);

export interface ConcernChange {
  readonly read: RawDocument | undefined;
  readonly write: RawDocument | undefined;
}

function isEmpty(document: RawDocument): boolean {
  return document.length === emptyDocument.length;
}

function checkRead(concern: RawDocument): void {
  const { level } = parseReadConcern(concern);
  if (!isEmpty(concern) && (!levels.has(level) || [...elements(documentValue(concern))].length > 1)) {
    throw new CommandError('BadValue', `level: '${level ?? ''}' is not suitable for the default read concern`);
  }
}

/** What a set of one member cannot fulfil would leave every write unacknowledged. */
function checkWrite(concern: RawDocument): void {
  if (isEmpty(concern)) throw new CommandError('IllegalOperation', 'The global default write concern cannot be unset once it is set.');
  const { w } = parseWriteConcern(concern);
  if (w === 0) throw new CommandError('BadValue', 'Unacknowledged write concern is not suitable for the default write concern');
  if (w !== 1 && w !== 'majority') throw new CommandError('UnsatisfiableWriteConcern', 'Not enough data-bearing nodes');
}

export class DefaultConcerns {
  private read: ReadConcern | undefined;

  private constructor(private readonly storage: Storage, private stored: RawDocument | undefined) {
    this.note(stored);
  }

  /** As they are stored. */
  static open(storage: Storage): DefaultConcerns {
    const snapshot = storage.openSnapshot();
    try {
      const collection = snapshot.collection(database, collectionName);
      const recordId = collection === undefined ? undefined : snapshot.recordIdOf(collection, stringValue(id));
      return new DefaultConcerns(storage, collection === undefined || recordId === undefined ? undefined : snapshot.record(collection, recordId));
    } finally {
      snapshot.close();
    }
  }

  /** The read concern of a command that names none; undefined: the one that is as good as none. */
  readConcernOf(commandName: string): ReadConcern | undefined {
    return this.read === undefined || !readers.has(commandName) ? undefined : this.read;
  }

  /** What both commands answer. */
  describe(now_ms: number): RawDocument {
    const [read, write] = ['defaultReadConcern', 'defaultWriteConcern'].map((name) => this.storedConcern(name));
    const writer = new DocumentWriter().document('defaultReadConcern', read ?? implicitRead).document('defaultWriteConcern', write ?? implicitWrite);
    for (const name of ['updateOpTime', 'updateWallClockTime']) {
      const value = this.stored === undefined ? undefined : getDocumentField(this.stored, name);
      if (value !== undefined) writer.append(name, value);
    }
    return writer.string('defaultWriteConcernSource', write === undefined ? 'implicit' : 'global')
      .string('defaultReadConcernSource', read === undefined ? 'implicit' : 'global')
      .date('localUpdateWallClockTime', now_ms).finish();
  }

  /** Resolves when it is stored. Throws BadValue, IllegalOperation and UnsatisfiableWriteConcern for what no default can be. */
  async set({ read, write }: ConcernChange, time: bigint, now_ms: number): Promise<void> {
    if (read === undefined && write === undefined) throw new CommandError('BadValue', 'At least one of the "defaultReadConcern" or "defaultWriteConcern" fields must be present');
    if (read !== undefined) checkRead(read);
    if (write !== undefined) checkWrite(write);
    const writer = new DocumentWriter().string('_id', id);
    const chosenRead = read ?? this.storedConcern('defaultReadConcern');
    const chosenWrite = write ?? this.storedConcern('defaultWriteConcern');
    if (chosenRead !== undefined && !isEmpty(chosenRead)) writer.document('defaultReadConcern', chosenRead);
    if (chosenWrite !== undefined) writer.document('defaultWriteConcern', chosenWrite);
    const document = writer.timestamp('updateOpTime', time).date('updateWallClockTime', now_ms).finish();
    await this.storage.write((unit) => putDocument(unit, { database, collection: collectionName, id }, document));
    this.stored = document;
    this.note(document);
  }

  private storedConcern(name: string): RawDocument | undefined {
    const value = this.stored === undefined ? undefined : getDocumentField(this.stored, name);
    return value?.type === BsonType.object ? value.document() : undefined;
  }

  private note(stored: RawDocument | undefined): void {
    const concern = stored === undefined ? undefined : this.storedConcern('defaultReadConcern');
    this.read = concern === undefined ? undefined : parseReadConcern(concern);
  }
}

// Numbers that are never given twice: ids of collections and indexes, versions of catalog rows, record ids.
import { prefixKey, recordIdOfKey } from './key-layout.js';
import type { KeyValueView } from './key-value.js';
import type { LmdbEnvironment } from './lmdb-environment.js';
import type { RecordId } from './units.js';

const objectIdKey = Buffer.from('lastObjectId');
const versionKey = Buffer.from('lastCatalogVersion');

function readNumber(environment: LmdbEnvironment, key: Buffer): number {
  return environment.get('meta', key)?.readDoubleBE(0) ?? 0;
}

function numberValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value, 0);
  return bytes;
}

export class Identifiers {
  private lastObjectId: number;
  private lastVersion: number;
  private savedVersion: number;
  private readonly lastRecordIds = new Map<number, RecordId>();

  constructor(private readonly environment: LmdbEnvironment) {
    this.lastObjectId = readNumber(environment, objectIdKey);
    this.lastVersion = readNumber(environment, versionKey);
    this.savedVersion = this.lastVersion;
  }

  /** Of a collection or an index: the prefix of its keys. */
  nextObjectId(): number {
    this.lastObjectId += 1;
    return this.lastObjectId;
  }

  /** Of a catalog row. */
  nextVersion(): number {
    this.lastVersion += 1;
    return this.lastVersion;
  }

  /** Ascending per collection. After a restart they go on behind the highest record that is stored. */
  nextRecordId(view: KeyValueView, collectionId: number): RecordId {
    const last = this.lastRecordIds.get(collectionId) ?? highestRecordId(view, collectionId);
    this.lastRecordIds.set(collectionId, last + 1);
    return last + 1;
  }

  /** Within a commit: writes down what was given out. Every catalog change takes a version, so that tells whether to. */
  save(): void {
    if (this.savedVersion === this.lastVersion) return;
    this.environment.put('meta', objectIdKey, numberValue(this.lastObjectId));
    this.environment.put('meta', versionKey, numberValue(this.lastVersion));
    this.savedVersion = this.lastVersion;
  }

  /** The commit that `save` was part of failed. */
  forgetSaved(): void {
    this.savedVersion = -1;
  }
}

function highestRecordId(view: KeyValueView, collectionId: number): RecordId {
  const { entries } = view.range('records', { start: prefixKey(collectionId), end: prefixKey(collectionId + 1), reverse: true, limit: 1 });
  const last = entries[0];
  return last === undefined ? 0 : recordIdOfKey(last.key);
}

// Looks through an index that is to become unique for keys of several documents. Source: the manual's "collMod",
// "Convert an Existing Index to a Unique Index", and the server's CannotConvertIndexToUnique (359).
import { encodeKey, maxEncodedKeyBytes } from '../../bson/key-encoding.js';
import { documentValue, type RawValue } from '../../bson/raw-value.js';
import { getDocumentField } from '../../bson/reader.js';
import { arrayValue, objectValue } from '../../bson/values.js';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import { keyExtractorOf } from '../../storage/index-extractor.js';
import type { CollectionEntry, IndexEntry, IndexPosition, ReadUnit, RecordId } from '../../storage/units.js';
import { runInSlices } from '../document-source.js';
import { everyKey } from '../key-ranges.js';

/** What an error tells: the search ends there. */
const maxViolationBytes = 8 * 1024 * 1024;
/** So many documents of one key are told at most. */
const maxIdsPerKey = 100_000;

class DuplicateSearch {
  readonly violations: RawValue[] = [];
  private bytes = 0;
  private view: { readonly unit: ReadUnit; readonly collection: CollectionEntry } | undefined;
  private positions: Iterator<IndexPosition> | undefined;
  private last: IndexPosition | undefined;
  private group: RecordId[] = [];

  constructor(private readonly collection: CollectionEntry, private readonly index: IndexEntry) {}

  attach(unit: ReadUnit): void {
    const { database, name, id } = this.collection;
    const collection = unit.collection(database, name);
    if (collection?.id !== id || !collection.indexes.some((each) => each.id === this.index.id)) {
      throw new CommandError('QueryPlanKilled', `the index '${this.index.name}' of ${database}.${name} was dropped`);
    }
    this.view = { unit, collection };
  }

  detach(): void {
    this.positions?.return?.();
    this.positions = undefined;
    this.view = undefined;
  }

  /** One key further; true behind the last one, or where enough was found. */
  step(): boolean {
    const { unit, collection } = this.view!;
    this.positions ??= unit.scanIndex(collection, this.index, { range: everyKey, ...(this.last === undefined ? {} : { after: this.last.position }) })[Symbol.iterator]();
    const next = this.positions.next();
    if (next.done === true) {
      this.endGroup();
      return true;
    }
    const position = next.value;
    if (this.last?.encodedKey.equals(position.encodedKey) !== true) this.endGroup();
    this.last = position;
    this.group.push(position.recordId);
    if (this.group.length >= maxIdsPerKey) this.endGroup();
    return this.bytes >= maxViolationBytes;
  }

  private endGroup(): void {
    const { group, last } = this;
    this.group = [];
    if (group.length < 2 || last === undefined) return;
    const isCut = last.encodedKey.length >= maxEncodedKeyBytes;
    for (const recordIds of isCut ? this.byWholeKey(group, last.encodedKey) : [group]) {
      if (recordIds.length < 2) continue;
      const ids = recordIds.flatMap((recordId) => this.idOf(recordId) ?? []);
      this.bytes += ids.reduce((total, id) => total + id.end - id.start + 8, 32);
      this.violations.push(objectValue([['ids', arrayValue(ids)]]));
    }
  }

  /** Keys that were cut alike need not be the same. */
  private byWholeKey(group: readonly RecordId[], cut: Buffer): RecordId[][] {
    const extractor = keyExtractorOf(this.index);
    const byKey = new Map<string, RecordId[]>();
    const { unit, collection } = this.view!;
    for (const recordId of group) {
      const document = unit.record(collection, recordId);
      if (document === undefined) continue;
      for (const values of extractor.keysOf(documentValue(document)).keys) {
        const whole = encodeKey(values, extractor.directions, Number.MAX_SAFE_INTEGER).bytes;
        if (!whole.subarray(0, cut.length).equals(cut)) continue;
        const text = whole.toString('latin1');
        const same = byKey.get(text);
        if (same === undefined) byKey.set(text, [recordId]);
        else same.push(recordId);
      }
    }
    return [...byKey.values()];
  }

  private idOf(recordId: RecordId): RawValue | undefined {
    const { unit, collection } = this.view!;
    const document = unit.record(collection, recordId);
    return document === undefined ? undefined : getDocumentField(document, '_id');
  }
}

/**
 * Throws CannotConvertIndexToUnique, with the `_id`s of the documents of each key that repeats. The index refuses new duplicates
 * meanwhile, so that what is found to be unique stays so.
 */
export async function checkNoDuplicates(context: CommandContext, collection: CollectionEntry, index: IndexEntry): Promise<void> {
  const search = new DuplicateSearch(collection, index);
  await runInSlices(context, search, () => search.step());
  if (search.violations.length === 0) return;
  throw new CommandError(
    'CannotConvertIndexToUnique',
    'Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.',
    { fields: { violations: arrayValue(search.violations) } },
  );
}

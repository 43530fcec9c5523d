// Users and roles that a restore has put into collections of its own, merged into those that are in force: a piece at a time, so that
// nobody waits for a long list. Source: the server's command `_mergeAuthzCollections`, which mongorestore sends.
import { BsonType } from '../bson/types.js';
import { getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { CommandError } from '../errors.js';
import type { CollectionEntry, ReadUnit, RecordId, WriteUnit } from '../storage/units.js';
import { authorizationCollection, putAuthorizationRecord, removeAuthorizationRecord, type RecordKind } from './authorization-records.js';
import { roleId, userId, type RoleName, type UserName } from './names.js';
import { readRole, readUser } from './stored-user.js';
import type { UserDirectory } from './user-directory.js';

const recordsPerUnit = 500;

export interface MergeRequest {
  readonly kind: RecordKind;
  /** In `admin`. */
  readonly from: string;
  /** Those of one database alone; undefined: all. */
  readonly ofDatabase: string | undefined;
  /** Whether what is in force and not among them goes. */
  readonly drop: boolean;
}

interface NamedRecord {
  readonly recordId: RecordId;
  readonly name: UserName | RoleName;
  readonly document: RawDocument;
}

function nameOf(kind: RecordKind, document: RawDocument): UserName | RoleName {
  const { name } = kind === 'users' ? readUser(document) : readRole(document);
  const expected = kind === 'users' ? userId(name as UserName) : roleId(name as RoleName);
  const id = getDocumentField(document, '_id');
  const hasName = name.database !== '' && ('user' in name ? name.user : name.role) !== '';
  if (!hasName || id?.type !== BsonType.string || id.string() !== expected) throw new CommandError('FailedToParse', `a document of the ${kind} to merge is none: its _id must be "<database>.<name>"`);
  return name;
}

function piece(unit: ReadUnit, collection: CollectionEntry, kind: RecordKind, after: RecordId | undefined): NamedRecord[] {
  const records: NamedRecord[] = [];
  for (const { recordId, document } of unit.scanRecords(collection, after === undefined ? {} : { after })) {
    records.push({ recordId, document, name: nameOf(kind, document) });
    if (records.length >= recordsPerUnit) break;
  }
  return records;
}

function sourceOf(unit: ReadUnit, { from }: MergeRequest): CollectionEntry {
  const collection = unit.collection('admin', from);
  if (collection === undefined) throw new CommandError('NamespaceNotFound', `admin.${from} does not exist`);
  return collection;
}

/** `work` is given where the piece before ended, and says where its own did; undefined: nothing is left. */
async function inPieces(users: UserDirectory, work: (unit: WriteUnit, after: RecordId | undefined) => RecordId | undefined): Promise<void> {
  let after: RecordId | undefined;
  do {
    const last = after;
    // One piece after the other: each goes on behind the one before.
    after = await users.changeAll((unit) => work(unit, last));
  } while (after !== undefined);
}

function endOf(records: readonly NamedRecord[]): RecordId | undefined {
  return records.length < recordsPerUnit ? undefined : records.at(-1)?.recordId;
}

function putAll(users: UserDirectory, request: MergeRequest): Promise<void> {
  const { kind, ofDatabase } = request;
  return inPieces(users, (unit, after) => {
    const records = piece(unit, sourceOf(unit, request), kind, after);
    for (const { name, document } of records) if (ofDatabase === undefined || name.database === ofDatabase) putAuthorizationRecord(unit, kind, name, document);
    return endOf(records);
  });
}

function removeOthers(users: UserDirectory, request: MergeRequest): Promise<void> {
  const { kind, ofDatabase } = request;
  return inPieces(users, (unit, after) => {
    const current = authorizationCollection(unit, kind);
    if (current === undefined) return undefined;
    const source = sourceOf(unit, request);
    const records = piece(unit, current, kind, after);
    for (const { name, document } of records) {
      const isKept = unit.recordIdOf(source, getDocumentField(document, '_id')!) !== undefined;
      if (!isKept && (ofDatabase === undefined || name.database === ofDatabase)) removeAuthorizationRecord(unit, kind, name);
    }
    return endOf(records);
  });
}

/** Throws NamespaceNotFound, and FailedToParse for what is no user and no role; what came before it stays. */
export async function mergeAuthorizationRecords(users: UserDirectory, request: MergeRequest): Promise<void> {
  await putAll(users, request);
  if (request.drop) await removeOthers(users, request);
}

// Users and roles in storage: reading and changing `admin.system.users` and `admin.system.roles` within a unit.
import type { RawDocument } from '../bson/raw-value.js';
import { stringValue } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import type { CollectionEntry, ReadUnit, WriteUnit } from '../storage/units.js';
import { roleId, userId, type RoleName, type UserName } from './names.js';

const database = 'admin';

export type RecordKind = 'users' | 'roles';

const collectionNames: Readonly<Record<RecordKind, string>> = { users: 'system.users', roles: 'system.roles' };

function idOf(kind: RecordKind, name: UserName | RoleName): string {
  return kind === 'users' ? userId(name as UserName) : roleId(name as RoleName);
}

function findById(unit: ReadUnit, collection: CollectionEntry, id: string): { recordId: number; document: RawDocument } | undefined {
  const recordId = unit.recordIdOf(collection, stringValue(id));
  if (recordId === undefined) return undefined;
  const document = unit.record(collection, recordId);
  return document === undefined ? undefined : { recordId, document };
}

export function findUserRecord(unit: ReadUnit, name: UserName): RawDocument | undefined {
  return findRecord(unit, 'users', name);
}

export function findRoleRecord(unit: ReadUnit, name: RoleName): RawDocument | undefined {
  return findRecord(unit, 'roles', name);
}

function findRecord(unit: ReadUnit, kind: RecordKind, name: UserName | RoleName): RawDocument | undefined {
  const collection = authorizationCollection(unit, kind);
  return collection === undefined ? undefined : findById(unit, collection, idOf(kind, name))?.document;
}

/** Where users or roles are; undefined: there was none yet. */
export function authorizationCollection(unit: ReadUnit, kind: RecordKind): CollectionEntry | undefined {
  return unit.collection(database, collectionNames[kind]);
}

/** Every user or role, in order of creation. */
export function* scanAuthorizationRecords(unit: ReadUnit, kind: RecordKind): Generator<RawDocument> {
  const collection = authorizationCollection(unit, kind);
  if (collection === undefined) return;
  for (const { document } of unit.scanRecords(collection)) yield document;
}

export function hasUserRecords(unit: ReadUnit): boolean {
  const collection = authorizationCollection(unit, 'users');
  return collection !== undefined && unit.counts(collection).documents > 0;
}

/** Stores the document under that name, in the place of the one there was. */
export function putAuthorizationRecord(unit: WriteUnit, kind: RecordKind, name: UserName | RoleName, document: RawDocument): void {
  const collectionName = collectionNames[kind];
  const collection = unit.collection(database, collectionName) ?? unit.createCollection(database, collectionName, emptyDocument);
  const before = findById(unit, collection, idOf(kind, name));
  if (before === undefined) unit.insert(collection, document);
  else unit.replace(collection, before.recordId, before.document, document);
}

/** Whether there was one. */
export function removeAuthorizationRecord(unit: WriteUnit, kind: RecordKind, name: UserName | RoleName): boolean {
  const collection = authorizationCollection(unit, kind);
  const before = collection === undefined ? undefined : findById(unit, collection, idOf(kind, name));
  if (collection === undefined || before === undefined) return false;
  unit.remove(collection, before.recordId, before.document);
  return true;
}

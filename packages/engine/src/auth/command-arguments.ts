// Reads what user and role commands name: users, roles, privileges, mechanisms, restrictions.
// Source: the manual's pages "User Management Commands" and "Role Management Commands".
import type { Document } from 'bson';
import { elements, arrayValues } from '../bson/reader.js';
import { documentValue, type RawDocument, type RawValue } from '../bson/raw-value.js';
import { BsonType, bsonTypeName } from '../bson/types.js';
import { CommandError } from '../errors.js';
import { checkAddressRange } from './address-restrictions.js';
import { allActions } from './built-in-actions.js';
import type { RoleName, UserName } from './names.js';
import type { Action, Privilege, Resource } from './privileges.js';
import { isScramMechanism, scramMechanisms, type ScramMechanism } from './scram.js';

function stringField(fields: ReadonlyMap<string, RawValue>, name: string, owner: string): string {
  const value = fields.get(name);
  if (value === undefined) throw new CommandError('Location40414', `BSON field '${owner}.${name}' is missing but a required field`);
  if (value.type !== BsonType.string) {
    throw new CommandError('TypeMismatch', `BSON field '${owner}.${name}' is the wrong type '${bsonTypeName(value.type) ?? 'unknown'}', expected type 'string'`);
  }
  return value.string();
}

function fieldsOf(document: RawDocument): ReadonlyMap<string, RawValue> {
  return new Map(elements(documentValue(document)));
}

function named(value: RawValue, key: 'user' | 'role', database: string): { name: string; database: string } {
  if (value.type === BsonType.string) return { name: value.string(), database };
  if (value.type !== BsonType.object) {
    const kind = key === 'user' ? 'User' : 'Role';
    throw new CommandError('BadValue', `${kind} name must be either a document or string. Got ${bsonTypeName(value.type) ?? 'unknown'}`);
  }
  const fields = fieldsOf(value.document());
  return { name: stringField(fields, key, `${key}Name`), database: stringField(fields, 'db', `${key}Name`) };
}

/** A role by name, in this database unless it says another one. */
export function parseRole(value: RawValue, database: string): RoleName {
  const { name, database: own } = named(value, 'role', database);
  return { role: name, database: own };
}

export function parseRoles(values: readonly RawValue[], database: string): RoleName[] {
  return values.map((value) => parseRole(value, database));
}

export function parseUser(value: RawValue, database: string): UserName {
  const { name, database: own } = named(value, 'user', database);
  return { user: name, database: own };
}

export function parseMechanisms(values: readonly RawValue[] | undefined, digestPassword: boolean, enabled: readonly ScramMechanism[] = scramMechanisms): readonly ScramMechanism[] {
  if (values === undefined) return digestPassword ? enabled : ['SCRAM-SHA-1'];
  if (values.length === 0) throw new CommandError('BadValue', 'mechanisms field must not be empty');
  return values.map((value) => {
    const name = value.type === BsonType.string ? value.string() : '';
    if (!isScramMechanism(name)) throw new CommandError('BadValue', `Unknown auth mechanism '${name}'`);
    if (!enabled.includes(name)) throw new CommandError('BadValue', `${name} not supported in authMechanisms`);
    return name;
  });
}

export function parsePrivileges(documents: readonly RawDocument[]): Privilege[] {
  return documents.map((document) => {
    const fields = fieldsOf(document);
    const resource = fields.get('resource');
    const actions = fields.get('actions');
    if (resource?.type !== BsonType.object) throw new CommandError('BadValue', 'missing resource field');
    if (actions?.type !== BsonType.array) throw new CommandError('BadValue', 'missing actions field');
    return { resource: parseResource(resource.document()), actions: parseActions(arrayValues(actions)) };
  });
}

function parseActions(values: readonly RawValue[]): Action[] {
  const names = values.map((value) => (value.type === BsonType.string ? value.string() : ''));
  if (names.length === 0) throw new CommandError('BadValue', 'actions field cannot be empty');
  const unknown = names.filter((name) => !allActions.has(name));
  if (unknown.length > 0) throw new CommandError('BadValue', `Unrecognized action privilege strings: ${unknown.join(',')}`);
  return names;
}

/** `{db, collection}`, `{cluster: true}` or `{anyResource: true}`. */
function parseResource(document: RawDocument): Resource {
  const fields = fieldsOf(document);
  const isTrue = (name: string): boolean => {
    const value = fields.get(name);
    return value?.type === BsonType.bool && value.boolean();
  };
  const hasNames = fields.has('db') || fields.has('collection');
  if (isTrue('cluster') && !hasNames && !isTrue('anyResource')) return { cluster: true };
  if (isTrue('anyResource') && !hasNames && !isTrue('cluster')) return { anyResource: true };
  if (fields.has('system_buckets')) throw new CommandError('CommandNotSupported', 'privileges on time-series buckets are not supported');
  if (!hasNames || isTrue('cluster') || isTrue('anyResource')) {
    throw new CommandError('BadValue', 'resource must have either db and collection set, or exactly one of cluster and anyResource');
  }
  return { database: stringField(fields, 'db', 'resource'), collection: stringField(fields, 'collection', 'resource') };
}

/** `authenticationRestrictions`, checked, as they are stored. */
export function parseRestrictions(documents: readonly RawDocument[]): Document[] {
  return documents.map((document) => {
    const restriction: Document = {};
    for (const [name, value] of elements(documentValue(document))) {
      if (name !== 'clientSource' && name !== 'serverAddress') {
        throw new CommandError('UnsupportedFormat', `Unrecognized authentication restriction: ${name}`);
      }
      const ranges = (value.type === BsonType.array ? arrayValues(value) : [value]).map((item) => (item.type === BsonType.string ? item.string() : ''));
      ranges.forEach(checkAddressRange);
      restriction[name] = ranges;
    }
    return restriction;
  });
}

/** The privileges that somebody needs to give or take these roles. */
export function privilegesOnRoles(action: 'grantRole' | 'revokeRole', roles: readonly RoleName[]): Privilege[] {
  return roles.map(({ database }) => ({ resource: { database, collection: '' }, actions: [action] }));
}

/** The privileges that somebody needs to give or take these privileges. */
export function privilegesOnPrivileges(action: 'grantRole' | 'revokeRole', privileges: readonly Privilege[]): Privilege[] {
  return privileges.map(({ resource }) => {
    const database = 'database' in resource && resource.database !== '' ? resource.database : 'admin';
    return { resource: { database, collection: '' }, actions: [action] };
  });
}

// A user and a role as they are kept in `admin.system.users` and `admin.system.roles`, read into values.
// Source: the manual's pages "system.users Collection" and "system.roles Collection".
import type { Document } from 'bson';
import { getDocumentField } from '../bson/reader.js';
import type { RawDocument } from '../bson/raw-value.js';
import { decodePlain } from '../bson/values.js';
import type { AddressRestriction } from './address-restrictions.js';
import type { RoleName, UserName } from './names.js';
import type { Privilege, Resource } from './privileges.js';
import { isScramMechanism, type ScramCredential, type ScramMechanism } from './scram.js';

export interface StoredUser {
  readonly name: UserName;
  /** `userId`, as hex. */
  readonly identity: string;
  readonly credentials: Readonly<Partial<Record<ScramMechanism, ScramCredential>>>;
  readonly mechanisms: readonly ScramMechanism[];
  readonly roles: readonly RoleName[];
  readonly restrictions: readonly AddressRestriction[];
  /** The whole document. */
  readonly document: RawDocument;
}

export interface StoredRole {
  readonly name: RoleName;
  readonly privileges: readonly Privilege[];
  readonly roles: readonly RoleName[];
  readonly restrictions: readonly AddressRestriction[];
  readonly document: RawDocument;
}

function documents(value: unknown): readonly Document[] {
  return Array.isArray(value) ? value.filter((item): item is Document => typeof item === 'object' && item !== null) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function roleNames(value: unknown): RoleName[] {
  return documents(value).map((item) => ({ role: text(item['role']), database: text(item['db']) }));
}

function restrictionsOf(value: unknown): AddressRestriction[] {
  return documents(value).map((item) => ({ clientSource: texts(item['clientSource']), serverAddress: texts(item['serverAddress']) }));
}

/** A document of `system.users`; fields that are missing or of another type count as empty. */
export function readUser(document: RawDocument): StoredUser {
  const plain = decodePlain(document);
  const kept = (plain['credentials'] ?? {}) as Document;
  const credentials: Partial<Record<ScramMechanism, ScramCredential>> = {};
  for (const [name, value] of Object.entries(kept)) {
    if (isScramMechanism(name)) credentials[name] = value as ScramCredential;
  }
  return {
    name: { user: text(plain['user']), database: text(plain['db']) },
    identity: getDocumentField(document, 'userId')?.slice().toString('hex') ?? '',
    credentials,
    mechanisms: Object.keys(credentials).filter(isScramMechanism),
    roles: roleNames(plain['roles']),
    restrictions: restrictionsOf(plain['authenticationRestrictions']),
    document,
  };
}

/** A document of `system.roles`; fields that are missing or of another type count as empty. */
export function readRole(document: RawDocument): StoredRole {
  const plain = decodePlain(document);
  return {
    name: { role: text(plain['role']), database: text(plain['db']) },
    privileges: documents(plain['privileges']).map((item) => ({
      resource: resourceOf((item['resource'] ?? {}) as Document),
      actions: texts(item['actions']),
    })),
    roles: roleNames(plain['roles']),
    restrictions: restrictionsOf(plain['authenticationRestrictions']),
    document,
  };
}

function resourceOf(document: Document): Resource {
  if (document['cluster'] === true) return { cluster: true };
  if (document['anyResource'] === true) return { anyResource: true };
  return { database: text(document['db']), collection: text(document['collection']) };
}

/** The resource as documents name it. */
export function resourceDocument(resource: Resource): Document {
  if ('cluster' in resource) return { cluster: true };
  if ('anyResource' in resource) return { anyResource: true };
  return { db: resource.database, collection: resource.collection };
}

// Makes what a document of `admin.system.users` holds: identity, credentials, roles.
// Source: the manual's page "system.users Collection".
import { randomUUID } from 'node:crypto';
import { UUID, type Document } from 'bson';
import { documentValue, type RawDocument } from '../bson/raw-value.js';
import { encodeDocument } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { withFields, type FieldChanges } from './document-fields.js';
import { userId, type RoleName, type UserName } from './names.js';
import { deriveCredential, passwordDigest, preparedPassword, scramAlgorithms, type IterationCounts, type ScramCredential, type ScramMechanism } from './scram.js';

export interface PasswordRequest {
  readonly user: string;
  readonly password: string;
  readonly mechanisms: readonly ScramMechanism[];
  /** Whether the server hashes the password; if not, `password` is MongoDB's old MD5 digest already. */
  readonly digestPassword: boolean;
  /** Default: the usual ones. */
  readonly iterationCounts?: IterationCounts;
}

/** Derives the credentials of each mechanism, side by side. */
export async function deriveCredentials(request: PasswordRequest): Promise<Record<string, ScramCredential>> {
  const { user, password, mechanisms, digestPassword, iterationCounts } = request;
  if (!digestPassword && mechanisms.includes('SCRAM-SHA-256')) {
    throw new CommandError('BadValue', 'Use of SCRAM-SHA-256 requires undigested passwords');
  }
  const derived = await Promise.all(
    mechanisms.map(async (mechanism) => {
      const sha1Password = digestPassword ? passwordDigest(user, password) : password;
      const input = mechanism === 'SCRAM-SHA-1' ? sha1Password : preparedPassword(password);
      return [mechanism, await deriveCredential(scramAlgorithms[mechanism], input, iterationCounts?.[mechanism])] as const;
    }),
  );
  return Object.fromEntries(derived);
}

export function roleDocuments(roles: readonly RoleName[]): Document[] {
  return roles.map(({ role, database }) => ({ role, db: database }));
}

export interface NewUser {
  readonly name: UserName;
  /** By mechanism; `external` where something else identifies the user. */
  readonly credentials: Readonly<Record<string, ScramCredential>> | { readonly external: true };
  readonly roles: readonly RoleName[];
  readonly customData: RawDocument | undefined;
  readonly authenticationRestrictions: readonly Document[] | undefined;
}

/** The document of a new user, with a fresh identity. `customData` is kept byte by byte. */
export function newUserDocument(user: NewUser): RawDocument {
  const { name, credentials, roles, customData, authenticationRestrictions } = user;
  const base = encodeDocument({
    _id: userId(name),
    userId: new UUID(randomUUID()),
    user: name.user,
    db: name.database,
    credentials,
    roles: roleDocuments(roles),
    ...(authenticationRestrictions === undefined ? {} : { authenticationRestrictions }),
  });
  const changes: FieldChanges = customData === undefined ? {} : { customData: documentValue(customData) };
  return withFields(base, changes);
}

// Makes sure that the user whom the engine is started with can log in: created if missing, given the password if it differs.
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { putAuthorizationRecord } from './authorization-records.js';
import { valueOf, withFields } from './document-fields.js';
import type { UserName } from './names.js';
import { preparedPassword, scramAlgorithms, scramMechanisms, type ScramCredential } from './scram.js';
import { deriveCredentials, newUserDocument, roleDocuments } from './user-documents.js';
import type { UserDirectory } from './user-directory.js';

const deriveKey = promisify(pbkdf2);
const rootRole = { role: 'root', database: 'admin' } as const;

/** Makes the user with the role `root`, or gives it back the role and this password; writes nothing where it has both. */
export async function ensureRootUser(users: UserDirectory, root: { readonly user: string; readonly password: string }): Promise<void> {
  const name: UserName = { user: root.user, database: 'admin' };
  const known = users.find(name);
  const hasRole = known?.roles.some(({ role, database }) => role === rootRole.role && database === rootRole.database) === true;
  const credential = known?.credentials['SCRAM-SHA-256'];
  if (hasRole && credential !== undefined && (await fits(credential, root.password))) return;
  const request = { user: root.user, password: root.password, mechanisms: scramMechanisms, digestPassword: true };
  const credentials = await deriveCredentials(request);
  const roles = [...(known?.roles ?? []), ...(hasRole ? [] : [rootRole])];
  const document =
    known === undefined
      ? newUserDocument({ name, credentials, roles, customData: undefined, authenticationRestrictions: undefined })
      : withFields(known.document, { credentials: valueOf(credentials), roles: valueOf(roleDocuments(roles)) });
  await users.changeUser(name, (unit) => putAuthorizationRecord(unit, 'users', name, document));
}

/** Whether the stored credential is this password's. */
async function fits(credential: ScramCredential, password: string): Promise<boolean> {
  const { digest, keyBytes } = scramAlgorithms['SCRAM-SHA-256'];
  const salt = Buffer.from(credential.salt, 'base64');
  const salted = await deriveKey(preparedPassword(password), salt, credential.iterationCount, keyBytes, digest);
  const clientKey = createHmac(digest, salted).update('Client Key').digest();
  return timingSafeEqual(createHash(digest).update(clientKey).digest(), Buffer.from(credential.storedKey, 'base64'));
}

// Looks at one legacy user and says what a migration would do: reads the document, decrypts the password, asks the cluster for the
// MongoDB user and whether the password logs in. Writes nothing; it is all there is to a plan.
import { sealApps, sealBefore } from '../credentials/legacy-before.js';
import { legacyDatabaseId } from '../credentials/legacy-database-id.js';
import { sealPassword } from '../credentials/stored-password.js';
import type { AuditOrigin } from '../domain/audit-origin.js';
import { planLegacyRoles } from '../domain/legacy-roles.js';
import { legacyDatabaseEntry, type LegacyUser } from '../domain/legacy-user.js';
import { longestMongoUsername } from '../domain/naming.js';
import type { PasswordHashKind } from '../domain/password-hash.js';
import type { Secret } from '../domain/secret.js';
import { sizeInMegabytes } from '../domain/usage-sampling.js';
import type { MigrateUserParams } from '../operations/legacy-migrate-user.js';
import type { ClusterDirectory, DatabaseUser } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import type { Keyring } from '../ports/keyring.js';
import { LegacyPasswordUnreadable, type LegacyCipher } from '../ports/legacy-cipher.js';
import type { LegacyFinding, LegacyRunOptions } from '../ports/legacy-runs.js';
import type { LegacySource } from '../ports/legacy-source.js';
import type { LegacyDocument } from '../ports/legacy-users.js';
import { lookAtOnce, type LegacyLook } from './legacy-look.js';

export interface LegacyInspectionDependencies {
  readonly control: Pick<ControlStores, 'legacyUsers'>;
  readonly clusters: ClusterDirectory;
  readonly keyring: Keyring;
  /** Where legacy users' databases are. */
  readonly legacyClusterId: string;
}

export type LegacyInspection =
  /** Migrated already, or gone. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly findings: readonly LegacyFinding[]; readonly mongoDatabase: string | null }
  | { readonly kind: 'ready'; readonly databaseId: string; readonly params: MigrateUserParams };

export interface InspectionOrder {
  readonly userId: string;
  readonly runId: string;
  readonly origin: AuditOrigin;
  readonly cipher: LegacyCipher;
  /** Where users are looked for who are not here. */
  readonly source?: LegacySource | undefined;
  readonly options: Pick<LegacyRunOptions, 'allowPlain' | 'extraRoles'>;
  /** False: the size of the database is not asked for. */
  readonly isMeasured: boolean;
}

/** The user cannot be migrated for this reason. */
class Refusal extends Error {
  constructor(readonly finding: LegacyFinding) {
    super(finding.code);
  }
}

function refuse(code: LegacyFinding['code'], details: LegacyFinding['details'] = {}): never {
  throw new Refusal({ code, details });
}

function passwordOf({ legacy, userId }: { readonly legacy: LegacyUser; readonly userId: string }, { cipher, options }: InspectionOrder): Secret {
  if (cipher.kind === 'plain' && !options.allowPlain) refuse('PLAIN_PASSWORD_REFUSED');
  try {
    return cipher.decrypt(legacy.passwordEncrypted, userId);
  } catch (error) {
    if (error instanceof LegacyPasswordUnreadable) refuse('PASSWORD_UNREADABLE', { cipher: cipher.name, reason: error.message });
    throw error;
  }
}

async function mongoUserOf(look: LegacyLook, clusterId: string, { userId, mongoUsername }: LegacyUser, databaseId: string): Promise<DatabaseUser> {
  const user = await look.mongoUser(clusterId, mongoUsername);
  if (user === undefined) refuse('MONGODB_USER_MISSING', { username: mongoUsername });
  const { owner } = user;
  if (owner !== null && (owner.userId !== userId || owner.databaseId !== databaseId)) refuse('MONGODB_USER_TAKEN', { username: mongoUsername, user_id: owner.userId, database_id: owner.databaseId });
  return user;
}

interface RolesFound {
  readonly adjusts: boolean;
  readonly findings: readonly LegacyFinding[];
}

function rolesOf({ mongoDatabase, mongoUsername }: LegacyUser, { roles }: DatabaseUser, extraRoles: 'refuse' | 'remove'): RolesFound {
  const plan = planLegacyRoles(mongoDatabase, roles, extraRoles);
  if (plan.kind === 'refuse') refuse('WRONG_ROLES', { username: mongoUsername, roles: plan.extra });
  if (plan.kind === 'right') return { adjusts: false, findings: [] };
  const details = { roles_before: roles };
  return { adjusts: true, findings: [{ code: 'ROLES_ADJUSTED', details }, ...(plan.removed.length === 0 ? [] : [{ code: 'EXTRA_ROLES_REMOVED' as const, details: { roles: plan.removed } }])] };
}

async function emailOf(look: LegacyLook, { userId, email, hasEmailKey }: LegacyUser): Promise<{ readonly key: string | null; readonly findings: readonly LegacyFinding[] }> {
  if (email === null || hasEmailKey) return { key: null, findings: [] };
  if (await look.isEmailTaken(userId, email)) return { key: null, findings: [{ code: 'DUPLICATE_EMAIL', details: {} }] };
  return { key: email.toLowerCase(), findings: [] };
}

const signInNotes: Readonly<Record<PasswordHashKind, LegacyFinding['code'] | null>> = {
  argon2: null, bcrypt: 'SIGN_IN_BCRYPT', scrypt: 'SIGN_IN_SCRYPT', pbkdf2: 'SIGN_IN_PBKDF2', unknown: 'SIGN_IN_UNKNOWN',
};

/** `user_{u}_{d}_b` has to fit, with ids of 8 digits. */
function notesOf({ userId, isHalfMigrated, passwordHashKind }: LegacyUser): readonly LegacyFinding[] {
  const signIn = passwordHashKind === null ? null : signInNotes[passwordHashKind];
  const isTooLong = `user_${userId}_00000000_b`.length > longestMongoUsername;
  return [...(signIn === null ? [] : [{ code: signIn, details: {} }]), ...(isHalfMigrated ? [{ code: 'HALF_MIGRATED' as const, details: {} }] : []), ...(isTooLong ? [{ code: 'USER_ID_TOO_LONG' as const, details: {} }] : [])];
}

/** What is kept with an operation, and for a rollback, has to fit into one document with room to spare. */
const largestUserBytes = 6 * 1024 * 1024;

async function broughtBy(keyring: Keyring, source: LegacySource | undefined, { userId, bytes }: LegacyDocument): Promise<MigrateUserParams['brought']> {
  const apps = await source?.appsOf(userId) ?? [];
  const size = apps.reduce((sum, app) => sum + app.length, bytes.length);
  if (size > largestUserBytes) refuse('USER_TOO_LARGE', { bytes: size });
  return source === undefined ? null : { source: source.name, apps: sealApps(keyring, userId, apps) };
}

async function inspect(dependencies: LegacyInspectionDependencies, order: InspectionOrder, document: LegacyDocument, legacy: LegacyUser, look: LegacyLook): Promise<LegacyInspection> {
  const { clusters, keyring } = dependencies;
  const { userId, runId, origin, options } = order;
  const source = document.source === null ? undefined : order.source;
  const clusterId = source?.clusterId ?? dependencies.legacyClusterId;
  if (document.hasUnsupportedId) refuse('USER_ID_UNSUPPORTED');
  if (legacy.foreignEntryCount > 1) refuse('HALF_MIGRATED_SEVERAL', { entries: legacy.foreignEntryCount });
  const databaseId = legacyDatabaseId(userId);
  const password = passwordOf({ legacy, userId }, order);
  const cluster = await clusters.cluster(clusterId);
  const mongoUser = await mongoUserOf(look, clusterId, legacy, databaseId);
  if (!(await cluster.canLogIn({ username: legacy.mongoUsername, password }))) refuse('LOGIN_FAILED', { username: legacy.mongoUsername });
  const roles = rolesOf(legacy, mongoUser, options.extraRoles);
  const [email, size] = await Promise.all([emailOf(look, legacy), order.isMeasured ? cluster.databaseSize(legacy.mongoDatabase) : { bytes: 0 }]);
  const brought = await broughtBy(keyring, source, document);
  const entry = legacyDatabaseEntry(legacy, {
    databaseId, clusterId, passwordEnvelope: sealPassword(keyring, userId, databaseId, password), sizeMb: sizeInMegabytes(size.bytes), appCount: 0,
  });
  return {
    kind: 'ready', databaseId,
    params: {
      origin, run_id: runId, hash: document.hash, before: sealBefore(keyring, userId, document.bytes), entry, email_key: email.key, roles_before: mongoUser.roles.map((role) => ({ ...role })),
      adjusts_roles: roles.adjusts, brought, findings: [...notesOf(legacy), ...roles.findings, ...email.findings].map(({ code, details }) => ({ code, details: { ...details } })),
    },
  };
}

/** Throws TransientFailure where the cluster does not answer. */
export async function inspectLegacyUser(dependencies: LegacyInspectionDependencies, order: InspectionOrder, look: LegacyLook = lookAtOnce({ ...dependencies, source: order.source })): Promise<LegacyInspection> {
  const document = await look.document(order.userId);
  if (document?.legacy === undefined) return { kind: 'nothing' };
  try {
    return await inspect(dependencies, order, document, document.legacy, look);
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', findings: [error.finding], mongoDatabase: document.legacy.mongoDatabase };
    throw error;
  }
}

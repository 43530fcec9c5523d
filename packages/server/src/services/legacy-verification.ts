// Verifies migrated users (R3.4): the document, the default, the MongoDB user and its roles, a real log-in, the apps; and once for the
// platform: MongoDB users without an entry, and indexes. With `repair`, mends what cannot take anything from anybody.
import type { ObservedCredential } from '../domain/credential-plan.js';
import { plannedFor } from '../reconciler/find-drift.js';
import { openPassword } from '../credentials/stored-password.js';
import type { DatabaseEntry, DatabaseOwner } from '../domain/database-entry.js';
import { defaultFaultOf, resolveDefaultDatabase } from '../domain/default-database.js';
import type { Secret } from '../domain/secret.js';
import type { Journal } from '../journal/journal.js';
import type { DatabaseOperations } from '../operations/index.js';
import type { ClusterDirectory } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { Keyring } from '../ports/keyring.js';
import { KeyringError } from '../ports/keyring.js';
import type { LegacyFinding } from '../ports/legacy-runs.js';
import type { LegacyDocument } from '../ports/legacy-users.js';
import { DatabaseLocked } from '../ports/operations.js';
import { lookAtOnce, type LegacyLook } from './legacy-look.js';
import type { UserResult } from './legacy-user-migration.js';

type Owner = Pick<DatabaseOwner, 'userId' | 'databases' | 'defaultDatabaseId'>;

export interface LegacyVerificationDependencies {
  readonly control: ControlDatabase;
  readonly clusters: ClusterDirectory;
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly operations: Pick<DatabaseOperations, 'database.repair'>;
}

/** Something that is not as it should be, and how it is mended; without: by hand. */
export interface Defect extends LegacyFinding {
  /** False: it could not be mended after all. */
  readonly mend?: () => Promise<boolean>;
}

function defect(code: LegacyFinding['code'], details: LegacyFinding['details'], mend?: () => Promise<boolean>): Defect {
  return { code, details, ...(mend === undefined ? {} : { mend }) };
}

/** What was found, after mending where that was asked for. */
export async function verdictOn(defects: readonly Defect[], repair: boolean): Promise<{ readonly outcome: 'sound' | 'unsound' | 'repaired'; readonly findings: readonly LegacyFinding[] }> {
  let unmended = 0;
  const findings: LegacyFinding[] = [];
  for (const { code, details, mend } of defects) {
    // One after the other: they may concern the same document.
    const isMended = repair && mend !== undefined && (await mend());
    if (!isMended) unmended += 1;
    findings.push({ code, details: { ...details, is_mended: isMended } });
  }
  return { outcome: defects.length === 0 ? 'sound' : unmended === 0 ? 'repaired' : 'unsound', findings };
}

/** As the reconciler has it; and whoever was migrated has a default. */
function defaultDefects({ control }: LegacyVerificationDependencies, owner: Owner): readonly Defect[] {
  const { userId, databases, defaultDatabaseId } = owner;
  const resolved = resolveDefaultDatabase(databases, defaultDatabaseId);
  if (resolved === undefined) return [];
  const point = () => control.databases.change(userId, resolved.id, {}, { makeDefault: true });
  const fault = defaultDatabaseId === null ? { kind: 'dangling' } as const : defaultFaultOf(owner);
  if (fault === undefined) return [];
  return [fault.kind === 'dangling' ? defect('DEFAULT_DANGLING', { default_database_id: defaultDatabaseId }, point) : defect('DEFAULT_FLAG_WRONG', { flagged: fault.flagged }, point)];
}

/** The password; undefined where the master keys do not open it. */
function passwordOf({ keyring }: LegacyVerificationDependencies, userId: string, entry: DatabaseEntry): Secret | undefined {
  try {
    return openPassword(keyring, userId, entry.id, entry.mongo_password_encrypted);
  } catch (error) {
    if (error instanceof KeyringError) return undefined;
    throw error;
  }
}

async function credentialDefects(dependencies: LegacyVerificationDependencies, look: LegacyLook, userId: string, entry: DatabaseEntry): Promise<readonly Defect[]> {
  const { clusters, journal, operations } = dependencies;
  const details = { database_id: entry.id, username: entry.mongo_username };
  const password = passwordOf(dependencies, userId, entry);
  if (password === undefined) return [defect('CREDENTIAL_UNREADABLE', details)];
  const cluster = await clusters.cluster(entry.cluster_id);
  const user = await look.mongoUser(entry.cluster_id, entry.mongo_username);
  const observed: ObservedCredential = user === undefined ? { state: 'absent' } : { state: 'present', roles: user.roles, owner: user.owner };
  const action = await plannedFor(dependencies.control, entry, observed);
  const repair = async (): Promise<boolean> => {
    try {
      return (await journal.run(operations['database.repair'], { userId, databaseId: entry.id, params: { found: null } })).state === 'succeeded';
    } catch (error) {
      if (error instanceof DatabaseLocked) return false;
      throw error;
    }
  };
  if (action.kind === 'create_user') return [defect('CREDENTIAL_MISSING', details, repair)];
  const found: Defect[] = [];
  if (action.kind === 'set_roles') found.push(defect('ROLES_WRONG', details, repair));
  if (observed.state === 'present' && observed.owner === null) {
    found.push(defect('TAG_MISSING', details, async () => {
      await cluster.tagDatabaseUser(entry.mongo_username, { userId, databaseId: entry.id, operationId: 'verification' });
      return true;
    }));
  }
  if (!(await cluster.canLogIn({ username: entry.mongo_username, password }))) found.push(defect('CREDENTIAL_REFUSED', details));
  return found;
}

async function appDefects({ control }: LegacyVerificationDependencies, look: LegacyLook, { userId, databases }: Owner): Promise<readonly Defect[]> {
  const ids = databases.map(({ id }) => id);
  const dangling = await look.danglingApps(userId, ids);
  if (dangling.length === 0) return [];
  return [defect('APP_UNBOUND', { app_ids: dangling }, async () => {
    await control.transaction((stores) => stores.legacyUsers.mendApps(userId, ids));
    return true;
  })];
}

async function emailDefects({ control }: LegacyVerificationDependencies, look: LegacyLook, { userId, email, hasEmailKey }: LegacyDocument): Promise<readonly Defect[]> {
  if (email === null || hasEmailKey) return [];
  if (await look.isEmailTaken(userId, email)) return [defect('DUPLICATE_EMAIL', {})];
  return [defect('EMAIL_KEY_MISSING', {}, () => control.legacyUsers.setEmailKey(userId, email))];
}

async function defectsOf(dependencies: LegacyVerificationDependencies, look: LegacyLook, document: LegacyDocument): Promise<readonly Defect[]> {
  const { userId } = document;
  if (document.legacy !== undefined) return [defect('NOT_MIGRATED', {})];
  const owner = dependencies.control.legacyUsers.ownerIn(document);
  if (owner === 'malformed') return [defect('ENTRY_MALFORMED', {})];
  const active = owner.databases.filter(({ status }) => status === 'active');
  const credentials: Defect[] = [];
  // One after the other: users are verified several at once.
  for (const entry of active) credentials.push(...await credentialDefects(dependencies, look, userId, entry));
  return [
    ...(owner.databases.length === 0 ? [defect('DATABASES_EMPTY', {})] : []), ...defaultDefects(dependencies, owner), ...credentials,
    ...await appDefects(dependencies, look, owner), ...await emailDefects(dependencies, look, document),
  ];
}

const nothing = { databaseId: null, mongoDatabase: null, operationId: null } as const;

/** What looks wrong in a page that was read at once is looked at again alone, and counts only then. Throws TransientFailure where a cluster does not answer. */
export async function verifyLegacyUser(dependencies: LegacyVerificationDependencies, userId: string, repair: boolean, look?: LegacyLook): Promise<UserResult> {
  const alone = lookAtOnce(dependencies);
  const looks = look === undefined ? [alone] : [look, alone];
  let defects: readonly Defect[] = [];
  for (const each of looks) {
    // One after the other: the second is for those who need it.
    const document = await each.document(userId);
    if (document === undefined) return { outcome: 'skipped', findings: [], ...nothing };
    defects = await defectsOf(dependencies, each, document);
    if (defects.length === 0) break;
  }
  return { ...await verdictOn(defects, repair), ...nothing };
}

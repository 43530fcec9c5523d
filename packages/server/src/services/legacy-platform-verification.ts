// What a verification looks at once, when it has been with all users: MongoDB users that no entry knows, and the indexes of the
// control database.
import { isSurelyOrphan } from '../reconciler/find-drift.js';
import type { Cluster, DatabaseUser } from '../ports/cluster.js';
import type { ControlDatabase } from '../ports/control-database.js';
import type { ControlIndexes } from '../ports/control-indexes.js';
import type { DriftReads } from '../ports/drift-reads.js';
import type { Defect } from './legacy-verification.js';

export interface PlatformReads {
  readonly control: ControlDatabase;
  readonly drift: Pick<DriftReads, 'credentials'>;
}

const usersPerPage = 500;
/** A finding for each; beyond this, the count is enough to know that something is wrong. */
const largestReport = 200;

/** `user_{u}_{d}` and its alternate: made by a control plane, this one or another. */
const madeByControlPlane = /^user_.+_[0-9a-f]{8}(_b)?$/u;

/** The id that a legacy user's MongoDB user is named after; undefined for other names. */
function legacyUserIdOf({ username, owner }: DatabaseUser): string | undefined {
  if (owner !== null || madeByControlPlane.test(username)) return undefined;
  return /^user_(.+)$/u.exec(username)?.[1];
}

/** Of a page of MongoDB users, those that nothing accounts for at first sight: an entry that names them, or a user they are named after. */
async function suspectsAmong({ control, drift }: PlatformReads, users: readonly DatabaseUser[]): Promise<readonly DatabaseUser[]> {
  const known = await drift.credentials(users.flatMap(({ owner }) => (owner === null ? [] : [owner.databaseId])));
  const present = await control.legacyUsers.presentAmong(users.flatMap((user) => legacyUserIdOf(user) ?? []));
  return users.filter((user) => {
    if (user.owner === null) return !present.has(legacyUserIdOf(user) ?? '');
    const credential = known.get(user.owner.databaseId);
    return credential?.userId !== user.owner.userId || credential.username !== user.username;
  });
}

async function defectOf(control: ControlDatabase, cluster: Cluster, user: DatabaseUser): Promise<Defect | undefined> {
  const details = { username: user.username, cluster_id: cluster.id };
  if (await isSurelyOrphan(control, user)) return { code: 'ORPHANED_MONGODB_USER', details, mend: () => cluster.dropDatabaseUser(user.username) };
  const userId = legacyUserIdOf(user);
  if (userId === undefined || (await control.legacyUsers.read(userId)) !== undefined) return undefined;
  return { code: 'UNKNOWN_MONGODB_USER', details };
}

async function credentialsWithoutEntry(reads: PlatformReads, cluster: Cluster): Promise<readonly Defect[]> {
  const found: Defect[] = [];
  let after: string | null = null;
  for (;;) {
    // Page after page; what looks wrong in a page is looked at alone, one after the other: nobody waits for this.
    const users: readonly DatabaseUser[] = await cluster.listDatabaseUsers(after, usersPerPage);
    if (users.length === 0) return found;
    after = users.at(-1)!.username;
    for (const user of await suspectsAmong(reads, users)) {
      const defect = await defectOf(reads.control, cluster, user);
      if (defect !== undefined && found.length < largestReport) found.push(defect);
    }
  }
}

/** Throws TransientFailure where the cluster does not answer. */
export async function platformDefects(reads: PlatformReads, cluster: Cluster, indexes: ControlIndexes): Promise<readonly Defect[]> {
  const missing = await indexes.missing();
  const ofIndexes: readonly Defect[] = missing.length === 0 ? [] : [{ code: 'INDEX_MISSING', details: { indexes: missing }, mend: async () => {
    await indexes.make();
    return true;
  } }];
  return [...ofIndexes, ...await credentialsWithoutEntry(reads, cluster)];
}

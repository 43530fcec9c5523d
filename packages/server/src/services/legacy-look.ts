// What runs read of users before they do anything: of one user at a time, or of a whole page at once, which costs a fraction of it. What
// is read at once is a few seconds old at most, and nothing is written on the strength of it alone: an operation reads the document again in the
// transaction that reserves, and what looks wrong to a verification is looked at again alone.
import type { DatabaseOwner } from '../domain/database-entry.js';
import type { Clock } from '../ports/clock.js';
import type { ClusterDirectory, DatabaseUser } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import type { LegacySource } from '../ports/legacy-source.js';
import type { EmailHolder, LegacyApp, LegacyDocument } from '../ports/legacy-users.js';

export interface LegacyLookDependencies {
  readonly control: Pick<ControlStores, 'legacyUsers'>;
  readonly clusters: ClusterDirectory;
  /** Where users are looked for who are not here. */
  readonly source?: LegacySource | undefined;
}

/** Each throws TransientFailure where what is asked does not answer. */
export interface LegacyLook {
  document(userId: string): Promise<LegacyDocument | undefined>;
  mongoUser(clusterId: string, username: string): Promise<DatabaseUser | undefined>;
  /** Whether another account has the address, in any case. */
  isEmailTaken(userId: string, email: string): Promise<boolean>;
  /** Apps of the user that name a database which is not among these. */
  danglingApps(userId: string, databaseIds: readonly string[]): Promise<readonly string[]>;
}

/** Asks at every question. */
export function lookAtOnce({ control: { legacyUsers }, clusters, source }: LegacyLookDependencies): LegacyLook {
  return {
    document: async (userId) => await legacyUsers.read(userId) ?? source?.read(userId),
    mongoUser: async (clusterId, username) => (await clusters.cluster(clusterId)).findDatabaseUser(username),
    isEmailTaken: (userId, email) => legacyUsers.isEmailTaken(userId, email),
    danglingApps: async (userId, databaseIds) => [...await legacyUsers.danglingApps(userId, databaseIds), ...await source?.danglingApps(userId, databaseIds) ?? []],
  };
}

const freshForMilliseconds = 5_000;

interface Page {
  readonly documents: ReadonlyMap<string, LegacyDocument>;
  /** By cluster and name; of those asked for, who is not in it is not there. */
  readonly mongoUsers: ReadonlyMap<string, DatabaseUser | undefined>;
  readonly emails: readonly EmailHolder[];
  readonly apps: ReadonlyMap<string, readonly LegacyApp[]>;
}

const mongoUserKey = (clusterId: string, username: string): string => JSON.stringify([clusterId, username]);

/** The MongoDB users of a page's documents, by cluster. */
function usernamesOf(documents: Iterable<LegacyDocument>, ownerIn: (document: LegacyDocument) => Pick<DatabaseOwner, 'databases'> | 'malformed', clusterOf: (document: LegacyDocument) => string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  const add = (clusterId: string, username: string): void => void names.set(clusterId, [...names.get(clusterId) ?? [], username]);
  for (const document of documents) {
    const owner = document.legacy === undefined ? ownerIn(document) : 'malformed';
    if (document.legacy !== undefined) add(clusterOf(document), document.legacy.mongoUsername);
    else if (owner !== 'malformed') for (const entry of owner.databases) add(entry.cluster_id, entry.mongo_username);
  }
  return names;
}

/** Those who are not here come from the source. */
async function documentsOf({ control: { legacyUsers }, source }: LegacyLookDependencies, userIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDocument>> {
  const here = await legacyUsers.readMany(userIds);
  const others = source === undefined ? [] : await source.readMany(userIds.filter((userId) => !here.has(userId)));
  return new Map([...here, ...others]);
}

async function readPage(dependencies: LegacyLookDependencies, userIds: readonly string[], legacyClusterId: string): Promise<Page> {
  const { control: { legacyUsers }, clusters, source } = dependencies;
  const documents = await documentsOf(dependencies, userIds);
  const clusterOf = ({ source: name }: LegacyDocument): string => (name === null ? legacyClusterId : source?.clusterId ?? legacyClusterId);
  const mongoUsers = new Map<string, DatabaseUser | undefined>();
  const users = async (): Promise<void> => {
    for (const [clusterId, names] of usernamesOf(documents.values(), (document) => legacyUsers.ownerIn(document), clusterOf)) {
      // Cluster after cluster: nearly always there is one.
      const found = await (await clusters.cluster(clusterId)).findDatabaseUsers(names);
      for (const username of names) mongoUsers.set(mongoUserKey(clusterId, username), found.get(username));
    }
  };
  const addresses = [...documents.values()].flatMap(({ email, hasEmailKey }) => (email === null || hasEmailKey ? [] : [email]));
  const ids = [...documents.keys()];
  const [emails, apps, appsThere] = await Promise.all([legacyUsers.holdersOf(addresses), legacyUsers.appsNamingDatabases(ids), source?.appsNamingDatabases(ids) ?? new Map<string, readonly LegacyApp[]>(), users()]);
  return { documents, mongoUsers, emails, apps: new Map(ids.map((userId) => [userId, [...apps.get(userId) ?? [], ...appsThere.get(userId) ?? []]])) };
}

/** Null: only a question to the database can tell, since two users of the page would have the same key. */
function isTakenIn({ documents, emails }: Page, userId: string, email: string): boolean | null {
  const key = email.toLowerCase();
  const rivals = [...documents.values()].filter((document) => document.userId !== userId && document.email?.toLowerCase() === key);
  if (rivals.length > 0) return null;
  return emails.some((holder) => holder.userId !== userId && (holder.emailKey === key || holder.email === email || holder.email === key));
}

/** Reads a page of users at once; what is older than a few seconds, or was not in the page, is asked for alone. */
export async function lookAtPage(dependencies: LegacyLookDependencies & { readonly clock: Clock; readonly legacyClusterId: string }, userIds: readonly string[]): Promise<LegacyLook> {
  const { clock, legacyClusterId } = dependencies;
  const alone = lookAtOnce(dependencies);
  const readAt = clock.now().getTime();
  // Whatever stands in the way of reading all at once is met again, and told, user by user.
  const page = await readPage(dependencies, userIds, legacyClusterId).catch(() => undefined);
  const fresh = (): Page | undefined => (clock.now().getTime() - readAt < freshForMilliseconds ? page : undefined);
  return {
    document: async (userId) => fresh()?.documents.get(userId) ?? alone.document(userId),
    mongoUser: async (clusterId, username) => {
      const key = mongoUserKey(clusterId, username);
      const known = fresh()?.mongoUsers;
      return known?.has(key) === true ? known.get(key) : alone.mongoUser(clusterId, username);
    },
    isEmailTaken: async (userId, email) => {
      const known = fresh();
      return (known === undefined ? null : isTakenIn(known, userId, email)) ?? alone.isEmailTaken(userId, email);
    },
    danglingApps: async (userId, databaseIds) => {
      const known = fresh();
      if (known?.documents.has(userId) !== true) return alone.danglingApps(userId, databaseIds);
      return (known.apps.get(userId) ?? []).filter(({ databaseId }) => !databaseIds.includes(databaseId)).map(({ appId }) => appId);
    },
  };
}

// What must hold when everything has come to rest: what was acknowledged is there, what was deleted is gone, and nothing is left over.
import { MongoClient, type Db, type Document } from 'mongodb';
import { pause } from './asker.js';
import { contentViolations } from './inspect-contents.js';
import { eventViolations, undelivered } from './inspect-events.js';
import type { KnownDatabase, Person } from './person.js';

export interface Account {
  readonly userId: string;
  readonly totalQuotaMb: number;
  readonly people: readonly Person[];
  /** Events that the account's webhook was told of. */
  readonly received: (userId: string) => ReadonlySet<string>;
}

interface StoredEntry {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly quota_mb: number | null;
  readonly current_size_mb: number;
  readonly mongo_username: string;
  readonly mongo_database: string;
  readonly cluster_id: string;
}

const ofAccounts = (accounts: readonly Account[]): Document => ({ user_id: { $in: accounts.map(({ userId }) => userId) } });

async function entriesOf(control: Db, userId: string): Promise<readonly StoredEntry[]> {
  const user = await control.collection('users').findOne({ $expr: { $eq: [{ $toString: '$_id' }, userId] } }, { projection: { databases: 1 } });
  return (user?.['databases'] ?? []) as StoredEntry[];
}

/** Totals that are over, and names that are there twice. Holds at any moment. */
export async function quotaViolations(control: Db, accounts: readonly Account[]): Promise<readonly string[]> {
  const found = await Promise.all(accounts.map(async ({ userId, totalQuotaMb }) => {
    const entries = await entriesOf(control, userId);
    const promised = entries.reduce((sum, { quota_mb, current_size_mb }) => sum + Math.max(quota_mb ?? 0, current_size_mb), 0);
    const names = entries.map(({ name }) => name.toLowerCase());
    return [
      ...(promised > totalQuotaMb ? [`${userId} was promised ${promised} MB of ${totalQuotaMb}`] : []),
      ...(new Set(names).size < names.length ? [`${userId} has two databases of one name`] : []),
    ];
  }));
  return found.flat();
}

/** What is still under way; empty when everything has come to rest. */
async function unfinished(control: Db, accounts: readonly Account[]): Promise<readonly string[]> {
  const known = accounts.flatMap(({ people }) => people.flatMap(({ databases }) => databases));
  const open = await control.collection('operations').find({ ...ofAccounts(accounts), state: { $in: ['running', 'undoing'] } }).toArray();
  const entries = (await Promise.all(accounts.map(({ userId }) => entriesOf(control, userId)))).flat();
  const ids = new Set(entries.map(({ id }) => id));
  const unpurged = known.filter(({ id, state }) => state === 'purged' && ids.has(id));
  // What was put off (for minutes, while something else was at work) is due at once: nobody waits here for time to pass.
  await control.collection('schedule').updateMany({ kind: 'database.purge', database_id: { $in: unpurged.map(({ id }) => id) } }, { $set: { run_at: new Date(0) } });
  const inBetween = entries.filter(({ status }) => status !== 'active' && status !== 'deleting');
  return [
    ...open.map((operation) => `${operation['kind']} ${String(operation['_id'])} is ${operation['state']} (${operation['error_code'] ?? 'no error'})`),
    ...unpurged.map(({ id }) => `${id} is to be purged`),
    ...inBetween.map(({ id, status }) => `${id} is ${status}`),
  ];
}

async function opens(database: KnownDatabase): Promise<string | undefined> {
  const client = new MongoClient(database.uri, { serverSelectionTimeoutMS: 5000 });
  try {
    const found = await client.db().collection('sentinel').findOne();
    return found?.['n'] === database.sentinel ? undefined : 'does not hold what was written';
  } catch (error) {
    return `does not open (${String(error)})`;
  } finally {
    await client.close();
  }
}

async function databaseViolations(database: KnownDatabase, entry: StoredEntry | undefined, admin: Db): Promise<readonly string[]> {
  const { id, state } = database;
  if (state === 'purged') {
    const { databases } = await admin.command({ listDatabases: 1, nameOnly: true, filter: { name: database.mongoDatabase } });
    return [...(entry === undefined ? [] : [`${id} was purged and has an entry`]), ...((databases as unknown[]).length === 0 ? [] : [`${id} was purged and has data`])];
  }
  if (entry === undefined) return [`${id} (${state}) is lost`];
  const found = entry.status === state ? [] : [`${id} is ${entry.status} and was acknowledged as ${state}`];
  if (entry.quota_mb !== database.quotaMb) found.push(`${id} has a quota of ${entry.quota_mb} MB and was acknowledged with ${database.quotaMb}`);
  const failure = await opens(database);
  if (state === 'active' && failure !== undefined) found.push(`${id} ${failure}`);
  if (state === 'deleting' && failure === undefined) found.push(`${id} is deleted and its credential opens it`);
  return found;
}

/** Effects against acknowledgements: creations by entry, rotations by what the audit log says. */
async function doubleEffects(control: Db, { userId, people }: Account): Promise<readonly string[]> {
  const known = people.flatMap(({ databases }) => databases);
  const entries = await entriesOf(control, userId);
  const stray = entries.filter(({ id }) => !known.some((database) => database.id === id));
  const created = await control.collection('audit_events').countDocuments({ user_id: userId, action: 'database.created' });
  const rotations = await Promise.all(known.map(async ({ id, rotations: acknowledged }) => {
    const done = await control.collection('operations').countDocuments({ database_id: id, kind: 'database.rotate_credentials', state: 'succeeded' });
    return done === acknowledged ? [] : [`${id} was rotated ${done} times and ${acknowledged} were acknowledged`];
  }));
  return [
    ...stray.map(({ id, name }) => `${id} (${name}) is there and nobody was told`),
    ...(created === known.length ? [] : [`${userId}: ${created} databases were created and ${known.length} acknowledged`]),
    ...rotations.flat(),
  ];
}

/** MongoDB users without an entry, entries without a user, and room that is counted wrong. */
async function orphans(control: Db, admin: Db, accounts: readonly Account[]): Promise<readonly string[]> {
  const ids = new Set(accounts.map(({ userId }) => userId));
  const { users } = (await admin.command({ usersInfo: 1 })) as Document & { users: { user: string; customData?: { freehold?: { user_id: string; database_id: string } } }[] };
  const ours = users.filter(({ customData }) => customData?.freehold !== undefined && ids.has(customData.freehold.user_id));
  const entries = (await Promise.all(accounts.map(({ userId }) => entriesOf(control, userId)))).flat();
  const inGrace = new Set((await control.collection('schedule').find({ ...ofAccounts(accounts), kind: 'database.revoke_previous' }).toArray()).map((job) => job['username'] as string));
  const expected = new Set(entries.filter(({ status }) => status === 'active').map(({ mongo_username: username }) => username));
  const present = new Set(ours.map(({ user }) => user));
  return [
    ...[...present].filter((username) => !expected.has(username) && !inGrace.has(username)).map((username) => `MongoDB user ${username} has no entry`),
    ...[...expected].filter((username) => !present.has(username)).map((username) => `the entry of ${username} has no MongoDB user`),
  ];
}

async function countedRoom(control: Db): Promise<readonly string[]> {
  const clusters = await control.collection('clusters').find().toArray();
  const found = await Promise.all(clusters.map(async (cluster) => {
    const [held] = await control.collection('users').aggregate([{ $unwind: '$databases' }, { $match: { 'databases.cluster_id': cluster['_id'] } }, { $count: 'n' }]).toArray();
    const expected = Number(held?.['n'] ?? 0) + Number(cluster['foreign_user_count'] ?? 0);
    return cluster['user_count'] === expected ? [] : [`cluster ${String(cluster['_id'])} counts ${cluster['user_count']} users and has ${expected}`];
  }));
  return found.flat();
}

/** Waits until there is nothing to tell, and tells what is left after `longest_ms`. */
export async function settled(find: () => Promise<readonly string[]>, longest_ms: number): Promise<readonly string[]> {
  const deadline = Date.now() + longest_ms;
  for (;;) {
    const left = await find();
    if (left.length === 0 || Date.now() >= deadline) return left;
    await pause(250);
  }
}

export interface InspectionOptions {
  readonly client: MongoClient;
  readonly accounts: readonly Account[];
  readonly settle_ms: number;
  /** Starts a replica anew: its reconciler sweeps at its start. */
  readonly sweep: () => Promise<void>;
}

export async function inspect({ client, accounts, settle_ms, sweep }: InspectionOptions): Promise<readonly string[]> {
  const control = client.db('freehold');
  const admin = client.db('admin');
  const stuck = await settled(() => unfinished(control, accounts), settle_ms);
  const violations = [...stuck.map((what) => `not settled: ${what}`), ...(await quotaViolations(control, accounts))];
  for (const account of accounts) {
    const entries = await entriesOf(control, account.userId);
    const known = account.people.flatMap(({ databases }) => databases);
    violations.push(...(await Promise.all(known.map((database) => databaseViolations(database, entries.find(({ id }) => id === database.id), admin)))).flat());
    violations.push(...(await doubleEffects(control, account)));
  }
  violations.push(...(await settled(() => orphans(control, admin, accounts), settle_ms)));
  violations.push(...(await settled(() => undelivered(control, accounts), settle_ms)));
  for (const account of accounts) violations.push(...(await contentViolations(control, account)), ...(await eventViolations(control, account)));
  await sweep();
  violations.push(...(await settled(() => countedRoom(control), settle_ms)));
  return violations;
}

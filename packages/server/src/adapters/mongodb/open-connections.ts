// Which users have connections open, on all members of a replica set: `$currentOp` tells of the server that is asked alone, and an app
// that only reads from secondaries has none to the primary. Source: the manual's page "$currentOp (aggregation)".
import { MongoClient, type Db, type Document } from 'mongodb';
import { ConnectionString } from 'mongodb-connection-string-url';
import { z } from 'zod';
import { PermanentFailure } from '../../ports/failures.js';
import { clientOptions } from './client-options.js';

const helloSchema = z.object({
  msg: z.string().optional(), me: z.string().optional(), hosts: z.array(z.string()).default([]), passives: z.array(z.string()).default([]),
});
const countsSchema = z.array(z.object({ _id: z.string(), count: z.number() }));

/** PermanentFailure: not all of them can be seen. */
const notVisible = 'CONNECTIONS_NOT_VISIBLE';
const memberTimeoutMilliseconds = 3_000;

function pipeline(usernames: readonly string[] | null): Document[] {
  const ofUsers = { 'effectiveUsers.db': 'admin', ...(usernames === null ? {} : { 'effectiveUsers.user': { $in: [...usernames] } }) };
  return [
    { $currentOp: { allUsers: true, idleConnections: true, idleSessions: false } },
    { $match: ofUsers },
    { $unwind: '$effectiveUsers' },
    { $match: ofUsers },
    // A connection that runs something shows as an operation each: connections are told apart by their id, or the client's address.
    { $group: { _id: { user: '$effectiveUsers.user', connection: { $ifNull: ['$connectionId', '$client'] } } } },
    { $group: { _id: '$_id.user', count: { $sum: 1 } } },
  ];
}

async function countsOf(admin: Db, usernames: readonly string[] | null): Promise<z.infer<typeof countsSchema>> {
  return countsSchema.parse(await admin.aggregate(pipeline(usernames)).toArray());
}

/** The URI of one member, as the administrator. */
export function memberUri(uri: string, host: string): string {
  const parsed = new ConnectionString(uri);
  const options = new URLSearchParams(parsed.searchParams);
  for (const name of ['replicaSet', 'loadBalanced', 'srvServiceName', 'srvMaxHosts']) options.delete(name);
  options.set('directConnection', 'true');
  // A seed list implies it.
  if (parsed.isSRV && !options.has('tls') && !options.has('ssl')) options.set('tls', 'true');
  if (!options.has('authSource')) options.set('authSource', 'admin');
  const credentials = parsed.username === '' ? '' : `${parsed.username}:${parsed.password}@`;
  return `mongodb://${credentials}${host}/?${options.toString()}`;
}

async function countsOfMember(uri: string, host: string, usernames: readonly string[] | null): Promise<z.infer<typeof countsSchema>> {
  const member = memberUri(uri, host);
  const client = new MongoClient(member, { ...clientOptions(member, 'freehold control plane'), serverSelectionTimeoutMS: memberTimeoutMilliseconds, maxPoolSize: 1 });
  try {
    return await countsOf(client.db('admin'), usernames);
  } catch (error) {
    throw new PermanentFailure(notVisible, 'a member of the set does not say which connections are open', { cause: error });
  } finally {
    await client.close();
  }
}

/** Open connections by user of `admin`. Throws PermanentFailure `CONNECTIONS_NOT_VISIBLE`, and what the driver throws. */
export async function connectionsByUser(admin: Db, uri: string, usernames: readonly string[] | null): Promise<ReadonlyMap<string, number>> {
  const { msg, me, hosts, passives } = helloSchema.parse(await admin.command({ hello: 1 }));
  if (msg === 'isdbgrid') throw new PermanentFailure(notVisible, 'a router of shards shows its own connections only');
  const others = [...hosts, ...passives].filter((host) => host !== me);
  // A set has 50 members at most, and they are asked at once.
  const answers = await Promise.all([countsOf(admin, usernames), ...others.map((host) => countsOfMember(uri, host, usernames))]);
  const byUser = new Map<string, number>();
  for (const { _id: user, count } of answers.flat()) byUser.set(user, (byUser.get(user) ?? 0) + count);
  return byUser;
}

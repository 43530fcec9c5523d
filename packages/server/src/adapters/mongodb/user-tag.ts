// Whose a MongoDB user is, written beside whatever else its `customData` holds: for users that the platform did not make.
import type { Db, Document } from 'mongodb';
import { z } from 'zod';

const usersInfoSchema = z.object({ users: z.array(z.object({ customData: z.record(z.string(), z.unknown()).optional().catch(undefined) })) });

/** See `Cluster.tagDatabaseUser`. `updateUser` replaces the whole of `customData`, so it is read first. */
export async function tagUser(admin: Db, username: string, tag: Document | null, roles?: readonly Document[]): Promise<void> {
  const [user] = usersInfoSchema.parse(await admin.command({ usersInfo: { user: username, db: 'admin' } })).users;
  const others = Object.fromEntries(Object.entries(user?.customData ?? {}).filter(([name]) => name !== 'freehold'));
  await admin.command({ updateUser: username, customData: { ...others, ...tag }, ...(roles === undefined ? {} : { roles }), writeConcern: { w: 'majority', wtimeout: 10_000 } });
}

// The MongoDB users of `admin`, page by page. `usersInfo` has no limit, and its answer for some 50,000 users is larger than a document
// may be; the collection behind it can be read in pages by whoever administrates all users (manual, "userAdminAnyDatabase"). Managed
// clusters keep it to themselves: there `usersInfo` has to do.
import type { Db, Document } from 'mongodb';
import { z } from 'zod';
import { hasCode, mongoCodes } from './failures.js';

const usersInfoSchema = z.object({ users: z.array(z.looseObject({ user: z.string() })) });

/** Ids are `<database>.<user>`; "/" is what comes after "." in the order of bytes. */
const afterAllOfAdmin = 'admin/';

async function unlessHidden<Result>(reading: Promise<Result>, otherwise: () => Promise<Result>): Promise<Result> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, mongoCodes.unauthorized) || hasCode(error, mongoCodes.atlasError)) return otherwise();
    throw error;
  }
}

/** The users whose name is greater, in the order of their names, without what their passwords are checked against. */
export async function pageOfUsers(admin: Db, after: string | null, limit: number): Promise<readonly Document[]> {
  const page = admin.collection<{ _id: string }>('system.users')
    .find({ _id: { $gt: `admin.${after ?? ''}`, $lt: afterAllOfAdmin } }, { projection: { _id: 0, user: 1, roles: 1, customData: 1 } }).sort({ _id: 1 }).limit(limit).toArray();
  return unlessHidden<readonly Document[]>(page, async () => {
    const answer = await admin.command({ usersInfo: 1, ...(after === null ? {} : { filter: { user: { $gt: after } } }) });
    return usersInfoSchema.parse(answer).users.sort((a, b) => (a.user < b.user ? -1 : 1)).slice(0, limit);
  });
}

/** All users of the cluster, in whichever database they are. From the collection's metadata: every replica asks every few seconds, and there may be 100,000. */
export async function countAllUsers(admin: Db): Promise<number> {
  return unlessHidden(admin.collection('system.users').estimatedDocumentCount(), async () => usersInfoSchema.parse(await admin.command({ usersInfo: { forAllDBs: true } })).users.length);
}

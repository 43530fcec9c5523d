// Takes every right from the credentials of a database whose owner's account is disabled together with its databases, and gives them back
// when it is enabled again. Under the database's lock, so that no rotation makes a credential with other roles meanwhile.
import { z } from 'zod';
import { setDatabaseAccess } from '../credentials/quota-roles.js';
import { tenantUserAt, type TenantUser } from '../credentials/tenant-user.js';
import { platformOrigin } from '../domain/audit-origin.js';
import { accessOf } from '../domain/database-access.js';
import { DatabaseAbsent, DatabaseInWrongStatus, requireEntry } from '../domain/database-status.js';
import { quotaLevels } from '../domain/database-entry.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const foundSchema = z.strictObject({
  cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), is_suspended: z.boolean(), quota_level: z.enum(quotaLevels).optional(), is_frozen: z.boolean().optional(),
});

const paramsSchema = z.strictObject({
  /** Found out by the reservation: `is_suspended` is what it is to be. */
  found: foundSchema.nullable(),
});

export type SetSuspensionParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<SetSuspensionParams>;

/** The database is as it is to be. */
export class SuspensionUnchanged extends Error {
  override readonly name = 'SuspensionUnchanged';
}

async function reserve(stores: ControlStores, { userId, databaseId }: Context): Promise<SetSuspensionParams> {
  const { owner, entry } = requireEntry(await stores.databases.owner(userId), databaseId);
  if (entry.status !== 'active') throw new DatabaseInWrongStatus(entry.status);
  const is_suspended = owner.areDatabasesSuspended === true;
  if ((entry.is_suspended ?? false) === is_suspended) throw new SuspensionUnchanged('the database is as it is to be');
  if (!(await stores.databases.change(userId, databaseId, { is_suspended }, { whereStatus: ['active'] }))) throw new DatabaseAbsent('the database is gone');
  const { cluster_id, mongo_database, mongo_username, quota_level, is_frozen } = entry;
  return { found: { cluster_id, mongo_database, mongo_username, is_suspended, ...(quota_level === undefined ? {} : { quota_level }), ...(is_frozen === undefined ? {} : { is_frozen }) } };
}

interface Found extends z.infer<typeof foundSchema> {
  readonly user: TenantUser;
}

function found(context: Context): Found {
  const { params } = context;
  if (params.found === null) throw new Error('the reservation of a suspension writes down what it found');
  return { ...params.found, user: tenantUserAt(params.found, context) };
}

/** The `database.set_suspension` operation. */
export function databaseSetSuspension(world: OperationWorld): OperationDefinition<SetSuspensionParams> {
  return {
    kind: 'database.set_suspension',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: {
      name: 'reserve',
      apply: reserve,
      undo: async (stores, context) => {
        await stores.databases.change(context.userId, context.databaseId, { is_suspended: !found(context).is_suspended });
      },
    },
    steps: [
      {
        name: 'set_roles',
        apply: (context) => setDatabaseAccess(world.clusters, found(context).user, accessOf(found(context))),
        undo: (context) => setDatabaseAccess(world.clusters, found(context).user, accessOf({ ...found(context), is_suspended: !found(context).is_suspended })),
      },
    ],
    conclusion: {
      name: 'finish',
      apply: async (stores, context) => {
        const { userId, databaseId } = context;
        await stores.audit.record({
          action: found(context).is_suspended ? 'database.suspended' : 'database.resumed', origin: platformOrigin('account'), userId,
          subject: { kind: 'database', id: databaseId }, at: world.clock.now(), details: {},
        });
        return { is_suspended: found(context).is_suspended };
      },
    },
  };
}

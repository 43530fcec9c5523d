// Gives a database a new password, in place: the new one is written down encrypted, set, proven, and only then stored as the
// current one; where anything before that fails, the old one is set again. Steps are per credential, so that a second
// credential beside the first is one more pair of steps.
import { z } from 'zod';
import { openPassword } from '../credentials/stored-password.js';
import { proveTenantUser, setTenantPassword, type TenantUser } from '../credentials/tenant-user.js';
import { auditOriginSchema } from '../domain/audit-origin.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import type { OperationContext, OperationDefinition } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import type { OperationWorld } from './operation-world.js';

const paramsSchema = z.strictObject({
  origin: auditOriginSchema,
  next_password_encrypted: z.string(),
  /** Found out by the reservation. */
  found: z.strictObject({ cluster_id: z.string(), mongo_database: z.string(), mongo_username: z.string(), previous_password_encrypted: z.string() }).nullable(),
});

export type RotateCredentialsParams = Readonly<z.infer<typeof paramsSchema>>;
type Context = OperationContext<RotateCredentialsParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context): Promise<RotateCredentialsParams> {
  const database = await stores.databases.find(userId, databaseId);
  if (database === undefined) throw new DatabaseAbsent('no such database');
  const { status, cluster_id, mongo_database, mongo_username, mongo_password_encrypted: previous_password_encrypted } = database.entry;
  if (status !== 'active') throw new DatabaseInWrongStatus(status);
  return { ...params, found: { cluster_id, mongo_database, mongo_username, previous_password_encrypted } };
}

function found({ userId, databaseId, params }: Context): { readonly user: TenantUser; readonly previousEnvelope: string } {
  if (params.found === null) throw new Error('the reservation of a rotation writes down what it found');
  const { cluster_id: clusterId, mongo_database: database, mongo_username: username, previous_password_encrypted: previousEnvelope } = params.found;
  return { user: { clusterId, username, database, userId, databaseId }, previousEnvelope };
}

async function store({ control, clock }: OperationWorld, { userId, databaseId, params }: Context): Promise<void> {
  const change = { mongo_password_encrypted: params.next_password_encrypted, last_rotated_at: clock.now() };
  if (!(await control.databases.change(userId, databaseId, change))) throw new DatabaseAbsent('the database is gone');
}

/** The apps that have the credential now: bound to the database, or using it as the default. */
async function redeployApps({ control, redeployer }: OperationWorld, { userId, databaseId }: Context): Promise<void> {
  const owner = await control.databases.owner(userId);
  const isDefault = owner !== undefined && resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId)?.id === databaseId;
  const apps = [...await control.apps.boundTo(userId, databaseId), ...(isDefault ? await control.apps.boundTo(userId, null) : [])];
  if (apps.length > 0) await redeployer.redeploy(userId, apps.map(({ _id }) => _id));
}

/** The `database.rotate_credentials` operation. */
export function databaseRotateCredentials(world: OperationWorld): OperationDefinition<RotateCredentialsParams> {
  const { clusters, keyring } = world;
  const open = ({ userId, databaseId }: Context, envelope: string) => openPassword(keyring, userId, databaseId, envelope);
  const next = (context: Context) => open(context, context.params.next_password_encrypted);
  return {
    kind: 'database.rotate_credentials',
    params: paramsSchema,
    onFailure: 'undo',
    reservation: { name: 'reserve', apply: reserve, undo: () => Promise.resolve() },
    steps: [
      {
        name: 'set_password',
        apply: (context) => setTenantPassword(clusters, found(context).user, next(context), context.operationId),
        undo: (context) => setTenantPassword(clusters, found(context).user, open(context, found(context).previousEnvelope), context.operationId),
      },
      { name: 'prove', apply: (context) => proveTenantUser(clusters, found(context).user, next(context)) },
      { name: 'store', apply: (context) => store(world, context), isPointOfNoReturn: true },
      { name: 'redeploy_apps', apply: (context) => redeployApps(world, context) },
    ],
    conclusion: {
      name: 'finish',
      apply: async (stores, { userId, databaseId, params, startedAt }) => {
        await stores.audit.record({
          action: 'database.credentials_rotated', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at: world.clock.now(), details: {},
        });
        return { previous_valid_until: startedAt.toISOString() };
      },
    },
  };
}

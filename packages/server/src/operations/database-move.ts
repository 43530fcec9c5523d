// Moves a database's data elsewhere (R4.4, R3.5): into another database of the same user, to another cluster, or under another name. The
// data is copied and compared, and only then do record and apps change over; until then everything can be taken back, and for a while after
// it the source stays as it was (`database.move_back`, `database.end_move`).
//
// Offline: nobody writes to the source from the beginning. Online: its writers go on while it is copied and compared, their changes are made up
// for, and they stop for the moment in which the last of them are. In both the credentials of the source keep the right to read.
import { copyCollections } from '../copying/copy-collections.js';
import { CopyNotes, copyNotesSchema, isPlain } from '../copying/copy-notes.js';
import { copyParts, type CopyParts } from '../copying/copy-parts.js';
import { whileFollowing } from '../copying/follow-changes.js';
import { foundBy, isRelocation, moveParamsSchema, userAt, type MoveParams, type MoveResult } from '../copying/move-parameters.js';
import { preflight, setAsidePrefix } from '../copying/preflight.js';
import { settleEverything, settleWhileChanging } from '../copying/settle-definitions.js';
import { takeNames } from '../copying/take-names.js';
import { compareBeforehand, verifyCopy } from '../copying/verify-copy.js';
import { setDatabaseAccess, settleQuotaRoles } from '../credentials/quota-roles.js';
import { openPassword } from '../credentials/stored-password.js';
import { createTenantUser, dropOwnTenantUser, dropTenantDatabase, dropTenantUsers, proveTenantUser } from '../credentials/tenant-user.js';
import { accessOf } from '../domain/database-access.js';
import { DatabaseAbsent, DatabaseInWrongStatus } from '../domain/database-status.js';
import { resolveDefaultDatabase } from '../domain/default-database.js';
import { decideMove, MoveRefused } from '../domain/move.js';
import { alternateUsername } from '../domain/naming.js';
import { OperationAborted } from '../domain/operation.js';
import type { OperationContext, OperationDefinition, StepContext } from '../journal/operation-definition.js';
import type { ControlStores } from '../ports/control-database.js';
import { DatabaseLocked } from '../ports/operations.js';
import type { OperationWorld } from './operation-world.js';

type Context = OperationContext<MoveParams>;
type Running = StepContext<MoveParams>;

async function reserve(stores: ControlStores, { userId, databaseId, params }: Context): Promise<MoveParams> {
  const owner = await stores.databases.owner(userId);
  if (owner === undefined) throw new DatabaseAbsent('no such database');
  const { source, from, to, target } = decideMove(owner, databaseId, params.target);
  if ((await stores.schedule.find('database.end_move', databaseId)) !== undefined) throw new MoveRefused('still_reversible');
  if (from.cluster_id !== to.cluster_id && target === null) {
    const cluster = await stores.clusters.find(to.cluster_id);
    if (cluster === undefined) throw new MoveRefused('cluster_unknown');
    if (!cluster.acceptsNewDatabases) throw new MoveRefused('cluster_draining');
    if (!(await stores.clusters.claimUser(to.cluster_id))) throw new MoveRefused('cluster_without_room');
  }
  const was_default = resolveDefaultDatabase(owner.databases, owner.defaultDatabaseId)?.id === databaseId;
  // Named as the default where it was it without a name: while it is moved it stays it.
  if (!(await stores.databases.change(userId, databaseId, { status: 'migrating' }, { whereStatus: ['active'], makeDefault: was_default }))) throw new DatabaseInWrongStatus(source.status);
  if (target !== null) {
    const open = await stores.operations.openOn(target.id);
    if (open !== undefined) throw new DatabaseLocked(open._id);
    // Its room is taken from now on.
    await stores.databases.change(userId, target.id, { status: 'migrating', current_size_mb: target.current_size_mb + source.current_size_mb }, { whereStatus: ['active'] });
  }
  const app_ids = (await stores.apps.boundTo(userId, databaseId)).map(({ _id }) => _id);
  return { ...params, found: { from, to, password_encrypted: source.mongo_password_encrypted, was_default, app_ids, target_size_mb: target?.current_size_mb ?? null } };
}

async function release(stores: ControlStores, context: Context): Promise<void> {
  const { userId } = context;
  const found = foundBy(context);
  await stores.databases.change(userId, found.from.database_id, { status: 'active' }, { whereStatus: ['migrating'] });
  if (!isRelocation(found)) await stores.databases.change(userId, found.to.database_id, { status: 'active', current_size_mb: found.target_size_mb ?? 0 }, { whereStatus: ['migrating'] });
  else if (found.from.cluster_id !== found.to.cluster_id) await stores.clusters.releaseUser(found.to.cluster_id);
}

async function partsOf({ clusters, clock }: OperationWorld, context: Running): Promise<CopyParts> {
  const { from, to } = foundBy(context);
  const [source, target] = await Promise.all([clusters.cluster(from.cluster_id), clusters.cluster(to.cluster_id)]);
  return copyParts({ source: source.contents(from.mongo_database), target: target.contents(to.mongo_database), notes: new CopyNotes(context, clock), clock, signal: AbortSignal.any([context.signal, context.stopping]) });
}

/** What speaks against the move, and, of an online one, what will lengthen the time for which writers are stopped. */
async function lookBefore(world: OperationWorld, context: Running): Promise<void> {
  const copiedWhole = await preflight(world, { ...foundBy(context), onConflict: context.params.on_conflict }).catch((error: unknown) => {
    throw error instanceof MoveRefused ? new OperationAborted('MOVE_REFUSED', error.message, { reason: error.reason, ...error.details }) : error;
  });
  if (context.params.mode !== 'online' || copiedWhole.length === 0) return;
  const notes = new CopyNotes(context, world.clock);
  notes.copiedWhole = copiedWhole;
  await notes.save();
}

/** Takes the right to write from the credentials at a place, and ends what they have begun with it. */
async function freeze({ clusters, control }: OperationWorld, { userId }: Context, place: ReturnType<typeof foundBy>['from']): Promise<void> {
  const entry = (await control.databases.find(userId, place.database_id))?.entry;
  const user = userAt(userId, place);
  await setDatabaseAccess(clusters, user, entry?.is_suspended === true ? 'none' : 'reading');
  await (await clusters.cluster(place.cluster_id)).endSessions([user.username, alternateUsername(user.username)]);
}

async function unfreeze({ clusters, control }: OperationWorld, { userId }: Context, place: ReturnType<typeof foundBy>['from']): Promise<void> {
  const entry = (await control.databases.find(userId, place.database_id))?.entry;
  if (entry !== undefined) await setDatabaseAccess(clusters, userAt(userId, place), accessOf(entry));
}

/** Makes room in the target: a new place gets its credential, and of another database that is to be overwritten what is in the way is put aside. */
async function prepareTarget(world: OperationWorld, context: Running): Promise<void> {
  const { userId, databaseId, operationId } = context;
  const found = foundBy(context);
  if (isRelocation(found)) {
    const [user, password] = [userAt(userId, found.to), openPassword(world.keyring, userId, databaseId, found.password_encrypted)];
    await createTenantUser(world.clusters, user, password, operationId);
    await proveTenantUser(world.clusters, user, password);
    return;
  }
  await freeze(world, context, found.to);
  const { source, target } = await partsOf(world, context);
  const [wanted, present] = await Promise.all([source.list(), target.list()]);
  const names = new Set(present.map(({ name }) => name));
  for (const { name } of wanted) {
    // One after the other: each is a moment's work. What was put aside before an interruption is not there any more.
    if (names.has(name) && !names.has(`${setAsidePrefix}${name}`)) await target.rename(name, `${setAsidePrefix}${name}`);
  }
}

async function clearTarget(world: OperationWorld, context: Running): Promise<void> {
  const { userId } = context;
  const found = foundBy(context);
  if (isRelocation(found)) {
    await dropOwnTenantUser(world.clusters, userAt(userId, found.to));
    return dropTenantDatabase(world.clusters, userAt(userId, found.to));
  }
  const { target, notes } = await partsOf(world, context);
  const aside = (await target.list()).map(({ name }) => name).filter((name) => name.startsWith(setAsidePrefix));
  for (const name of [...notes.collections.keys(), ...notes.views]) await target.drop(name);
  await target.dropMarks();
  // Written down before anything gets its name again: what has it then is the target's own, whoever does this once more.
  notes.collections.clear();
  notes.views.clear();
  await notes.save();
  for (const name of aside) await target.rename(name, name.slice(setAsidePrefix.length));
  await unfreeze(world, context, found.to);
}

/** Writes down where the changes begin that are to be made up for, before anything is read. */
async function begin(world: OperationWorld, context: Running): Promise<void> {
  const { clusters } = world;
  const { from } = foundBy(context);
  if (context.params.mode === 'offline') await freeze(world, context, from);
  const { source, notes } = await partsOf(world, context);
  const size = await (await clusters.cluster(from.cluster_id)).databaseSize(from.mongo_database);
  notes.position = await source.position();
  notes.totals = { documents: size.documents, bytes: size.dataBytes };
  await notes.save();
}

async function endMarks(world: OperationWorld, context: Running): Promise<void> {
  await (await partsOf(world, context)).source.dropMarks();
  await unfreeze(world, context, foundBy(context).from);
}

/** Changes are made in the copy from the beginning: however long it takes, the place in the source's history never falls behind what its cluster keeps. */
async function copyAll(parts: CopyParts): Promise<void> {
  await takeNames(parts, (await parts.source.list()).filter(({ kind }) => kind !== 'view'));
  await whileFollowing(parts, (following) => copyCollections(following, isPlain));
}

async function buildIndexes(parts: CopyParts): Promise<void> {
  await whileFollowing(parts, settleWhileChanging);
}

async function verify(parts: CopyParts): Promise<void> {
  const verification = await verifyCopy(parts);
  if (verification.kind === 'different') throw new OperationAborted('MOVE_REFUSED', 'the copy is not what its source is', { reason: 'verification_failed', collections: verification.collections });
  parts.notes.verified = verification.verified;
  await parts.notes.save();
}

/** From here on the data is where it was moved to. */
async function cutOver(stores: ControlStores, context: Context, now: Date): Promise<void> {
  const { userId, databaseId, operationId, params } = context;
  const found = foundBy(context);
  const { to, was_default, app_ids } = found;
  if (isRelocation(found)) {
    const { cluster_id, mongo_database, mongo_username } = to;
    if (!(await stores.databases.change(userId, databaseId, { status: 'active', cluster_id, mongo_database, mongo_username }))) throw new DatabaseAbsent('the database is gone');
    // The credential before the current one went with the place.
    await stores.schedule.cancel('database.revoke_previous', databaseId);
  } else {
    await stores.databases.change(userId, to.database_id, { status: 'active' }, { makeDefault: was_default });
    await stores.databases.change(userId, databaseId, { status: 'active', is_frozen: true });
    await stores.apps.rebind(userId, app_ids, databaseId, to.database_id);
  }
  await stores.schedule.schedule({ kind: 'database.end_move', userId, databaseId, username: null, operationId, runAt: reversibleUntil(params, now) });
}

function reversibleUntil({ back_out_seconds: seconds }: MoveParams, now: Date): Date {
  return new Date(now.getTime() + seconds * 1000);
}

async function settleTarget(world: OperationWorld, context: Running): Promise<void> {
  const parts = await partsOf(world, context);
  await settleEverything(parts);
  await Promise.all([parts.source.dropMarks(), parts.target.dropMarks()]);
  const { to, from } = foundBy(context);
  if (to.database_id === from.database_id) await settleQuotaRoles(world, userAt(context.userId, to));
  else await unfreeze(world, context, to);
}

async function redeploy({ control, redeployer }: OperationWorld, context: Running): Promise<void> {
  const { app_ids: named, was_default } = foundBy(context);
  const unnamed = was_default ? (await control.apps.boundTo(context.userId, null)).map(({ _id }) => _id) : [];
  if (named.length + unnamed.length > 0) await redeployer.redeploy(context.userId, [...named, ...unnamed]);
}

/** A place that is left is read as long as apps may still run with it; a database that stays keeps its credential. */
async function leaveSource({ clusters }: OperationWorld, context: Running): Promise<void> {
  const found = foundBy(context);
  if (isRelocation(found)) await dropTenantUsers(clusters, userAt(context.userId, found.from));
}

async function finish(stores: ControlStores, context: Context, at: Date): Promise<MoveResult> {
  const { operationId, userId, databaseId, params } = context;
  const { from, to } = foundBy(context);
  const verified = copyNotesSchema.parse((await stores.operations.find(operationId))?.checkpoint ?? {}).verified ?? { collections: 0, documents: 0, bytes: 0 };
  const until = (await stores.schedule.find('database.end_move', databaseId))?.runAt ?? at;
  if (from.database_id === to.database_id && from.cluster_id !== to.cluster_id) await stores.clusters.releaseUser(from.cluster_id);
  const reversible_until = until.toISOString();
  await stores.audit.record({
    action: 'database.moved', origin: params.origin, userId, subject: { kind: 'database', id: databaseId }, at, operationId, details: { mode: params.mode, from, to, ...verified, reversible_until },
  });
  await stores.outbox.record({ userId, type: 'database.moved', at, operationId, data: { database_id: databaseId, target_database_id: to.database_id, cluster_id: to.cluster_id, reversible_until } });
  return { target_database_id: to.database_id, ...verified, reversible_until };
}

function stepsOf(world: OperationWorld): OperationDefinition<MoveParams>['steps'] {
  const parts = (context: Running) => partsOf(world, context);
  const isOnline = ({ params }: Context): boolean => params.mode === 'online';
  return [
    {
      name: 'preflight',
      apply: (context) => lookBefore(world, context),
    },
    { name: 'prepare_target', apply: (context) => prepareTarget(world, context), undo: (context) => clearTarget(world, context) },
    { name: 'begin', apply: (context) => begin(world, context), undo: (context) => endMarks(world, context) },
    { name: 'copy', apply: async (context) => copyAll(await parts(context)) },
    { name: 'build_indexes', apply: async (context) => buildIndexes(await parts(context)) },
    {
      name: 'catch_up',
      apply: async (context) => {
        if (isOnline(context)) await compareBeforehand(await parts(context));
      },
    },
    { name: 'freeze', apply: (context) => freeze(world, context, foundBy(context).from), undo: (context) => unfreeze(world, context, foundBy(context).from) },
    { name: 'verify', apply: async (context) => verify(await parts(context)) },
    { name: 'cut_over', record: (stores, context) => cutOver(stores, context, world.clock.now()) },
    { name: 'settle_target', apply: (context) => settleTarget(world, context) },
    { name: 'redeploy_apps', apply: (context) => redeploy(world, context) },
    { name: 'leave_source', apply: (context) => leaveSource(world, context) },
  ];
}

/** The `database.move` operation. */
export function databaseMove(world: OperationWorld): OperationDefinition<MoveParams> {
  return {
    kind: 'database.move',
    params: moveParamsSchema,
    onFailure: 'undo',
    alsoLocks: ({ target }) => (target.kind === 'database' ? [target.database_id] : []),
    reservation: { name: 'reserve', apply: reserve, undo: release },
    steps: stepsOf(world),
    conclusion: { name: 'finish', apply: (stores, context) => finish(stores, context, world.clock.now()) },
  };
}

// What has to be so before a database is moved, as the clusters say: room, names, versions, and nothing in the way. Reads only.
import { MoveRefused, type MovePlace } from '../domain/move.js';
import type { Cluster, ClusterDirectory } from '../ports/cluster.js';
import type { ControlStores } from '../ports/control-database.js';
import { formOf, type ContentDescription } from '../ports/database-contents.js';

export interface PlannedMove {
  readonly from: MovePlace;
  readonly to: MovePlace;
  readonly onConflict: 'fail' | 'overwrite';
}

/** Bytes of `database.collection`. Source: manual, "MongoDB Limits and Thresholds". */
const longestNamespaceBytes = 255;
/** Before the names of collections that a move into their database has put aside. */
export const setAsidePrefix = 'freehold_set_aside_';

function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  return (x![0]! - y![0]!) || (x![1]! - y![1]!);
}

async function holdToVersions(source: Cluster, target: Cluster): Promise<void> {
  if (source.id === target.id) return;
  const [here, there] = await Promise.all([source.describe(), target.describe()]);
  if (compareVersions(there.version, here.version) < 0) throw new MoveRefused('older_version', { source_version: here.version, target_version: there.version });
}

function holdToNames({ to, onConflict }: PlannedMove, descriptions: readonly ContentDescription[]): void {
  const prefix = onConflict === 'overwrite' ? setAsidePrefix : '';
  const tooLong = descriptions.filter(({ name }) => Buffer.byteLength(`${to.mongo_database}.${prefix}${name}`) > longestNamespaceBytes);
  if (tooLong.length > 0) throw new MoveRefused('name_too_long', { collections: tooLong.map(({ name }) => name) });
  const unsupported = descriptions.filter(({ options }) => options['encryptedFields'] !== undefined);
  if (unsupported.length > 0) throw new MoveRefused('not_supported', { collections: unsupported.map(({ name }) => name) });
}

function holdToEmptiness({ from, to, onConflict }: PlannedMove, here: readonly ContentDescription[], there: readonly ContentDescription[]): void {
  const names = (contents: readonly ContentDescription[]): string[] => contents.map(({ name }) => name);
  // A place of its own is to be empty, whatever was asked for: nobody has ever been told of what is there.
  const isOwnPlace = from.database_id === to.database_id;
  if (there.length > 0 && (isOwnPlace || onConflict === 'fail')) throw new MoveRefused('target_not_empty', { collections: names(there).slice(0, 100) });
  const taken = new Set(names(here));
  const inTheWay = there.filter(({ name, kind }) => taken.has(name) && kind !== 'collection');
  if (inTheWay.length > 0) throw new MoveRefused('views_in_the_way', { collections: names(inTheWay) });
  // Left of an earlier move that was taken back: it is its owner's, and has the name that is needed.
  const aside = names(there).filter((name) => name.startsWith(setAsidePrefix) && taken.has(name.slice(setAsidePrefix.length)) && names(there).includes(name.slice(setAsidePrefix.length)));
  if (aside.length > 0) throw new MoveRefused('target_not_empty', { collections: aside });
}

async function holdToRoom(stores: Pick<ControlStores, 'clusters'>, { from, to }: PlannedMove, bytes: number): Promise<void> {
  if (from.cluster_id === to.cluster_id) return;
  const room = (await stores.clusters.rooms()).find(({ clusterId }) => clusterId === to.cluster_id);
  if (room === undefined) throw new MoveRefused('cluster_unknown');
  if (room.byteLimit !== null && (room.bytes ?? 0) + bytes > room.byteLimit) throw new MoveRefused('cluster_without_room', { limit_bytes: room.byteLimit, used_bytes: room.bytes, needed_bytes: bytes });
}

/** Names that are told of, at the most. */
const mostNames = 100;

/**
 * The collections that cannot be followed document by document: an online move has writers stopped for as long as reading them takes. Throws MoveRefused,
 * TransientFailure, PermanentFailure.
 */
export async function preflight({ clusters, control }: { readonly clusters: ClusterDirectory; readonly control: Pick<ControlStores, 'clusters'> }, move: PlannedMove): Promise<readonly string[]> {
  const { from, to } = move;
  const [source, target] = await Promise.all([clusters.cluster(from.cluster_id), clusters.cluster(to.cluster_id)]);
  const { bytes } = await source.databaseSize(from.mongo_database);
  await holdToRoom(control, move, bytes);
  await holdToVersions(source, target);
  const [here, there] = await Promise.all([source.contents(from.mongo_database).list(), target.contents(to.mongo_database).list()]);
  holdToNames(move, here);
  holdToEmptiness(move, here, there);
  return here.filter((description) => description.kind !== 'view' && formOf(description) !== 'plain').map(({ name }) => name).slice(0, mostNames);
}

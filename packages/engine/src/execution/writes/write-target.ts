// The collection that a write goes to: never a view, never the system's own except where MongoDB allows it.
import { emptyDocument } from '../../bson/writer.js';
import { CommandError } from '../../errors.js';
import { oplogDatabase, oplogName } from '../../storage/oplog-collection.js';
import { checkNamespace } from '../../storage/namespace.js';
import type { CollectionEntry, ReadUnit, WriteUnit } from '../../storage/units.js';

/** Where a write goes. */
export interface WriteNamespace {
  readonly database: string;
  readonly collection: string;
}

/** System collections that clients may write to, with the rights for it (restores do). */
const writableSystemCollections: ReadonlySet<string> = new Set(['admin.system.users', 'admin.system.roles', 'admin.system.version', 'system.js', 'system.profile']);

export function checkWritable(database: string, collection: string): void {
  checkNamespace(database, collection);
  if (database === oplogDatabase && collection === oplogName) throw new CommandError('InvalidNamespace', 'the oplog is written by the server alone');
  const namespace = `${database}.${collection}`;
  if (!collection.startsWith('system.') || writableSystemCollections.has(namespace) || writableSystemCollections.has(collection)) return;
  throw new CommandError('InvalidNamespace', `cannot write to '${namespace}'`);
}

/** The collection to write to, or undefined where there is none yet. Throws 166 for a view. */
export function writeTarget(unit: ReadUnit, database: string, name: string): CollectionEntry | undefined {
  const entry = unit.collection(database, name);
  if (entry?.kind === 'view') {
    throw new CommandError('CommandNotSupportedOnView', `Namespace ${database}.${name} is a view, not a collection`);
  }
  return entry;
}

/** The collection to write to; made where there is none, as every insert does. */
export function ensureCollection(unit: WriteUnit, database: string, name: string): CollectionEntry {
  return writeTarget(unit, database, name) ?? unit.createCollection(database, name, emptyDocument);
}

// Which oplog entries a change stream shows, and which end it. Source: the manual's page "Change Events".
import { documentValue } from '../../bson/raw-value.js';
import { ElementReader, getDocumentField } from '../../bson/reader.js';
import type { ChangeScope } from '../../storage/change-signal.js';
import type { OplogEntry } from '../../storage/oplog-entry.js';

export type OperationType =
  | 'insert' | 'update' | 'replace' | 'delete' | 'drop' | 'rename' | 'dropDatabase' | 'create' | 'createIndexes' | 'dropIndexes' | 'modify';

export interface Namespace {
  readonly database: string;
  /** undefined: the database as a whole. */
  readonly collection: string | undefined;
}

/** An entry as change streams see it. */
export interface Change {
  readonly entry: OplogEntry;
  readonly operationType: OperationType;
  readonly namespace: Namespace;
  /** Of a rename: the new name. */
  readonly to: Namespace | undefined;
  /** Whether it changed the catalog, not a document. */
  readonly isOfCatalog: boolean;
  /** Shown to those only who ask for `showExpandedEvents`. */
  readonly isExpanded: boolean;
}

/** Commands of the oplog by the name of their first field. */
const commands: Readonly<Record<string, Pick<Change, 'operationType' | 'isExpanded'>>> = {
  drop: { operationType: 'drop', isExpanded: false },
  renameCollection: { operationType: 'rename', isExpanded: false },
  dropDatabase: { operationType: 'dropDatabase', isExpanded: false },
  create: { operationType: 'create', isExpanded: true },
  createIndexes: { operationType: 'createIndexes', isExpanded: true },
  dropIndexes: { operationType: 'dropIndexes', isExpanded: true },
  collMod: { operationType: 'modify', isExpanded: true },
};

function namespaceFrom(text: string): Namespace {
  const dot = text.indexOf('.');
  return { database: text.slice(0, dot), collection: text.slice(dot + 1) };
}

const changes = new WeakMap<OplogEntry, { readonly change: Change | undefined }>();

/** The change that an entry tells of, once per entry; undefined: none that any stream shows. */
export function changeOf(entry: OplogEntry): Change | undefined {
  let known = changes.get(entry);
  if (known === undefined) changes.set(entry, (known = { change: readChange(entry) }));
  return known.change;
}

function readChange(entry: OplogEntry): Change | undefined {
  const { database, collection } = entry;
  const written = (operationType: OperationType): Change => ({ entry, operationType, namespace: { database, collection }, to: undefined, isOfCatalog: false, isExpanded: false });
  if (collection === viewsCollection) return readViewChange(entry);
  switch (entry.op) {
    case 'i': return written('insert');
    case 'u': return written(entry.difference === undefined ? 'replace' : 'update');
    case 'd': return written('delete');
    case 'c': return readCommand(entry);
    default: return undefined;
  }
}

/** Views are documents of a collection of the system. */
const viewsCollection = 'system.views';
const viewChanges: Readonly<Record<string, OperationType>> = { i: 'create', u: 'modify', d: 'drop' };

function readViewChange(entry: OplogEntry): Change | undefined {
  const operationType = viewChanges[entry.op];
  const name = getDocumentField(entry.o, '_id')?.string();
  if (operationType === undefined || name === undefined) return undefined;
  return { entry, operationType, namespace: namespaceFrom(name), to: undefined, isOfCatalog: true, isExpanded: true };
}

function readCommand(entry: OplogEntry): Change | undefined {
  const reader = ElementReader.of(documentValue(entry.o));
  if (!reader.next()) return undefined;
  const command = commands[reader.name()];
  if (command === undefined) return undefined;
  const { database } = entry;
  const catalogChange = { ...command, entry, isOfCatalog: true, to: undefined };
  if (command.operationType === 'dropDatabase') return { ...catalogChange, namespace: { database, collection: undefined } };
  const name = reader.value().string();
  if (command.operationType !== 'rename') return { ...catalogChange, namespace: { database, collection: name } };
  return { ...catalogChange, namespace: namespaceFrom(name), to: namespaceFrom(getDocumentField(entry.o, 'to')!.string()) };
}

const internalDatabases: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

function isIn(scope: ChangeScope, { database, collection }: Namespace): boolean {
  if (collection?.startsWith('system.') === true) return false;
  if (scope.database === undefined) return !internalDatabases.has(database);
  if (scope.database !== database) return false;
  return scope.collection === undefined || scope.collection === collection;
}

/** Whether a stream of this scope shows the change. */
export function isVisible({ namespace, to, isExpanded }: Change, scope: ChangeScope, showExpandedEvents: boolean): boolean {
  if (isExpanded && !showExpandedEvents) return false;
  return isIn(scope, namespace) || (to !== undefined && isIn(scope, to));
}

/** Whether the stream ends with this change: what it watches is gone. */
export function invalidates({ operationType, isExpanded }: Change, scope: ChangeScope): boolean {
  if (scope.database === undefined || isExpanded) return false;
  if (scope.collection === undefined) return operationType === 'dropDatabase';
  return operationType === 'drop' || operationType === 'rename';
}

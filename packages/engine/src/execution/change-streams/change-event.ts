// Change events as clients see them. Source: the manual's page "Change Events".
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { elements, getDocumentField } from '../../bson/reader.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { ChangeStreamOptions } from '../../aggregation/stages/change-stream.js';
import { CommandError } from '../../errors.js';
import { applyDifference } from '../../query/update/apply-difference.js';
import type { OplogEntry } from '../../storage/oplog-entry.js';
import { writeUpdateDescription } from './update-description.js';
import type { Change, Namespace } from './visible-changes.js';

/** What an event needs besides its oplog entry. */
export interface EventSources {
  readonly options: ChangeStreamOptions;
  /** The document as it is now; undefined where there is none any more. */
  currentDocument(change: Change): RawDocument | undefined;
  /** The document as it was before the change, where that was kept and is not too old. */
  preImage(entry: OplogEntry): RawDocument | undefined;
}

/** The event of a change. Source: the manual's page "Change Events". */
export function changeEvent(change: Change, token: RawDocument, sources: EventSources): RawDocument {
  const { entry, operationType, namespace, to, isOfCatalog } = change;
  const { options } = sources;
  const writer = header(entry, operationType, token);
  if (entry.lsid !== undefined && entry.txnNumber !== undefined) writer.document('lsid', entry.lsid).int64('txnNumber', entry.txnNumber);
  if (options.showExpandedEvents && entry.uuid !== undefined) writer.binary('collectionUUID', entry.uuid, 4);
  writer.date('wallTime', Number(entry.wall_ms));
  writeFullDocument(writer, change, sources);
  writeNamespace(writer, 'ns', namespace);
  if (to !== undefined) writeNamespace(writer, 'to', to);
  if (!isOfCatalog) writer.document('documentKey', entry.documentKey);
  const { difference } = entry;
  if (difference !== undefined && operationType === 'update') writeUpdateDescription(writer, difference, options.showExpandedEvents);
  if (isOfCatalog && options.showExpandedEvents) writeOperationDescription(writer, change);
  writeDocumentBeforeChange(writer, change, sources);
  return writer.finish();
}

/** The last event of a stream whose collection or database is gone. */
export function invalidateEvent(entry: OplogEntry, token: RawDocument): RawDocument {
  return header(entry, 'invalidate', token).date('wallTime', Number(entry.wall_ms)).finish();
}

function header(entry: OplogEntry, operationType: string, token: RawDocument): DocumentWriter {
  return new DocumentWriter(entry.bytes.length + 320).document('_id', token).string('operationType', operationType).timestamp('clusterTime', entry.time);
}

function writeNamespace(writer: DocumentWriter, name: string, { database, collection }: Namespace): void {
  writer.openDocument(name).string('db', database);
  if (collection !== undefined) writer.string('coll', collection);
  writer.close();
}

function writeFullDocument(writer: DocumentWriter, change: Change, sources: EventSources): void {
  const { entry, operationType } = change;
  if (operationType === 'insert' || operationType === 'replace') {
    writer.document('fullDocument', entry.o);
    return;
  }
  const mode = sources.options.fullDocument;
  if (operationType !== 'update' || mode === 'default') return;
  const document = mode === 'updateLookup' ? sources.currentDocument(change) : postImage(entry, sources);
  if (document !== undefined) writer.document('fullDocument', document);
  else if (mode === 'required') throw imageNotFound('post-image', 'update events', entry);
  else writer.null('fullDocument');
}

function postImage(entry: OplogEntry, sources: EventSources): RawDocument | undefined {
  const before = sources.preImage(entry);
  const { difference } = entry;
  return before === undefined || difference === undefined ? undefined : applyDifference(before, difference);
}

function writeDocumentBeforeChange(writer: DocumentWriter, { entry, operationType }: Change, sources: EventSources): void {
  const mode = sources.options.fullDocumentBeforeChange;
  if (mode === 'off' || (operationType !== 'update' && operationType !== 'replace' && operationType !== 'delete')) return;
  const before = sources.preImage(entry);
  if (before !== undefined) writer.document('fullDocumentBeforeChange', before);
  else if (mode === 'required') throw imageNotFound('pre-image', 'update, delete and replace events', entry);
  else writer.null('fullDocumentBeforeChange');
}

function imageNotFound(image: 'pre-image' | 'post-image', events: string, { namespace }: OplogEntry): CommandError {
  return new CommandError(
    'NoMatchingDocument',
    `Change stream was configured to require a ${image} for all ${events}, but the ${image} was not found for an event of ${namespace}`,
  );
}

/** What exactly a change of the catalog did, for those who asked for expanded events. */
function writeOperationDescription(writer: DocumentWriter, { entry, operationType, to }: Change): void {
  const { o, o2 } = entry;
  switch (operationType) {
    case 'create':
    case 'modify':
      writer.openDocument('operationDescription');
      for (const [name, value] of [...elements(documentValue(o))].slice(1)) writer.append(name, value);
      writer.close();
      if (operationType === 'modify' && o2 !== undefined) writeStateBefore(writer, o2);
      return;
    case 'createIndexes':
    case 'dropIndexes':
      writer.openDocument('operationDescription').openArray('indexes').openDocument('0');
      for (const [name, value] of operationType === 'dropIndexes' ? elements(documentValue(o2 ?? o)) : [...elements(documentValue(o))].slice(1)) writer.append(name, value);
      writer.close().close().close();
      return;
    case 'rename': {
      const dropTarget = getDocumentField(o, 'dropTarget');
      writer.openDocument('operationDescription');
      writeNamespace(writer, 'to', to!);
      if (dropTarget !== undefined) writer.append('dropTarget', dropTarget);
      writer.close();
    }
  }
}

function writeStateBefore(writer: DocumentWriter, before: RawDocument): void {
  writer.openDocument('stateBeforeChange');
  for (const [name, value] of elements(documentValue(before))) writer.append(name.replace(/_old$/, ''), value);
  writer.close();
}

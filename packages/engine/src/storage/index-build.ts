// Builds indexes of a large collection a piece at a time while others read and write it. Records are gone through in the order of
// their ids, and a build knows how far it is: writers keep the entries of the records behind it in step, and those of the
// others are still to come. Pieces and writes follow one another in the write queue, so nothing falls between them.
//
// Until it is done the catalog lists the index apart from the others: nobody reads it. What a crash leaves of it is removed at the
// next start. A piece waits for open transactions that wrote to the collection: they did so by how far the build was then.
import { CommandError } from '../errors.js';
import type { RawDocument } from '../bson/raw-value.js';
import type { CatalogWriter } from './catalog-writer.js';
import { applyIndexChange, checkUnique, indexChanges } from './index-writer.js';
import type { KeyValueWriter } from './key-value.js';
import { namespaceOf } from './namespace.js';
import { indexCreatedChange } from './oplog-commands.js';
import { prepareCollection, type PreparedCollection } from './prepared-collection.js';
import type { IndexBuild, IndexBuilds } from './index-builds.js';
import type { CollectionEntry, IndexBuildProgress, IndexesInBuild, RecordId, StoredRecord } from './units.js';

export interface BuildParts {
  readonly view: KeyValueWriter;
  readonly catalogWriter: CatalogWriter;
  readonly builds: IndexBuilds;
  readonly scan: (collection: CollectionEntry, after: RecordId) => Iterable<StoredRecord>;
}

/** One piece, of about `budget_ms`; the last one puts the indexes among the others. */
export function continueBuild({ view, catalogWriter, builds, scan }: BuildParts, { collection, indexIds }: IndexesInBuild, budget_ms: number): IndexBuildProgress {
  const entry = catalogWriter.alone(collection);
  const prepared = prepareCollection(entry);
  const indexes = prepared.building.filter((index) => indexIds.includes(index.entry.id));
  if (indexes.length < indexIds.length) {
    throw new CommandError('IndexBuildAborted', `Index build on ${namespaceOf(collection.database, collection.name)} was aborted: the collection or its name has changed`);
  }
  const build = builds.find(indexIds[0]!) ?? builds.start(indexIds);
  if (build.failure !== undefined) throw build.failure;
  const end_ms = performance.now() + budget_ms;
  const built = { ...prepared, indexes };
  let { builtTo, scanned } = build;
  let isDone = true;
  for (const { recordId, document } of scan(entry, builtTo)) {
    writeEntries(view, built, build, { recordId, before: undefined, after: document });
    builtTo = recordId;
    scanned += 1;
    if (performance.now() < end_ms) continue;
    isDone = false;
    break;
  }
  if (isDone) {
    const finished = catalogWriter.finishBuild(entry, indexIds, build.multikey);
    for (const index of finished) view.log(indexCreatedChange(entry, index));
  }
  // Last: what threw before is undone as if the piece had never begun.
  build.builtTo = builtTo;
  build.scanned = scanned;
  if (isDone) builds.end(indexIds);
  return { isDone, scanned };
}

/** A record before and after a change; undefined: it is not there. */
export interface RecordChange {
  readonly recordId: RecordId;
  readonly before: RawDocument | undefined;
  readonly after: RawDocument | undefined;
}

/** Brings the entries of `collection.indexes`, all of them of this build, in step with the change. */
function writeEntries(view: KeyValueWriter, collection: PreparedCollection, build: IndexBuild, { recordId, before, after }: RecordChange): void {
  for (const change of indexChanges(collection, before, after)) {
    if (after !== undefined) checkUnique(view, collection, change, after, recordId);
    applyIndexChange(view, change, recordId);
    if (change.multikey) build.multikey.add(change.index.entry.id);
  }
}

/** Keeps the entries of a record that builds have behind them in step with a change of it. */
export function followWrite(view: KeyValueWriter, builds: IndexBuilds, prepared: PreparedCollection, change: RecordChange): void {
  for (const index of prepared.building) {
    const build = builds.find(index.entry.id);
    if (build === undefined || change.recordId > build.builtTo || build.failure !== undefined) continue;
    try {
      writeEntries(view, { ...prepared, indexes: [index] }, build, change);
    } catch (error) {
      // The write is right without the index; the index is not possible with the write.
      if (!(error instanceof CommandError) || error.codeName === 'WriteConflict') throw error;
      build.failure = error;
    }
  }
}

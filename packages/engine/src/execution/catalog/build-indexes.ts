// Adds indexes to a collection: at once where it is small or new, and otherwise a piece at a time, so that nobody waits for it.
import { setTimeout as pause } from 'node:timers/promises';
import type { CommandContext } from '../../dispatch/context.js';
import { CommandError } from '../../errors.js';
import type { CollectionEntry, IndexesInBuild, WriteUnit } from '../../storage/units.js';
import { ensureCollection, writeTarget } from '../writes/write-target.js';
import { isExistingIndex } from './index-conflicts.js';
import type { IndexDefinition } from './index-specification.js';

const maxIndexes = 64;
/** What is built at once: a few milliseconds' work. */
const smallDocuments = 1_000;
const smallBytes = 2 * 1024 * 1024;
/** Others wait about so long for a piece. */
const piece_ms = 10;
/** How often who wants an index that somebody else is building looks whether it is there. */
const lookAgain_ms = 20;

export interface AddedIndexes {
  readonly before: number;
  readonly after: number;
  readonly createdCollection: boolean;
}

type Begun = (AddedIndexes & { readonly build?: IndexesInBuild; readonly documents: number }) | 'wait';

/** Resolves when all of them are ready, and rejects when none of them is there: with DuplicateKey, IndexBuildAborted, Interrupted, ... */
export async function buildIndexes(context: CommandContext, collection: string, definitions: readonly IndexDefinition[]): Promise<AddedIndexes> {
  for (;;) {
    const begun = await context.write((unit) => begin(unit, context, collection, definitions));
    if (begun !== 'wait') {
      if (begun.build !== undefined) await finish(context, begun.build, begun.documents);
      return begun;
    }
    // Somebody else builds one of them: it is looked at again when that has ended, however it did.
    await pause(lookAgain_ms);
    context.checkInterrupt();
  }
}

function begin(unit: WriteUnit, context: CommandContext, name: string, definitions: readonly IndexDefinition[]): Begun {
  const { database } = context;
  const existing = writeTarget(unit, database, name);
  const documents = existing === undefined ? 0 : unit.counts(existing).documents;
  if (context.inTransaction && existing !== undefined && documents > 0 && definitions.some((definition) => !isExistingIndex(definition, existing.indexes))) {
    throw new CommandError('OperationNotSupportedInTransaction', `Cannot create new indexes on existing collection ${database}.${name} in a multi-document transaction.`);
  }
  const collection = ensureCollection(unit, database, name);
  if (collection.kind === 'timeseries' && definitions.some(({ unique }) => unique)) {
    throw new CommandError('InvalidOptions', 'Unique indexes are not supported on time-series collections');
  }
  if (definitions.some((definition) => isInBuild(definition, collection))) return 'wait';
  const missing = missingIndexes(collection, definitions);
  const added: AddedIndexes = { before: collection.indexes.length, after: collection.indexes.length + missing.length, createdCollection: existing === undefined };
  if (missing.length === 0) return { ...added, documents };
  if (documents > smallDocuments || unit.counts(collection).bytes > smallBytes) return { ...added, documents, build: unit.beginIndexBuild(collection, missing) };
  let entry = collection;
  for (const definition of missing) entry = unit.createIndex(entry, definition);
  return { ...added, documents };
}

function isInBuild(definition: IndexDefinition, { building = [] }: CollectionEntry): boolean {
  return building.some(({ name, key }) => name === definition.name || key.equals(definition.key));
}

/** Throws where one clashes with another, of the collection or of the same command. */
function missingIndexes(collection: CollectionEntry, definitions: readonly IndexDefinition[]): readonly IndexDefinition[] {
  const missing: IndexDefinition[] = [];
  for (const definition of definitions) {
    const others = [...collection.indexes, ...missing.map((index) => ({ ...index, id: 0, multikey: false }))];
    if (isExistingIndex(definition, others)) continue;
    if (others.length + (collection.building?.length ?? 0) >= maxIndexes) {
      throw new CommandError('CannotCreateIndex', `add index fails, too many indexes for ${collection.database}.${collection.name} key:${definition.name}`);
    }
    missing.push(definition);
  }
  return missing;
}

async function finish(context: CommandContext, build: IndexesInBuild, documents: number): Promise<void> {
  const { operation, services } = context;
  try {
    for (;;) {
      // One piece after the other: others get their turns between them.
      const { isDone, scanned } = await context.write((unit) => unit.continueIndexBuild(build, piece_ms));
      operation.progress = { message: 'Index Build: scanning collection', done: scanned, total: Math.max(documents, scanned) };
      if (isDone) return;
    }
  } catch (error) {
    await services.storage.write((unit) => {
      unit.abandonIndexBuild(build);
    });
    throw error;
  } finally {
    operation.progress = undefined;
  }
}

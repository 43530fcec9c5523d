// Collections, views and indexes of a database, read and made again elsewhere (see `DatabaseContents`).
import { BSON, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import type { ContentDescription } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { hasCode, mongoCodes } from './failures.js';

/** Where our own marks are kept while a database is copied. */
export const fenceCollection = 'freehold_move';

const entrySchema = z.object({ name: z.string(), type: z.enum(['collection', 'view', 'timeseries']), options: z.record(z.string(), z.unknown()).default({}) });
const acknowledged = { w: 'majority', wtimeout: 60_000 } as const;
/** Values keep their types: 1 is not 1.0 in a validator. */
const typesKept = { promoteValues: false } as const;
/** What `listIndexes` says of an index that `createIndexes` is not to be told. */
const indexFieldsLeftOut: ReadonlySet<string> = new Set(['ns', 'background']);
const indexesAtOnce = 8;

function isOurs(name: string): boolean {
  return name === fenceCollection || name.startsWith('system.');
}

async function indexesOf(db: Db, name: string): Promise<Document[]> {
  try {
    const indexes = await db.collection(name).listIndexes(typesKept).toArray() as Record<string, unknown>[];
    return indexes.filter((index) => index['name'] !== '_id_' && index['clustered'] === undefined)
      .map((index) => Object.fromEntries(Object.entries(index).filter(([field]) => !indexFieldsLeftOut.has(field))));
  } catch (error) {
    if (hasCode(error, mongoCodes.namespaceNotFound)) return [];
    throw error;
  }
}

async function describe(db: Db, document: Document): Promise<ContentDescription> {
  const { name, type, options } = entrySchema.parse({ ...document, name: String(document['name']), type: String(document['type']) });
  const isCapped = options['capped'] === true;
  return { name, kind: type === 'timeseries' ? 'time_series' : type, isCapped, options, indexes: type === 'collection' ? await indexesOf(db, name) : [] };
}

/** See `DatabaseContents.list`. */
export async function listContents(db: Db): Promise<readonly ContentDescription[]> {
  const documents = await db.listCollections({}, typesKept).toArray() as Document[];
  const waiting = documents.filter((document) => !isOurs(String(document['name']))).values();
  const found: ContentDescription[] = [];
  const worker = async (): Promise<void> => {
    for (const document of waiting) found.push(await describe(db, document));
  };
  await Promise.all(Array.from({ length: indexesAtOnce }, worker));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** See `DatabaseContents.create`. */
export async function createContent(db: Db, { name, options }: ContentDescription): Promise<void> {
  try {
    await db.command({ create: name, ...options, writeConcern: acknowledged });
  } catch (error) {
    if (!hasCode(error, mongoCodes.namespaceExists)) throw error;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return BSON.EJSON.stringify(a, { relaxed: false }) === BSON.EJSON.stringify(b, { relaxed: false });
}

async function settleIndexes(db: Db, { name, indexes: wanted }: ContentDescription): Promise<void> {
  const present = await indexesOf(db, name);
  const isThere = (index: Document, among: readonly Document[]): boolean => among.some((other) => isSame(index, other));
  for (const index of present) {
    // One after the other: each takes the collection for itself.
    if (!isThere(index, wanted)) await db.command({ dropIndexes: name, index: String(index['name']), writeConcern: acknowledged });
  }
  const missing = wanted.filter((index) => !isThere(index, present));
  if (missing.length > 0) await db.command({ createIndexes: name, indexes: missing, writeConcern: acknowledged });
}

/** What `collMod` can change, and what stands for its absence. */
const changeable = { validator: {}, validationLevel: 'strict', validationAction: 'error', changeStreamPreAndPostImages: { enabled: false } } as const;

async function settleOptions(db: Db, { name, options: wanted }: ContentDescription, present: ContentDescription): Promise<void> {
  const fields = Object.entries(changeable).filter(([field]) => !isSame(wanted[field], present.options[field]));
  if (fields.length === 0) return;
  await db.command({ collMod: name, ...Object.fromEntries(fields.map(([field, absent]) => [field, wanted[field] ?? absent])), writeConcern: acknowledged });
}

/** See `DatabaseContents.settle`. */
export async function settleContent(db: Db, description: ContentDescription): Promise<void> {
  const { name, kind, options } = description;
  const [document] = await db.listCollections({ name }, typesKept).toArray() as Document[];
  const present = document === undefined ? undefined : await describe(db, document);
  if (present === undefined) await createContent(db, description);
  if (kind === 'collection') {
    if (present !== undefined) await settleOptions(db, description, present);
    await settleIndexes(db, description);
  } else if (present !== undefined && present.kind !== kind) {
    throw new PermanentFailure('NAME_TAKEN', 'a collection has the name of a view');
  } else if (present !== undefined && !isSame(present.options, options)) {
    await db.dropCollection(name, { writeConcern: acknowledged });
    await createContent(db, description);
  }
}

/** Drops what has these keys and lets no two documents have the same; false: there is no such index. */
export async function dropUniqueIndexes(db: Db, name: string, keys: Document): Promise<boolean> {
  const inTheWay = (await indexesOf(db, name)).filter((index) => isSame(Object.keys(index['key'] as Document), Object.keys(keys)));
  for (const index of inTheWay) await db.command({ dropIndexes: name, index: String(index['name']), writeConcern: acknowledged });
  return inTheWay.length > 0;
}

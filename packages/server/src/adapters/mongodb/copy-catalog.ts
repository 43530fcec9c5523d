// Collections, views and indexes of a database, read and made again elsewhere (see `DatabaseContents`).
import { BSON, type Db, type Document } from 'mongodb';
import { z } from 'zod';
import type { ContentDescription } from '../../ports/database-contents.js';
import { PermanentFailure } from '../../ports/failures.js';
import { isOurs } from './copy-marks.js';
import { hasCode, mongoCodes } from './failures.js';

const entrySchema = z.object({ name: z.string(), type: z.enum(['collection', 'view', 'timeseries']), options: z.record(z.string(), z.unknown()).default({}) });
const acknowledged = { w: 'majority', wtimeout: 60_000 } as const;
/** Values keep their types: 1 is not 1.0 in a validator. */
const typesKept = { promoteValues: false } as const;
/** What `listIndexes` says of an index that `createIndexes` is not to be told. */
const indexFieldsLeftOut: ReadonlySet<string> = new Set(['ns', 'background']);
const indexesAtOnce = 8;

function isTheirs(name: string): boolean {
  return !isOurs(name) && !name.startsWith('system.');
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
  return { name, kind: type === 'timeseries' ? 'time_series' : type, isCapped, options, indexes: type === 'view' ? [] : await indexesOf(db, name) };
}

/** See `DatabaseContents.list`. */
export async function listContents(db: Db, name?: string): Promise<readonly ContentDescription[]> {
  const documents = await db.listCollections(name === undefined ? {} : { name }, typesKept).toArray() as Document[];
  const waiting = documents.filter((document) => isTheirs(String(document['name']))).values();
  const found: ContentDescription[] = [];
  const worker = async (): Promise<void> => {
    for (const document of waiting) found.push(await describe(db, document));
  };
  await Promise.all(Array.from({ length: indexesAtOnce }, worker));
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What follows from the granularity of a time series is told, and need not be given. */
function asGiven(options: ContentDescription['options']): Document {
  const { timeseries } = options as { readonly timeseries?: Document };
  if (timeseries?.['granularity'] === undefined) return options;
  return { ...options, timeseries: Object.fromEntries(Object.entries(timeseries).filter(([field]) => !field.startsWith('bucket'))) };
}

/** See `DatabaseContents.create`. */
export async function createContent(db: Db, { name, options }: ContentDescription): Promise<void> {
  try {
    await db.command({ create: name, ...asGiven(options), writeConcern: acknowledged });
  } catch (error) {
    if (!hasCode(error, mongoCodes.namespaceExists)) throw error;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return BSON.EJSON.stringify(a, { relaxed: false }) === BSON.EJSON.stringify(b, { relaxed: false });
}

const expiry = 'expireAfterSeconds';

function exceptExpiry(index: Document): Document {
  return Object.fromEntries(Object.entries(index).filter(([field]) => field !== expiry));
}

/** The same but for the time after which documents expire, which is changed without building it anew. */
function isSameButForExpiry(a: Document, b: Document): boolean {
  return a[expiry] !== undefined && b[expiry] !== undefined && isSame(exceptExpiry(a), exceptExpiry(b));
}

function isSameIndex(a: Document, b: Document): boolean {
  return isSame(a, b) || (isSameButForExpiry(a, b) && Number(a[expiry]) === Number(b[expiry]));
}

/** What says nothing of a collation has none; in a collection that has one by default that is to be said. */
function withCollation(index: Document, { options }: ContentDescription): Document {
  return options['collation'] === undefined || index['collation'] !== undefined ? index : { ...index, collation: { locale: 'simple' } };
}

async function settleIndexes(db: Db, description: ContentDescription): Promise<void> {
  const { name, indexes: wanted } = description;
  const present = await indexesOf(db, name);
  for (const index of present) {
    if (wanted.some((other) => isSameIndex(index, other))) continue;
    const changed = wanted.find((other) => isSameButForExpiry(index, other));
    // One after the other: each takes the collection for itself.
    if (changed === undefined) await db.command({ dropIndexes: name, index: String(index['name']), writeConcern: acknowledged });
    else await db.command({ collMod: name, index: { name: String(index['name']), [expiry]: changed[expiry] }, writeConcern: acknowledged });
  }
  const missing = wanted.filter((index) => !present.some((other) => isSameIndex(index, other) || isSameButForExpiry(index, other)));
  if (missing.length > 0) await db.command({ createIndexes: name, indexes: missing.map((index) => withCollation(index, description)), writeConcern: acknowledged });
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
  if (present !== undefined && present.kind !== kind) throw new PermanentFailure('NAME_TAKEN', 'something of another kind has the name');
  if (kind !== 'view') {
    if (present !== undefined && kind === 'collection') await settleOptions(db, description, present);
    await settleIndexes(db, description);
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

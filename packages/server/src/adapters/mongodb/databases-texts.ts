// What is searched of the rows of an owner of many databases: names and descriptions, in lower case, some hundred of them in one document
// each. A search reads them all and looks here, where a text is found much faster than by a database that takes document after document.
import { BSON, type Collection, type Document } from 'mongodb';
import { everyRow } from '../../domain/database-rows.js';
import { controlCollections } from './control-collections.js';
import { rowsCollection, type RowDocument, type StoredEntry } from './databases-rows.js';
import { inSession, type StoreSession, type UserKey } from './store-session.js';

/** So many places in the order of rows share a document. */
const placesPerPart = 256;
/** Stands between texts. */
const separator = '\0';

export interface TextsDocument {
  readonly _id: { readonly user: UserKey; readonly part: number };
  readonly ids: string;
  readonly names: string;
  readonly descriptions: string;
}

type Placed = Pick<RowDocument, 'sequence'> & { readonly entry: Pick<StoredEntry, 'id' | 'name' | 'description'> };

function textsCollection({ db }: Pick<StoreSession, 'db'>): Collection<TextsDocument> {
  return db.collection<TextsDocument>(controlCollections.databaseTexts);
}

function partOf(sequence: number): number {
  return Math.floor(sequence / placesPerPart);
}

function joined(texts: readonly string[]): string {
  // None can hold what stands between them.
  return texts.map((text) => text.toLowerCase().replaceAll(separator, '\uFFFD')).join(separator);
}

/** The documents of rows in their order, by part. */
export function textsOf(user: UserKey, rows: readonly Placed[]): ReadonlyMap<number, TextsDocument> {
  const parts = new Map<number, Placed[]>();
  for (const row of rows) {
    const part = partOf(row.sequence);
    const others = parts.get(part);
    if (others === undefined) parts.set(part, [row]);
    else others.push(row);
  }
  return new Map([...parts].map(([part, placed]) => {
    const entries = placed.map(({ entry }) => entry);
    return [part, { _id: { user, part }, ids: entries.map(({ id }) => id).join(separator), names: joined(entries.map(({ name }) => name)), descriptions: joined(entries.map(({ description }) => description ?? '')) }];
  }));
}

function ofOwner(user: UserKey): Document {
  // Between the least and the greatest key that begins with this user.
  return { _id: { $gte: { user }, $lte: { user, part: Number.MAX_SAFE_INTEGER } } };
}

export async function readTexts(at: StoreSession, user: UserKey): Promise<readonly TextsDocument[]> {
  return textsCollection(at).find(ofOwner(user), { sort: { _id: 1 }, ...inSession(at) }).toArray();
}

/** The parts that differ from what they are to be. */
export function differingParts(right: ReadonlyMap<number, TextsDocument>, stored: readonly TextsDocument[]): readonly number[] {
  const parts = new Map(stored.map((document) => [document._id.part, document]));
  const isSame = (one: Document, other: Document): boolean => Buffer.from(BSON.serialize(one)).equals(Buffer.from(BSON.serialize(other)));
  return [...new Set([...right.keys(), ...parts.keys()])].filter((part) => {
    const [one, other] = [right.get(part), parts.get(part)];
    return one === undefined || other === undefined || !isSame(one, other);
  });
}

/** Puts the documents of these parts in the place of what is there. */
export async function writeTexts(at: StoreSession, user: UserKey, right: ReadonlyMap<number, TextsDocument>, parts: readonly number[]): Promise<void> {
  const writes = parts.map((part) => {
    const [_id, document] = [{ user, part }, right.get(part)];
    return document === undefined ? { deleteOne: { filter: { _id } } } : { replaceOne: { filter: { _id }, replacement: document, upsert: true } };
  });
  if (writes.length > 0) await textsCollection(at).bulkWrite(writes, { ordered: false, ...inSession(at) });
}

/** Brings the part in which a row has its place after the rows that are there. */
export async function followTexts(at: StoreSession, user: UserKey, sequence: number): Promise<void> {
  const part = partOf(sequence);
  const range = { $gte: part * placesPerPart, $lt: (part + 1) * placesPerPart };
  const rows = await rowsCollection(at).find({ '_id.user': user, facets: everyRow, sequence: range }, { projection: { sequence: 1, 'entry.id': 1, 'entry.name': 1, 'entry.description': 1 }, sort: { sequence: 1 }, ...inSession(at) }).toArray();
  await writeTexts(at, user, textsOf(user, rows), [part]);
}

export async function removeTexts(at: StoreSession, user: UserKey): Promise<void> {
  await textsCollection(at).deleteMany(ofOwner(user), inSession(at));
}

/** The databases whose name or description contains a text, in any case, in the order of the texts. */
export function searchTexts(texts: readonly TextsDocument[], search: string): readonly string[] {
  const wanted = search.toLowerCase();
  const found: string[] = [];
  for (const { ids, names, descriptions } of texts) {
    if (!names.includes(wanted) && !descriptions.includes(wanted)) continue;
    const [allNames, allDescriptions] = [names.split(separator), descriptions.split(separator)];
    found.push(...ids.split(separator).filter((_id, index) => allNames[index]!.includes(wanted) || allDescriptions[index]!.includes(wanted)));
  }
  return found;
}

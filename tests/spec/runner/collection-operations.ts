// Operations on collections, as the official driver runs them.
import type { AbstractCursor, ClientSession, Collection, Document, IndexSpecification } from 'mongodb';

export type Arguments = Document & { readonly session?: ClientSession };
type Run = (collection: Collection, given: Arguments) => Promise<unknown>;

const drain = async (cursor: AbstractCursor): Promise<unknown> => {
  try {
    return await cursor.toArray();
  } finally {
    await cursor.close();
  }
};

/** The format's requests (`{insertOne: {document}}`) as the driver's. */
function bulkModel(request: Document): Document {
  const [[kind, model]] = Object.entries(request) as [[string, Document]];
  return { [kind]: model };
}

function unacknowledged(result: Document): unknown {
  return result['acknowledged'] === false ? { acknowledged: false } : result;
}

const findAndModify = (name: 'findOneAndDelete' | 'findOneAndReplace' | 'findOneAndUpdate'): Run => async (collection, { filter, replacement, update, returnDocument, ...options }) => {
  const given = { ...options, ...(returnDocument === undefined ? {} : { returnDocument: String(returnDocument).toLowerCase() }) } as never;
  if (name === 'findOneAndDelete') return collection.findOneAndDelete(filter as Document, given);
  if (name === 'findOneAndReplace') return collection.findOneAndReplace(filter as Document, replacement as Document, given);
  return collection.findOneAndUpdate(filter as Document, update as Document, given);
};

/** Name of the operation -> how the driver does it. */
export const collectionOperations: Readonly<Record<string, Run>> = {
  aggregate: (collection, { pipeline, ...options }) => drain(collection.aggregate(pipeline as Document[], options)),
  bulkWrite: async (collection, { requests, ...options }) => {
    const result = await collection.bulkWrite((requests as Document[]).map(bulkModel) as never, options);
    return {
      insertedCount: result.insertedCount, matchedCount: result.matchedCount, modifiedCount: result.modifiedCount, deletedCount: result.deletedCount,
      upsertedCount: result.upsertedCount, upsertedIds: result.upsertedIds, insertedIds: result.insertedIds,
    };
  },
  countDocuments: (collection, { filter, ...options }) => collection.countDocuments(filter as Document, options),
  createChangeStream: (collection, { pipeline, ...options }) => Promise.resolve(collection.watch(pipeline as Document[], options)),
  createFindCursor: async (collection, { filter, ...options }) => {
    const cursor = collection.find(filter as Document, options);
    await cursor.hasNext();
    return cursor;
  },
  createIndex: (collection, { keys, session, comment, maxTimeMS, commitQuorum, ...options }) =>
    collection.createIndex(keys as IndexSpecification, options, { comment, maxTimeMS, commitQuorum, ...(session === undefined ? {} : { session }) } as never),
  deleteMany: async (collection, { filter, ...options }) => unacknowledged(await collection.deleteMany(filter as Document, options)),
  deleteOne: async (collection, { filter, ...options }) => unacknowledged(await collection.deleteOne(filter as Document, options)),
  distinct: (collection, { fieldName, filter = {}, ...options }) => collection.distinct(String(fieldName), filter as Document, options),
  drop: (collection, options) => collection.drop(options),
  dropIndex: (collection, { name, ...options }) => collection.dropIndex(String(name), options),
  dropIndexes: (collection, options) => collection.dropIndexes(options),
  estimatedDocumentCount: (collection, options) => collection.estimatedDocumentCount(options),
  find: (collection, { filter, ...options }) => drain(collection.find(filter as Document, options)),
  findOne: (collection, { filter, ...options }) => collection.findOne(filter as Document, options),
  findOneAndDelete: findAndModify('findOneAndDelete'),
  findOneAndReplace: findAndModify('findOneAndReplace'),
  findOneAndUpdate: findAndModify('findOneAndUpdate'),
  insertMany: async (collection, { documents, ...options }) => unacknowledged(await collection.insertMany(documents as Document[], options)),
  insertOne: async (collection, { document, ...options }) => unacknowledged(await collection.insertOne(document as Document, options)),
  listIndexes: (collection, options) => drain(collection.listIndexes(options)),
  listIndexNames: async (collection, options) => (await collection.listIndexes(options).toArray()).map(({ name }) => String(name)),
  rename: (collection, { to, ...options }) => collection.rename(String(to), options),
  replaceOne: async (collection, { filter, replacement, ...options }) => unacknowledged(await collection.replaceOne(filter as Document, replacement as Document, options)),
  updateMany: async (collection, { filter, update, ...options }) => unacknowledged(await collection.updateMany(filter as Document, update as Document, options)),
  updateOne: async (collection, { filter, update, ...options }) => unacknowledged(await collection.updateOne(filter as Document, update as Document, options)),
};

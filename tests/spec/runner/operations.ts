// Operations on everything but collections: clients, databases, sessions, buckets and cursors.
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { AbstractCursor, ChangeStream, ClientSession, Db, Document, GridFSBucket, MongoClient, ObjectId } from 'mongodb';
import type { Arguments } from './collection-operations.js';
import { driverOptions } from './entities.js';

type Run<Target> = (target: Target, given: Arguments) => Promise<unknown>;

export const clientOperations: Readonly<Record<string, Run<MongoClient>>> = {
  clientBulkWrite: (client, { models, ...options }) => client.bulkWrite((models as Document[]).map(clientModel) as never, options),
  createChangeStream: (client, { pipeline, ...options }) => Promise.resolve(client.watch(pipeline as Document[], options)),
  listDatabaseNames: async (client, options) => (await client.db('admin').admin().listDatabases({ ...options, nameOnly: true })).databases.map(({ name }) => name),
  listDatabases: async (client, options) => (await client.db('admin').admin().listDatabases(options)).databases,
};

/** `{insertOne: {namespace, document}}` as the driver's `{name: 'insertOne', namespace, document}`. */
function clientModel(model: Document): Document {
  const [[name, fields]] = Object.entries(model) as [[string, Document]];
  return { name, ...fields };
}

export const databaseOperations: Readonly<Record<string, Run<Db>>> = {
  aggregate: (database, { pipeline, ...options }) => database.aggregate(pipeline as Document[], options).toArray(),
  createChangeStream: (database, { pipeline, ...options }) => Promise.resolve(database.watch(pipeline as Document[], options)),
  createCollection: (database, { collection, ...options }) => database.createCollection(String(collection), options),
  dropCollection: (database, { collection, ...options }) => database.dropCollection(String(collection), options),
  listCollectionNames: async (database, { filter, ...options }) => (await database.listCollections(filter as Document, { ...options, nameOnly: true }).toArray()).map(({ name }) => name),
  listCollections: (database, { filter, ...options }) => database.listCollections(filter as Document, options).toArray(),
  modifyCollection: (database, { collection, session, ...options }) => database.command({ collMod: collection as string, ...options }, { ...(session === undefined ? {} : { session }) }),
  runCommand: (database, { command, session, readPreference }) => database.command(command as Document, driverOptions({ readPreference, ...(session === undefined ? {} : { session }) })),
  runCursorCommand: (database, { command, batchSize, maxTimeMS, comment, session }) => {
    const cursor = database.runCursorCommand(command as Document, session === undefined ? {} : { session });
    if (batchSize !== undefined) cursor.setBatchSize(Number(batchSize));
    if (maxTimeMS !== undefined) cursor.setMaxTimeMS(Number(maxTimeMS));
    if (comment !== undefined) cursor.setComment(comment);
    return cursor.toArray();
  },
};

export const sessionOperations: Readonly<Record<string, Run<ClientSession>>> = {
  abortTransaction: (session) => session.abortTransaction(),
  commitTransaction: (session) => session.commitTransaction(),
  endSession: (session) => session.endSession(),
  startTransaction: (session, options) => {
    session.startTransaction(driverOptions(options));
    return Promise.resolve(undefined);
  },
};

interface ByteSource {
  readonly $$hexBytes: string;
}

export const bucketOperations: Readonly<Record<string, Run<GridFSBucket>>> = {
  delete: (bucket, { id }) => bucket.delete(id as ObjectId),
  download: (bucket, { id }) => buffer(bucket.openDownloadStream(id as ObjectId)),
  downloadByName: (bucket, { filename, ...options }) => buffer(bucket.openDownloadStreamByName(String(filename), options as { revision?: number })),
  drop: (bucket) => bucket.drop(),
  rename: (bucket, { id, newFilename }) => bucket.rename(id as ObjectId, String(newFilename)),
  upload: async (bucket, { filename, source, ...options }) => {
    const target = bucket.openUploadStream(String(filename), options as { chunkSizeBytes?: number });
    Readable.from([Buffer.from((source as ByteSource).$$hexBytes, 'hex')]).pipe(target);
    await new Promise((resolve, reject) => target.once('finish', resolve).once('error', reject));
    return target.id;
  },
};

export const cursorOperations: Readonly<Record<string, Run<AbstractCursor | ChangeStream>>> = {
  close: (cursor) => Promise.resolve(cursor.close()),
  iterateOnce: (cursor) => cursor.tryNext(),
  iterateUntilDocumentOrError: (cursor) => cursor.next(),
};

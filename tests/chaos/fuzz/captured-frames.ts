// Real frames to begin with: what a driver sends for all kinds of commands, taken down on its way to the engine.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Decimal128, Double, Long, MongoClient, ObjectId, Timestamp, type Db, type Document, type UpdateFilter } from 'mongodb';

const headerBytes = 16;

/** Passes everything on to the engine and keeps the frames of clients. */
async function recordingProxy(enginePort: number, frames: Buffer[]): Promise<Server> {
  const server = createServer((client) => {
    const engine = connect(enginePort, '127.0.0.1');
    let rest: Buffer = Buffer.alloc(0);
    client.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= headerBytes && rest.length >= rest.readInt32LE(0)) {
        const length = rest.readInt32LE(0);
        frames.push(Buffer.from(rest.subarray(0, length)));
        rest = rest.subarray(length);
      }
      engine.write(chunk);
    });
    engine.pipe(client);
    for (const [socket, other] of [[client, engine], [engine, client]] as const) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const everyType = {
  double: new Double(1.5), text: 'text', nested: { list: [1, { deep: [true, null] }] }, binary: Buffer.from('bytes'), id: new ObjectId('64b000000000000000000001'),
  yes: true, date: new Date(0), nothing: null, pattern: /^a.*b/i, int: 7, stamp: Timestamp.fromBits(1, 2), long: Long.fromNumber(2 ** 40), decimal: Decimal128.fromString('1.25'),
};

async function manyCommands(database: Db): Promise<void> {
  const documents = database.collection('documents');
  await documents.drop();
  await documents.insertMany(Array.from({ length: 50 }, (_, n) => ({ ...everyType, _id: new ObjectId(), n })));
  await documents.createIndexes([{ key: { n: 1 }, sparse: true }]);
  await documents.find({ n: { $gt: 3, $in: [1, 4, 5] }, text: /t.x/i, 'nested.list': { $elemMatch: { $gte: 1 } } }, { projection: { n: 1 }, sort: { n: -1 }, limit: 5 }).toArray();
  await documents.find({}, { batchSize: 10 }).toArray();
  await documents.aggregate([{ $match: { n: { $mod: [2, 0] } } }, { $group: { _id: '$int', sum: { $sum: { $multiply: ['$n', '$decimal'] } }, all: { $push: '$$ROOT' } } }, { $unwind: '$all' }, { $sort: { 'all.n': 1 } }]).toArray();
  await documents.aggregate([{ $lookup: { from: 'documents', localField: 'n', foreignField: 'n', as: 'same' } }, { $project: { size: { $size: '$same' }, when: { $dateToString: { date: '$date' } } } }, { $limit: 3 }]).toArray();
  const update: UpdateFilter<Document> = { $set: { 'nested.a.b': 1 }, $inc: { int: 2 }, $push: { list: { $each: [3, 1], $sort: 1, $slice: -2 } as never } };
  await documents.updateMany({ n: { $lt: 5 } }, update, { upsert: true });
  await documents.updateOne({ n: 6 }, [{ $set: { n: { $add: ['$n', 1] } } }]);
  await documents.replaceOne({ n: 8 }, everyType);
  await documents.findOneAndUpdate({ n: 9 }, { $unset: { text: 1 } }, { returnDocument: 'after' });
  await documents.bulkWrite([{ insertOne: { document: { n: 100 } } }, { deleteOne: { filter: { n: 100 } } }, { updateOne: { filter: { n: 1 }, update: { $max: { int: 9 } } } }]);
  await documents.distinct('n', { n: { $exists: true } });
  await documents.countDocuments({ $or: [{ n: 1 }, { $expr: { $gt: ['$n', 5] } }] });
  await database.createCollection('checked', { validator: { $jsonSchema: { required: ['a'], properties: { a: { bsonType: 'int' } } } } });
  await database.collection('checked').drop();
  await database.listCollections().toArray();
  await documents.indexes();
  await database.command({ collStats: 'documents' });
  await database.command({ explain: { find: 'documents', filter: { n: 1 } } });
  await documents.deleteMany({ n: { $gte: 40 } });
}

async function aTransaction(client: MongoClient): Promise<void> {
  await client.withSession((session) => session.withTransaction(() => client.db('fuzz').collection('transactions').insertOne({ inTransaction: true }, { session })));
}

/** Frames of OP_MSG, OP_QUERY and OP_COMPRESSED, each of them once answered by the engine on this port. */
export async function capturedFrames(enginePort: number): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  const proxy = await recordingProxy(enginePort, frames);
  const { port } = proxy.address() as AddressInfo;
  for (const compressors of [[], ['zlib'], ['snappy']] as const) {
    // Waiting hellos are not taken down: changed, they would wait for as long as they like.
    const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverMonitoringMode: 'poll', compressors: [...compressors] });
    await manyCommands(client.db('fuzz'));
    await aTransaction(client);
    await client.close();
  }
  proxy.close();
  return frames;
}

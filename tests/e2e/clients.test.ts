// Other people's clients on a tenant's URI: mongosh, pymongo, mongoose, and the official driver's harder features.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, root, runFreehold, runProgram, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

const mongosh = join(root, 'node_modules/mongosh/bin/mongosh.js');
const python = '/usr/bin/python3';

describe('a tenant\'s URI', () => {
  const dataDirectory = temporaryFolder('clients');
  let platform: TestPlatform;
  let uri: string;
  let otherDatabase: string;
  let token: string;

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
    const person = await signUp(platform.url);
    token = person.token;
    uri = (await person.client.databases.create({ name: 'mine' })).connection_uri;
    otherDatabase = (await person.client.databases.create({ name: 'other' })).mongo_database;
  });

  afterAll(async () => {
    await platform.stop();
    removeFolder(dataDirectory);
  });

  const shell = (script: string) => runProgram(process.execPath, [mongosh, uri, '--quiet', '--norc', '--eval', script], { environment: { HOME: dataDirectory } });

  it('opens in mongosh: writes, reads, aggregates, indexes, and sees its own database alone', async () => {
    const result = await shell(`
      db.people.insertMany([{name: 'Ada', born: 1815}, {name: 'Grace', born: 1906}, {name: 'Edsger', born: 1930}]);
      db.people.createIndex({born: 1});
      print(JSON.stringify({
        names: db.people.find({born: {$gt: 1900}}).sort({born: -1}).toArray().map(p => p.name),
        count: db.people.countDocuments(),
        average: db.people.aggregate([{$group: {_id: null, average: {$avg: '$born'}}}]).toArray()[0].average,
        stage: db.people.find({born: 1906}).explain().queryPlanner.winningPlan.inputStage.stage,
        collections: db.getCollectionNames(),
        databases: db.getMongo().getDBNames(),
        stats: db.stats().collections,
      }));`);
    expect(result.stderr).toBe('');
    const printed = JSON.parse(result.stdout.trim().split('\n').at(-1)!) as { databases: string[] };
    expect(printed).toMatchObject({ names: ['Edsger', 'Grace'], count: 3, average: (1815 + 1906 + 1930) / 3, stage: 'IXSCAN', collections: ['people'], stats: 1 });
    expect(printed.databases).toHaveLength(1);
  });

  it('is refused on a neighbour\'s database in mongosh, in MongoDB\'s words', async () => {
    const result = await shell(`try { db.getSiblingDB('${otherDatabase}').c.findOne(); print('opened'); } catch (e) { print(e.codeName); }`);
    expect(result.stdout.trim().split('\n').at(-1)).toBe('Unauthorized');
  });

  it('opens with `freehold db shell`, without the URI among the arguments', async () => {
    const result = await runFreehold(['--url', platform.url, 'db', 'shell', 'mine', '--', '--quiet', '--norc', '--eval', 'print(db.getName())'], { environment: { FREEHOLD_TOKEN: token, HOME: dataDirectory, FREEHOLD_CONFIG_HOME: dataDirectory } });
    expect(result.stdout.trim().split('\n').at(-1)).toMatch(/^user_/u);
    expect(result.code).toBe(0);
  });

  it.skipIf(!existsSync(python))('opens in pymongo: reads, writes, sessions and transactions', async () => {
    const script = `
import json, os, pymongo
client = pymongo.MongoClient(os.environ['URI'])
db = client.get_default_database()
db.numbers.insert_many([{'n': n} for n in range(10)])
with client.start_session() as session:
    def work(session):
        db.numbers.insert_one({'n': 10}, session=session)
        db.numbers.update_one({'n': 0}, {'$set': {'zero': True}}, session=session)
    session.with_transaction(work)
refused = None
try:
    client['${otherDatabase}'].c.find_one()
except pymongo.errors.OperationFailure as error:
    refused = error.code
print(json.dumps({'count': db.numbers.count_documents({}), 'zero': db.numbers.find_one({'n': 0})['zero'], 'refused': refused,
  'sum': list(db.numbers.aggregate([{'$group': {'_id': None, 'sum': {'$sum': '$n'}}}]))[0]['sum']}))
`;
    const result = await runProgram(python, ['-c', script], { environment: { URI: uri } });
    expect(result.stderr).toBe('');
    expect(JSON.parse(result.stdout)).toEqual({ count: 11, zero: true, refused: 13, sum: 55 });
  });

  it('carries mongoose: schemas, unique indexes, populate, transactions', async () => {
    const connection = await mongoose.createConnection(uri).asPromise();
    try {
      const Author = connection.model('Author', new mongoose.Schema({ name: { type: String, required: true, unique: true } }));
      const Book = connection.model('Book', new mongoose.Schema({ title: String, author: { type: mongoose.Schema.Types.ObjectId, ref: 'Author' }, tags: [String] }, { timestamps: true }));
      await Promise.all([Author.init(), Book.init()]);
      const author = await Author.create({ name: 'Ursula' });
      await expect(Author.create({ name: 'Ursula' })).rejects.toMatchObject({ code: 11_000 });
      await connection.transaction(async (session) => {
        await Book.create([{ title: 'The Dispossessed', author: author._id, tags: ['sf'] }, { title: 'Lavinia', author: author._id }], { session, ordered: true });
      });
      const book = await Book.findOneAndUpdate({ title: /^the/iu }, { $addToSet: { tags: 'utopia' } }, { returnDocument: 'after' }).populate<{ author: { name: string } }>('author');
      expect(book?.author.name).toBe('Ursula');
      expect(book?.tags).toEqual(['sf', 'utopia']);
      expect(await Book.countDocuments()).toBe(2);
    } finally {
      await connection.close();
    }
  });
});

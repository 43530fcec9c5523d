// Mongoose over the engine: schemas, validation, references, unique indexes, sessions, and the queries that it writes itself.
import mongoose, { Schema, type Connection } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestEngine, type TestEngine } from './engine.fixture.js';

let test: TestEngine;
let connection: Connection;
beforeAll(async () => {
  test = await startTestEngine();
  connection = await mongoose.createConnection(`${test.engine.uri}shop`).asPromise();
});
afterAll(async () => {
  await connection.close();
  await test.stop();
});

interface Author {
  name: string;
  email: string;
  tags: string[];
  visits: number;
}

interface Book {
  title: string;
  author: mongoose.Types.ObjectId;
  reviews: { by: string; stars: number }[];
  price?: mongoose.Types.Decimal128;
  meta?: Map<string, string>;
}

const authorSchema = new Schema<Author>(
  { name: { type: String, required: true }, email: { type: String, unique: true }, tags: [String], visits: { type: Number, default: 0 } },
  { timestamps: true },
);
const bookSchema = new Schema<Book>({
  title: { type: String, index: true },
  author: { type: Schema.Types.ObjectId, ref: 'Author' },
  reviews: [{ by: String, stars: Number }],
  price: Schema.Types.Decimal128,
  meta: { type: Map, of: String },
});

describe('mongoose', () => {
  it('saves, finds, changes and deletes', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    await Author.init();
    const author = await Author.create({ name: 'Ada', email: 'ada@example.org', tags: ['a'] });
    author.tags.push('b');
    author.visits += 1;
    await author.save();
    const found = await Author.findById(author._id).lean();
    expect(found).toMatchObject({ name: 'Ada', tags: ['a', 'b'], visits: 1, __v: 1 });
    await Author.updateOne({ email: 'ada@example.org' }, { $inc: { visits: 5 }, $addToSet: { tags: { $each: ['b', 'c'] } } });
    expect(await Author.findOne({ visits: { $gte: 6 } }).select('tags -_id').lean()).toEqual({ tags: ['a', 'b', 'c'] });
    expect(await Author.deleteOne({ _id: author._id })).toMatchObject({ deletedCount: 1 });
  });

  it('has unique indexes that refuse duplicates', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    await Author.init();
    await Author.create({ name: 'Bob', email: 'bob@example.org' });
    await expect(Author.create({ name: 'Bobby', email: 'bob@example.org' })).rejects.toMatchObject({ code: 11000, keyPattern: { email: 1 }, keyValue: { email: 'bob@example.org' } });
  });

  it('populates references', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    const Book = connection.model<Book>('Book', bookSchema);
    const author = await Author.create({ name: 'Cyd', email: 'cyd@example.org' });
    await Book.create({ title: 'One', author: author._id, price: '12.30', meta: new Map([['k', 'v']]) }, { title: 'Two', author: author._id });
    const books = await Book.find({ author: author._id }).sort({ title: 1 }).populate<{ author: Author }>('author').lean();
    expect(books.map(({ title, author: { name } }) => [title, name])).toEqual([['One', 'Cyd'], ['Two', 'Cyd']]);
    expect(String(books[0]!.price)).toBe('12.30');
  });

  it('changes documents inside arrays', async () => {
    const Book = connection.model<Book>('Book', bookSchema);
    const book = await Book.create({ title: 'Three', reviews: [{ by: 'x', stars: 1 }, { by: 'y', stars: 2 }] });
    book.reviews[1]!.stars = 5;
    book.reviews.push({ by: 'z', stars: 3 });
    await book.save();
    book.reviews.splice(0, 1);
    await book.save();
    await Book.updateOne({ _id: book._id, 'reviews.by': 'z' }, { $set: { 'reviews.$.stars': 4 } });
    const found = await Book.findById(book._id).lean();
    expect(found!.reviews.map(({ by, stars }) => [by, stars])).toEqual([['y', 5], ['z', 4]]);
  });

  it('aggregates with look-ups', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    const Book = connection.model<Book>('Book', bookSchema);
    const author = await Author.create({ name: 'Dee', email: 'dee@example.org' });
    await Book.create([{ title: 'D1', author: author._id }, { title: 'D2', author: author._id }]);
    const rows = await Author.aggregate<{ name: string; titles: string[] }>([
      { $match: { name: 'Dee' } },
      { $lookup: { from: 'books', localField: '_id', foreignField: 'author', as: 'books' } },
      { $project: { _id: 0, name: 1, titles: { $sortArray: { input: '$books.title', sortBy: 1 } } } },
    ]);
    expect(rows).toEqual([{ name: 'Dee', titles: ['D1', 'D2'] }]);
  });

  it('commits and aborts with sessions', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    await connection.transaction(async (session) => {
      await Author.create([{ name: 'Eve', email: 'eve@example.org' }], { session });
    });
    expect(await Author.countDocuments({ name: 'Eve' })).toBe(1);
    const failing = connection.transaction(async (session) => {
      await Author.create([{ name: 'Fay', email: 'fay@example.org' }], { session });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await Author.countDocuments({ name: 'Fay' })).toBe(0);
  });

  it('finds and updates in one step, with upsert and defaults', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    const made = await Author.findOneAndUpdate({ email: 'gus@example.org' }, { name: 'Gus' }, { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true }).lean();
    expect(made).toMatchObject({ email: 'gus@example.org', name: 'Gus', visits: 0 });
    expect(await Author.exists({ email: 'gus@example.org' })).not.toBeNull();
    expect(await Author.distinct('name', { email: 'gus@example.org' })).toEqual(['Gus']);
  });

  it('walks a cursor', async () => {
    const Book = connection.model<Book>('Book', bookSchema);
    await Book.insertMany(Array.from({ length: 30 }, (_, index) => ({ title: `w${String(index).padStart(2, '0')}` })));
    const titles: string[] = [];
    for await (const book of Book.find({ title: /^w/ }).sort('title').batchSize(7).cursor()) titles.push(book.title);
    expect(titles).toHaveLength(30);
    expect(titles[29]).toBe('w29');
  });

  it('refuses what the schema refuses', async () => {
    const Author = connection.model<Author>('Author', authorSchema);
    await expect(Author.create({ email: 'nameless@example.org' })).rejects.toThrow(/name.*required/);
  });
});

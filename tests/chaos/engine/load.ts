// What clients do to an engine that is about to be killed, and what they were told. Everything that was acknowledged is written down here, in
// another process than the engine's.
import { MongoClient, MongoError, type ClientSession, type Collection } from 'mongodb';
import type { Random } from '../replicas/random.js';

const accounts = 10;
const startBalance = 100;

interface Entry {
  readonly _id: number;
  readonly code?: string;
  readonly n?: number;
  readonly balance?: number;
  readonly transfer?: number;
}

/** What the engine must have, whatever happened to it. */
export class Ledger {
  /** Acknowledged: the latest value of each document; undefined: it is deleted. */
  readonly values = new Map<number, number | undefined>();
  /** Asked for and not answered: each may have happened or not. */
  readonly pending = new Map<number, number | undefined>();
  transfers = 0;
  next = 1000;

  /** Chooses what the load does. */
  constructor(readonly random: Random) {}
}

const isExpected = (error: unknown): boolean => error instanceof MongoError || (error instanceof Error && /ECONN|EPIPE|closed/u.test(error.message));

export async function prepare(client: MongoClient): Promise<void> {
  const entries = client.db('chaos').collection<Entry>('entries');
  if ((await entries.countDocuments()) > 0) return;
  await entries.createIndexes([{ key: { code: 1 }, unique: true, sparse: true }, { key: { n: 1 } }]);
  await entries.insertMany(Array.from({ length: accounts }, (_, _id) => ({ _id, balance: startBalance })));
  await client.db('chaos').collection('log').insertOne({ transfer: 0 });
}

/** Runs until the engine is gone or `isOver`. */
export async function runLoad(uri: string, ledger: Ledger, isOver: () => boolean, onAcknowledged: () => void): Promise<void> {
  const client = new MongoClient(uri, { retryWrites: false, serverSelectionTimeoutMS: 1000, maxPoolSize: 16 });
  const entries = client.db('chaos').collection<Entry>('entries');
  const until = async (work: () => Promise<unknown>): Promise<void> => {
    while (!isOver()) {
      try {
        // Each goes on when the one before was answered.
        await work();
        onAcknowledged();
      } catch (error) {
        if (!isExpected(error)) throw error;
        if (error instanceof MongoError && (error.code === 11_000 || error.hasErrorLabel('TransientTransactionError'))) continue;
        return;
      }
    }
  };
  try {
    await Promise.all([
      until(() => insertOne(entries, ledger)), until(() => insertOne(entries, ledger)), until(() => insertMany(entries, ledger)),
      until(() => change(entries, ledger)), until(() => clash(entries, ledger)),
      until(() => transfer(client, entries, ledger)),
    ]);
  } finally {
    await client.close().catch(() => undefined);
  }
}

async function noting(ledger: Ledger, id: number, value: number | undefined, work: () => Promise<unknown>): Promise<void> {
  ledger.pending.set(id, value);
  await work();
  ledger.pending.delete(id);
  ledger.values.set(id, value);
}

function insertOne(entries: Collection<Entry>, ledger: Ledger): Promise<void> {
  const id = (ledger.next += 1);
  return noting(ledger, id, id, () => entries.insertOne({ _id: id, code: `code ${id}`, n: id }));
}

async function insertMany(entries: Collection<Entry>, ledger: Ledger): Promise<void> {
  const ids = Array.from({ length: 20 }, () => (ledger.next += 1));
  for (const id of ids) ledger.pending.set(id, id);
  await entries.insertMany(ids.map((id) => ({ _id: id, code: `code ${id}`, n: id })));
  for (const id of ids) {
    ledger.pending.delete(id);
    ledger.values.set(id, id);
  }
}

async function change(entries: Collection<Entry>, ledger: Ledger): Promise<void> {
  const known = [...ledger.values.entries()].slice(-500).filter(([, value]) => value !== undefined);
  if (known.length === 0) {
    await insertOne(entries, ledger);
    return;
  }
  const [id, value] = ledger.random.pick(known);
  if (ledger.random.next() < 0.3) await noting(ledger, id, undefined, () => entries.deleteOne({ _id: id }));
  else await noting(ledger, id, value! + 1, () => entries.updateOne({ _id: id }, { $inc: { n: 1 } }));
}

/** A code that another document has: it must be refused, before the crash and after it. */
async function clash(entries: Collection<Entry>, ledger: Ledger): Promise<void> {
  const id = (ledger.next += 1);
  await noting(ledger, id, id, () => entries.insertOne({ _id: id, code: `clash ${Math.floor(id / 4)}`, n: id })).catch((error: unknown) => {
    if (error instanceof MongoError && error.code === 11_000) ledger.pending.delete(id);
    throw error;
  });
}

/** Money goes from one account to another, and the log counts it: all of it or nothing. */
async function transfer(client: MongoClient, entries: Collection<Entry>, ledger: Ledger): Promise<void> {
  const [from, to] = [ledger.random.below(accounts), ledger.random.below(accounts)];
  await client.withSession(async (session: ClientSession) => {
    session.startTransaction();
    await entries.updateOne({ _id: from }, { $inc: { balance: -7 } }, { session });
    await entries.updateOne({ _id: to }, { $inc: { balance: 7 } }, { session });
    await client.db('chaos').collection('log').updateOne({}, { $inc: { transfer: 1 } }, { session });
    await session.commitTransaction();
  });
  ledger.transfers += 1;
}

/** What is wrong, as sentences; empty: nothing. */
export async function findLosses(client: MongoClient, ledger: Ledger): Promise<string[]> {
  const found: string[] = [];
  const database = client.db('chaos');
  const entries = await database.collection<Entry>('entries').find().toArray();
  const byId = new Map(entries.map((entry) => [entry._id, entry.n]));
  for (const [id, value] of ledger.values) {
    const actual = byId.get(id);
    const allowed = ledger.pending.has(id) ? [value, ledger.pending.get(id)] : [value];
    if (!allowed.includes(actual)) found.push(`document ${id} is ${String(actual)}, not ${allowed.map(String).join(' or ')}`);
  }
  const balance = entries.reduce((sum, entry) => sum + (entry.balance ?? 0), 0);
  if (balance !== accounts * startBalance) found.push(`the accounts hold ${balance}`);
  const transfers = Number((await database.collection('log').findOne())?.['transfer']);
  if (transfers < ledger.transfers) found.push(`${transfers} transfers are there of ${ledger.transfers}`);
  const codes = entries.flatMap(({ code }) => (code === undefined ? [] : [code]));
  if (new Set(codes).size !== codes.length) found.push('a unique index has duplicates');
  for (const name of ['entries', 'log']) {
    const { valid, errors } = await database.command({ validate: name, full: true });
    if (valid !== true) found.push(`validate of ${name}: ${JSON.stringify(errors)}`);
  }
  // What was pending is settled now, as it turned out.
  for (const id of ledger.pending.keys()) ledger.values.set(id, byId.get(id));
  ledger.pending.clear();
  ledger.transfers = transfers;
  return found;
}

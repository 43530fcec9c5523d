// A process that writes until it is killed, and says on stdout what was acknowledged. Run by kill-test; argument: data folder.
// Lines: `inserted <id>`, `counted <value>`, `moved`.
import { encodeDocument, decodePlain, int32Value } from '../bson/values.js';
import { emptyDocument } from '../bson/writer.js';
import { systemClock } from '../dispatch/clock.js';
import { TransactionCoordinator } from '../transactions/coordinator.js';
import { openStorage } from './open-storage.js';
import type { ReadUnit, WriteUnit } from './units.js';

const storage = await openStorage({ dataDirectory: process.argv[2]!, oplogLimits: { bytes: 256 * 1024, minRetentionHours: 0 } });
const coordinator = new TransactionCoordinator({ storage, clock: systemClock });
const sessionKey = process.pid.toString(16).padStart(96, '0');

const collection = (unit: ReadUnit): ReturnType<WriteUnit['createCollection']> => unit.collection('db', 'c')!;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function change(unit: WriteUnit, id: number, change: (fields: Record<string, unknown>) => object): Record<string, unknown> {
  const recordId = unit.recordIdOf(collection(unit), int32Value(id))!;
  const before = unit.record(collection(unit), recordId)!;
  const after = change(decodePlain(before));
  unit.replace(collection(unit), recordId, before, encodeDocument(after));
  return after as Record<string, unknown>;
}

/** Ids 0 to 9 are accounts whose balances sum up to 1000; -1 counts; all above 9 come and some go again. */
const nextId = await storage.write((unit) => {
  if (unit.collection('db', 'c') === undefined) {
    unit.createCollection('db', 'c', emptyDocument);
    for (const key of [{ tags: 1 }, { size: -1 }]) {
      const name = Object.keys(key)[0]!;
      unit.createIndex(collection(unit), { name, key: encodeDocument(key), unique: false, sparse: true, hidden: false, options: emptyDocument });
    }
    unit.createIndex(collection(unit), { name: 'code', key: encodeDocument({ code: 1 }), unique: true, sparse: true, hidden: false, options: emptyDocument });
    for (let id = 0; id < 10; id += 1) unit.insert(collection(unit), encodeDocument({ _id: id, balance: 100 }));
    unit.insert(collection(unit), encodeDocument({ _id: -1, value: 0 }));
  }
  let highest = 9;
  for (const { document } of unit.scanRecords(collection(unit))) highest = Math.max(highest, Number(decodePlain(document)['_id']));
  return highest + 1;
});

let id = nextId;

async function insertForever(): Promise<void> {
  for (;;) {
    const mine = (id += 1);
    const document = { _id: mine, code: `code ${mine}`, size: mine % 97, tags: ['x', `tag ${mine % 13}`], padding: 'p'.repeat(mine % 3000) };
    await storage.write((unit) => unit.insert(collection(unit), encodeDocument(document)));
    say(`inserted ${mine}`);
    if (mine % 5 === 0) await storage.write((unit) => change(unit, mine, (fields) => ({ ...fields, size: 1000, tags: [] })));
  }
}

async function churnForever(): Promise<void> {
  for (;;) {
    const mine = -2 - Math.floor(Math.random() * 50);
    await storage.write((unit) => {
      const recordId = unit.recordIdOf(collection(unit), int32Value(mine));
      if (recordId === undefined) unit.insert(collection(unit), encodeDocument({ _id: mine, code: mine, tags: [mine, 'churn'] }));
      else unit.remove(collection(unit), recordId, unit.record(collection(unit), recordId)!);
    });
  }
}

async function countForever(): Promise<void> {
  for (;;) {
    const { value } = await storage.write((unit) => change(unit, -1, (fields) => ({ ...fields, value: Number(fields['value']) + 1 })));
    say(`counted ${String(value)}`);
  }
}

async function moveMoneyForever(): Promise<void> {
  for (let txnNumber = 1n; ; txnNumber += 1n) {
    const [from, to] = [Math.floor(Math.random() * 10), Math.floor(Math.random() * 10)];
    const transaction = coordinator.start(sessionKey, txnNumber);
    await transaction.write((unit) => change(unit, from, (fields) => ({ ...fields, balance: Number(fields['balance']) - 7 })));
    await transaction.write((unit) => change(unit, to, (fields) => ({ ...fields, balance: Number(fields['balance']) + 7 })));
    await coordinator.commit(sessionKey, txnNumber);
    say('moved');
  }
}

await Promise.all([insertForever(), insertForever(), insertForever(), churnForever(), countForever(), moveMoneyForever()]);

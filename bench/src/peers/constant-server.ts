// A server that does nothing: it reads whole messages and answers each with bytes that were made beforehand. What the official driver
// reaches against it is what that driver reaches against any server. A process of its own: `tsx constant-server.ts`.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON } from 'mongodb';
import { order } from '../orders.js';

const headBytes = 16;
const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const legacyHeadBytes = 20;
const firstNameAt = headBytes + 4 + 1 + 4 + 1;
/** A batch is longer than this, a single document is not. */
const batchBytes = 4096;

const timestamp = new BSON.Timestamp({ t: 1_700_000_000, i: 1 });
const trailer = { ok: 1, $clusterTime: { clusterTime: timestamp, signature: { hash: new BSON.Binary(Buffer.alloc(20)), keyId: BSON.Long.ZERO } }, operationTime: timestamp };

function framed(opCode: number, head: Buffer, document: BSON.Document): Buffer {
  const body = BSON.serialize({ ...document, ...trailer });
  const bytes = Buffer.concat([Buffer.alloc(headBytes), head, body]);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
}

const message = (document: BSON.Document): Buffer => framed(opMsg, Buffer.alloc(5), document);

function found(count: number): Buffer {
  return message({ cursor: { firstBatch: Array.from({ length: count }, (_, n) => order(n)), id: BSON.Long.ZERO, ns: 'bench.orders' } });
}

const one = found(1);
const twenty = found(20);
const inserted = message({ n: 1 });
const insertedBatch = message({ n: 100 });
const updated = message({ n: 1, nModified: 1 });
const done = message({});

function hello(address: string): BSON.Document {
  return {
    helloOk: true, isWritablePrimary: true, ismaster: true, secondary: false, setName: 'rs0', setVersion: 1, hosts: [address], primary: address, me: address,
    maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000, logicalSessionTimeoutMinutes: 30, minWireVersion: 0, maxWireVersion: 25,
  };
}

function legacyHello(address: string): Buffer {
  const head = Buffer.alloc(legacyHeadBytes);
  head.writeInt32LE(1, legacyHeadBytes - 4);
  return framed(opReply, head, hello(address));
}

function answerTo(request: Buffer, address: string): Buffer {
  if (request.readInt32LE(12) === opQuery) return legacyHello(address);
  const name = request.toString('latin1', firstNameAt, request.indexOf(0, firstNameAt));
  switch (name) {
    case 'find': return request.includes('customer') ? twenty : one;
    case 'insert': return request.length > batchBytes ? insertedBatch : inserted;
    case 'update': return updated;
    case 'hello': return message(hello(address));
    default: return done;
  }
}

function serve(socket: Socket, address: () => string): void {
  let left: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    left = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    while (left.length >= headBytes && left.length >= left.readInt32LE(0)) {
      const request = left.subarray(0, left.readInt32LE(0));
      left = left.subarray(request.length);
      const answer = Buffer.from(answerTo(request, address()));
      answer.writeInt32LE(request.readInt32LE(4), 8);
      socket.write(answer);
    }
  });
}

const server = createServer({ noDelay: true }, (socket) => serve(socket, () => `127.0.0.1:${(server.address() as AddressInfo).port}`));
server.listen(0, '127.0.0.1', () => process.stdout.write(`listening 127.0.0.1:${(server.address() as AddressInfo).port}\n`));

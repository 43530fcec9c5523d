import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, type EngineUnderTest } from '../running-engine.fixture.js';
import { opMsgBytes, opQueryBytes, RawClient } from './raw-client.fixture.js';

let under: EngineUnderTest;

beforeAll(async () => {
  under = await engineUnderTest({ authorization: false });
});

afterAll(async () => {
  await under.close();
});

async function rawClient(): Promise<RawClient> {
  return new RawClient(await under.socket());
}

const ping = { ping: 1, $db: 'admin' };
const moreToCome = 2;
const exhaustAllowed = 1 << 16;

describe('OP_QUERY', () => {
  it.each(['hello', 'isMaster', 'ismaster'])('answers %s with an OP_REPLY', async (name) => {
    const client = await rawClient();
    client.send(opQueryBytes(9, 'admin.$cmd', { [name]: 1, helloOk: true }));
    const reply = await client.next();
    expect(reply?.header).toMatchObject({ opCode: 1, responseTo: 9 });
    expect(reply?.document).toMatchObject({ ok: 1, helloOk: true, setName: 'rs0', maxWireVersion: 25 });
    expect(reply?.document).toHaveProperty(name === 'hello' ? 'isWritablePrimary' : 'ismaster', true);
  });

  it('refuses other commands as current servers do', async () => {
    const client = await rawClient();
    client.send(opQueryBytes(9, 'test.$cmd', { find: 'c' }));
    expect((await client.next())?.document).toMatchObject({ ok: 0, code: 352, codeName: 'UnsupportedOpQueryCommand' });
  });
});

describe('an operation that was removed', () => {
  it.each([
    ['OP_QUERY', 2004],
    ['OP_GET_MORE', 2005],
  ])('%s on a collection is answered with an error, and the connection goes on', async (name, opCode) => {
    const client = await rawClient();
    const bytes = opQueryBytes(9, 'test.things', { a: 1 });
    bytes.writeInt32LE(opCode, 12);
    client.send(bytes);
    const reply = await client.next();
    expect(reply?.header).toMatchObject({ opCode: 1, responseTo: 9 });
    expect(reply?.document).toEqual({ $err: `${name} is no longer supported. The client driver may require an upgrade.`, code: 5739101, ok: 0 });
    expect((await client.ask(ping))?.document).toMatchObject({ ok: 1 });
  });
});

describe('OP_MSG', () => {
  it('is answered in the order of the requests', async () => {
    const client = await rawClient();
    const ids = Array.from({ length: 100 }, (_unused, index) => index + 1);
    client.send(Buffer.concat(ids.map((id) => opMsgBytes(id, ping))));
    const answered: (number | undefined)[] = [];
    while (answered.length < ids.length) answered.push((await client.next())?.header.responseTo);
    expect(answered).toEqual(ids);
  });

  it('gets no reply when more is to come', async () => {
    const client = await rawClient();
    client.send(opMsgBytes(1, ping, moreToCome));
    client.send(opMsgBytes(2, ping));
    expect((await client.next())?.header.responseTo).toBe(2);
  });

  it('needs a database', async () => {
    expect((await (await rawClient()).ask({ ping: 1 }))?.document).toMatchObject({ ok: 0, code: 40571 });
  });
});

describe('a streaming hello', () => {
  it('sends reply after reply to one request, each in response to the one before', async () => {
    const client = await rawClient();
    const first = await client.ask({ hello: 1, $db: 'admin' });
    const { topologyVersion } = first!.document;
    client.send(opMsgBytes(5, { hello: 1, $db: 'admin', topologyVersion, maxAwaitTimeMS: 20 }, exhaustAllowed));
    let responseTo = 5;
    for (let count = 0; count < 3; count += 1) {
      const reply = await client.next();
      expect(reply).toMatchObject({ flags: moreToCome, header: { responseTo }, document: { ok: 1, isWritablePrimary: true } });
      responseTo = reply!.header.requestId;
    }
  });

  it('answers at once where the client knows another topology', async () => {
    const client = await rawClient();
    const { topologyVersion } = (await client.ask({ hello: 1, $db: 'admin' }))!.document;
    const stale = { ...topologyVersion, processId: '' };
    const reply = await client.ask({ hello: 1, $db: 'admin', topologyVersion: stale, maxAwaitTimeMS: 3_600_000 });
    expect(reply?.document).toMatchObject({ ok: 1 });
  });

  it('needs both the topology version and the time', async () => {
    const client = await rawClient();
    expect((await client.ask({ hello: 1, $db: 'admin', maxAwaitTimeMS: 5 }))?.document).toMatchObject({ ok: 0, code: 31368 });
  });
});

describe('a peer that does not speak the protocol', () => {
  it.each([
    ['an impossible length', Buffer.from([1, 0, 0, 0])],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an unknown opcode', Buffer.concat([Buffer.from([16, 0, 0, 0]), Buffer.alloc(12, 1)])],
    ['an unknown section', Buffer.concat([opMsgBytes(1, ping).subarray(0, 20), Buffer.from([7]), opMsgBytes(1, ping).subarray(21)])],
  ])('is disconnected for %s, with the reason in the log', async (_name, bytes) => {
    const client = await rawClient();
    const before = under.logEvents.filter(({ event }) => event === 'connection.dropped').length;
    client.send(bytes);
    expect(await client.next()).toBeUndefined();
    expect(under.logEvents.filter(({ event }) => event === 'connection.dropped').length).toBe(before + 1);
  });

  it('may send any bytes in place of a request: the engine goes on serving others', async () => {
    const healthy = await rawClient();
    const whole = opMsgBytes(1, { insert: 'c', documents: [{ a: 1, b: 'text', c: [1, 2] }], $db: 'test' });
    const change = fc.record({ position: fc.nat(whole.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const { position, value } of changes) damaged[position] = value;
        const client = await rawClient();
        client.send(damaged);
        client.socket.end();
        await client.next();
        expect((await healthy.ask(ping))?.document).toMatchObject({ ok: 1 });
      }),
      { numRuns: 150 },
    );
  });

  it('gets an answer where only a document is damaged', async () => {
    const client = await rawClient();
    const bytes = opMsgBytes(1, ping);
    bytes[25] = 0x77;
    client.send(bytes);
    expect((await client.next())?.document).toMatchObject({ ok: 0 });
    expect((await client.ask(ping))?.document).toMatchObject({ ok: 1 });
  });
});

describe('compression', () => {
  it.each([['zlib'], ['snappy']] as const)('with %s is agreed on and used both ways', async (compressor) => {
    const client = await under.client({ compressors: [compressor] });
    const compressed = async (): Promise<number> => {
      const { network } = await client.db('admin').command({ serverStatus: 1 });
      return Number(network.compression.all.decompressor.bytesIn);
    };
    const before = await compressed();
    const { list } = await client.db('test').command({ listCommands: 1 }).then((reply) => ({ list: Object.keys(reply['commands'] as object) }));
    expect(list).toContain('ping');
    expect(await compressed()).toBeGreaterThan(before);
  });
});

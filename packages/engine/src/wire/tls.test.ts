// TLS as clients meet it: required or beside plain text, with certificates of clients, and with certificates that are renewed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { MongoClient, type MongoClientOptions } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, type EngineUnderTest } from '../running-engine.fixture.js';
import { issue, type Issued } from './certificates.fixture.js';
import { opMsgBytes, RawClient } from './raw-client.fixture.js';
import { readTlsFiles, type TlsOptions } from './tls.js';

let folder: string;
let under: EngineUnderTest | undefined;
const authority = issue([['CN', 'Test authority']]);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-tls-'));
});

afterEach(async () => {
  await under?.close();
  under = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function start(tls: Partial<TlsOptions> = {}, server: Issued = issue([['CN', 'localhost']], authority)): Promise<EngineUnderTest> {
  under = await engineUnderTest({ authorization: false, tls: { certificate: server.certificate, privateKey: server.privateKey, ...tls } });
  return under;
}

async function pings(uri: string, options: MongoClientOptions): Promise<unknown> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 1000, directConnection: true, ...options });
  try {
    return (await client.db('admin').command({ ping: 1 }))['ok'];
  } finally {
    await client.close();
  }
}

const trusting = (): MongoClientOptions => ({ tls: true, tlsCAFile: fileOf('authority.pem', authority.certificate) });

describe('TLS', () => {
  it('that is required lets nobody in without it', async () => {
    const { engine } = await start();
    expect(await pings(engine.uri, trusting())).toBe(1);
    expect((await rejection(pings(engine.uri, {}))).name).toBe('MongoServerSelectionError');
  });

  it('that is preferred serves both on one port', async () => {
    const { engine } = await start({ allowsPlainText: true });
    expect(await Promise.all([pings(engine.uri, trusting()), pings(engine.uri, {}), pings(engine.uri, trusting())])).toEqual([1, 1, 1]);
    const options = await pingOptions(engine.uri);
    expect(options).toMatchObject({ net: { tls: { mode: 'preferTLS' } } });
  });

  it('takes a plain message for what it is, whatever its length begins with, and however it is cut', async () => {
    await start({ allowsPlainText: true });
    for (const length of [0x0316, 0x0116]) {
      const socket = await under!.socket();
      const client = new RawClient(socket);
      const empty = opMsgBytes(1, { ping: '', $db: 'admin' }).length;
      const bytes = opMsgBytes(1, { ping: 'x'.repeat(length - empty), $db: 'admin' });
      expect(bytes.readInt32LE(0)).toBe(length);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
      expect((await client.next())?.document).toMatchObject({ ok: 1 });
    }
  });

  it('asks for certificates of clients where there is an authority for them', async () => {
    const { engine } = await start({ certificateAuthority: authority.certificate });
    const client = issue([['CN', 'client']], authority);
    const stranger = issue([['CN', 'client']], issue([['CN', 'Another authority']]));
    const withCertificate = ({ certificate, privateKey }: Issued, name: string): MongoClientOptions => ({ ...trusting(), tlsCertificateKeyFile: fileOf(name, certificate + privateKey) });
    expect(await pings(engine.uri, withCertificate(client, 'client.pem'))).toBe(1);
    await rejection(pings(engine.uri, withCertificate(stranger, 'stranger.pem')));
    await rejection(pings(engine.uri, trusting()));
  });

  it('lets clients without a certificate in where it is told to, and none with one that somebody else signed', async () => {
    const { engine } = await start({ certificateAuthority: authority.certificate, allowsNoCertificate: true });
    const stranger = issue([['CN', 'client']], issue([['CN', 'Another authority']]));
    const known = issue([['CN', 'client']], authority);
    const withCertificate = ({ certificate, privateKey }: Issued, name: string): MongoClientOptions => ({ ...trusting(), tlsCertificateKeyFile: fileOf(name, certificate + privateKey) });
    expect(await pings(engine.uri, trusting())).toBe(1);
    expect(await pings(engine.uri, withCertificate(known, 'known.pem'))).toBe(1);
    await rejection(pings(engine.uri, withCertificate(stranger, 'stranger.pem')));
  });

  it('shows renewed certificates when told to, and keeps the old ones where the new ones are no good', async () => {
    const first = issue([['CN', 'first']], authority);
    const files = { certificate: fileOf('server.pem', first.certificate), privateKey: fileOf('server.key', first.privateKey) };
    const { engine } = await start({ ...readTlsFiles(files), allowsPlainText: true });
    const client = await under!.client();
    const rotate = (): Promise<unknown> => client.db('admin').command({ rotateCertificates: 1 });
    expect(await shownBy(engine.port)).toBe('first');
    const second = issue([['CN', 'second']], authority);
    fileOf('server.pem', second.certificate);
    fileOf('server.key', second.privateKey);
    await rotate();
    expect(await shownBy(engine.port)).toBe('second');
    fileOf('server.pem', 'no certificate');
    expect(await rejection(rotate())).toMatchObject({ codeName: 'InvalidSSLConfiguration' });
    expect(await shownBy(engine.port)).toBe('second');
  });
});

async function pingOptions(uri: string): Promise<unknown> {
  const client = new MongoClient(uri, { directConnection: true });
  try {
    return (await client.db('admin').command({ getCmdLineOpts: 1 }))['parsed'];
  } finally {
    await client.close();
  }
}

/** The name in the certificate that a new connection sees. */
function shownBy(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', ca: authority.certificate, servername: 'localhost' }, () => {
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      resolve(typeof CN === 'string' ? CN : undefined);
    });
    socket.once('error', reject);
  });
}

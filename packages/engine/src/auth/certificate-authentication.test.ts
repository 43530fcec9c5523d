// Users who log in by their certificate, with the official driver on a real socket.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient, type Document } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineUnderTest, rejection, rootUser, type EngineUnderTest } from '../running-engine.fixture.js';
import { issue, type Issued } from '../wire/certificates.fixture.js';

const authority = issue([['CN', 'Test authority']]);
const application = issue([['O', 'Freehold'], ['OU', 'Apps'], ['CN', 'shop, the']], authority);
const stranger = issue([['CN', 'stranger']], authority);
const subject = 'CN=shop\\, the,OU=Apps,O=Freehold';

let folder: string;
let under: EngineUnderTest;
let root: MongoClient;
const clients: MongoClient[] = [];

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function connected(client: Issued, name: string, options: object): Promise<MongoClient> {
  const opened = new MongoClient(under.engine.uri, {
    tls: true, tlsCAFile: join(folder, 'authority.pem'), tlsCertificateKeyFile: fileOf(`${name}.pem`, client.certificate + client.privateKey),
    directConnection: true, serverSelectionTimeoutMS: 2000, ...options,
  });
  clients.push(opened);
  return opened.connect();
}

const byCertificate = (client: Issued, name: string, username?: string): Promise<MongoClient> =>
  connected(client, name, { authMechanism: 'MONGODB-X509', authSource: '$external', ...(username === undefined ? {} : { auth: { username, password: '' } }) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-x509-'));
  fileOf('authority.pem', authority.certificate);
  const server = issue([['CN', 'localhost']], authority);
  under = await engineUnderTest({ tls: { certificate: server.certificate, privateKey: server.privateKey, certificateAuthority: authority.certificate } });
  root = await connected(stranger, 'root', { auth: { username: rootUser.user, password: rootUser.password } });
  await root.db('$external').command({ createUser: subject, roles: [{ role: 'readWrite', db: 'shop' }] });
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await under.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a user of a certificate', () => {
  it.each([[undefined], [subject]])('logs in without a password, and has the rights of that user (named: %s)', async (username) => {
    const client = await byCertificate(application, 'application', username);
    await client.db('shop').collection('things').insertOne({ a: 1 });
    expect(await rejection(client.db('other').collection('things').insertOne({ a: 1 }))).toMatchObject({ code: 13 });
    expect((await client.db('admin').command({ connectionStatus: 1 }))['authInfo']).toMatchObject({ authenticatedUsers: [{ user: subject, db: '$external' }] });
  });

  it('is nobody where no such user was made', async () => {
    expect(await rejection(byCertificate(stranger, 'stranger'))).toMatchObject({ code: 18 });
  });

  it('cannot take another one\'s name', async () => {
    expect(await rejection(byCertificate(stranger, 'stranger', subject))).toMatchObject({ code: 18 });
  });

  it('loses everything when the user is dropped, and has no password in between', async () => {
    await root.db('$external').command({ createUser: 'CN=stranger', roles: [{ role: 'read', db: 'shop' }], customData: { app: 1 } });
    const client = await byCertificate(stranger, 'stranger');
    expect(await client.db('shop').collection('things').countDocuments()).toBeGreaterThan(0);
    const { users } = (await root.db('$external').command({ usersInfo: 'CN=stranger', showCredentials: true })) as { users: Document[] };
    expect(users).toMatchObject([{ user: 'CN=stranger', db: '$external', credentials: { external: true }, customData: { app: 1 } }]);
    expect(await rejection(root.db('$external').command({ updateUser: 'CN=stranger', pwd: 'p' }))).toMatchObject({ code: 2 });
    await root.db('$external').command({ dropUser: 'CN=stranger' });
    expect(await rejection(client.db('shop').collection('things').countDocuments())).toMatchObject({ code: 13 });
  });

  it.each<[string, Document, string, number]>([
    ['a password', { createUser: 'CN=a', pwd: 'p', roles: [] }, '$external', 2],
    ['mechanisms', { createUser: 'CN=a', mechanisms: ['SCRAM-SHA-256'], roles: [] }, '$external', 2],
    ['a role that $external does not have', { createUser: 'CN=a', roles: ['read'] }, '$external', 31],
    ['another mechanism', { authenticate: 1, mechanism: 'MONGODB-CR' }, '$external', 334],
    ['another database', { authenticate: 1, mechanism: 'MONGODB-X509' }, 'admin', 18],
  ])('is refused with %s', async (_name, command, database, code) => {
    expect(await rejection(root.db(database).command(command))).toMatchObject({ code });
  });
});

it('a client without a certificate is no user, and mechanisms that are switched off are not there', async () => {
  const plain = await engineUnderTest({ parameters: { authenticationMechanisms: 'SCRAM-SHA-256' } });
  try {
    const client = await plain.clientOf(rootUser.user, rootUser.password);
    expect((await client.db('admin').command({ hello: 1, saslSupportedMechs: 'admin.nobody' }))['saslSupportedMechs']).toEqual(['SCRAM-SHA-256']);
    expect(await rejection(client.db('$external').command({ authenticate: 1, mechanism: 'MONGODB-X509' }))).toMatchObject({ code: 334 });
    expect(await rejection(plain.clientOf(rootUser.user, rootUser.password, { authMechanism: 'SCRAM-SHA-1' }))).toMatchObject({ code: 334 });
  } finally {
    await plain.close();
  }
});

// R2.5: nothing that a full run wrote holds a secret that it made: output, log, app logs, operations, audit events, metrics.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}

/** A webhook's receiver that keeps what it is sent. */
async function startReceiver(): Promise<{ readonly url: string; readonly received: string[]; stop(): void }> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += String(piece); }).on('end', () => {
      received.push(`${JSON.stringify(request.headers)}\n${body}`);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received, stop };
}

describe('a full run', () => {
  const dataDirectory = temporaryFolder('secrets');
  const secrets: Record<string, string> = { 'the master key': externalMasterKey };
  let mongodb: ExternalMongodb;
  let platform: TestPlatform;
  let written: Record<string, string> = {};

  beforeAll(async () => {
    mongodb = await startExternalMongodb();
    platform = await startPlatform({
      dataDirectory, environment: { FREEHOLD_MONGODB_URI: mongodb.uri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}`, FREEHOLD_LOG_LEVEL: 'debug', FREEHOLD_WEBHOOK_ALLOW_PRIVATE: 'on', FREEHOLD_SMTP_URL: 'smtp://freehold:smtp-secret-password@127.0.0.1:1', FREEHOLD_OPERATOR_PASSWORD: 'operator secret password' },
    });
    secrets['the operator\'s password'] = 'operator secret password';
    secrets['the mail server\'s password'] = 'smtp-secret-password';
    secrets['the root URI'] = mongodb.uri;
    secrets['the root password'] = new URL(mongodb.uri).password;
    const { client, token, password } = await signUp(platform.url);
    secrets['a session token'] = token;
    secrets['an account\'s password'] = password;
    const receiver = await startReceiver();
    const webhook = await client.webhooks.create({ url: receiver.url });
    secrets['a webhook\'s secret'] = webhook.secret;
    secrets['a webhook\'s next secret'] = (await client.webhooks.rotateSecret({ id: webhook.id })).secret;
    const apiToken = await client.tokens.create({ name: 'ci' });
    secrets['an API token'] = (apiToken as { secret?: string; token?: string }).secret ?? (apiToken as { token?: string }).token!;
    await client.databases.create({ name: 'first' });
    const database = await client.databases.create({ name: 'second' });
    const remember = async (name: string): Promise<void> => {
      const connection = await client.databases.connection({ id: database.id });
      secrets[`${name} URI`] = connection.connection_uri;
      secrets[`${name} password`] = connection.password;
    };
    await remember('the first');
    await client.databases.rotateCredentials({ id: database.id });
    await remember('the second');
    const app = await client.apps.create({ name: 'chatty', database_id: database.id, spec: { command: [process.execPath, '-e', 'console.log(process.env.MONGODB_URI, process.env.KEY); setInterval(() => {}, 1000)'], env: { KEY: 'app-variable-secret' } } });
    await client.apps.deploy({ id: app.id });
    const request = (await client.databases.delete({ id: database.id })) as { confirm_token: string };
    secrets['a confirm token'] = request.confirm_token;
    await client.databases.delete({ id: database.id, confirm_token: request.confirm_token, on_apps: 'detach' });
    await client.databases.restore({ id: database.id });
    // Failures are where secrets slip out.
    await client.authentication.signIn({ email: 'nobody@example.org', password: 'a wrong secret password' }).catch(() => undefined);
    secrets['a wrong password'] = 'a wrong secret password';
    await fetch(`${platform.url}/api/databases?confirm_token=query-secret-token`, { headers: { authorization: 'Bearer fh_wrongbearersecrettoken' } });
    secrets['a bad bearer token'] = 'fh_wrongbearersecrettoken';
    await fetch(`${platform.url}/api/databases`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"name": "mongodb://u:body-secret@h/d"' });
    secrets['a password in a malformed body'] = 'body-secret';

    await vi.waitFor(() => expect(receiver.received.some((body) => body.includes('database.restored'))).toBe(true), { timeout: 20_000 });
    receiver.stop();
    const mongo = await new MongoClient(mongodb.uri).connect();
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    const collections = await mongo.db('freehold').listCollections().toArray();
    const dumps = await Promise.all(collections.map(async ({ name }) => [`collection ${name}`, EJSON.stringify(await mongo.db('freehold').collection(name).find().toArray())] as const));
    await mongo.close();
    await platform.stop();
    written = { 'the webhook': receiver.received.join('\n'), output: platform.output(), metrics, ...Object.fromEntries(dumps), ...Object.fromEntries(filesBelow(dataDirectory).map((path) => [path, readFileSync(path, 'latin1')])) };
  });

  afterAll(async () => {
    await mongodb.stop();
    removeFolder(dataDirectory);
  });

  it('wrote something to look through', () => {
    expect(written['output']).toContain('operation.ended');
    expect(written['collection operations']).toContain('database.create');
    expect(written['collection events']).toContain('credentials.rotated');
    expect(written['collection deliveries']).toContain('delivered');
    expect(written['collection audit_events'] ?? written['collection audit']).toContain('database.created');
    expect(Object.keys(secrets).length).toBeGreaterThan(10);
  });

  it('wrote none of its secrets anywhere', () => {
    const found = Object.entries(secrets).flatMap(([name, secret]) =>
      Object.entries(written).filter(([, text]) => text.includes(secret) || text.includes(encodeURIComponent(secret))).map(([place]) => `${name} in ${place}`));
    expect(found).toEqual([]);
  });
});

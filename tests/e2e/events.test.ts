// Events, operations and the audit log through the built program, and events through two replicas, one of which is killed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@freehold/api';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, runFreehold, signUp, startPlatform, temporaryFolder, type TestPlatform } from './platform.js';

describe('two replicas', () => {
  const folders = [temporaryFolder('events-a'), temporaryFolder('events-b'), temporaryFolder('events-home')];
  const received: { readonly id: string; readonly name: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => { body += String(piece); }).on('end', () => {
      received.push({ id: String(request.headers['webhook-id']), name: (JSON.parse(body) as { data: { name: string } }).data.name });
      response.writeHead(204).end();
    });
  });
  let mongodb: ExternalMongodb;
  let platforms: TestPlatform[] = [];
  let user: Awaited<ReturnType<typeof signUp>>;

  beforeAll(async () => {
    mongodb = await startExternalMongodb();
    const environment = {
      FREEHOLD_MONGODB_URI: mongodb.uri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}`, FREEHOLD_WEBHOOK_ALLOW_PRIVATE: 'on', FREEHOLD_RATE_LIMITS: 'off', FREEHOLD_OPERATOR_PASSWORD: 'operator secret password',
    };
    platforms = [await startPlatform({ dataDirectory: folders[0]!, environment }), await startPlatform({ dataDirectory: folders[1]!, environment })];
    await new Promise<void>((resolve) => { receiver.listen(0, '127.0.0.1', resolve); });
    user = await signUp(platforms[0]!.url);
    await user.client.webhooks.create({ url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, event_types: ['database.created'] });
  });

  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await platforms[1]!.stop();
    await mongodb.stop();
    for (const folder of folders) removeFolder(folder);
  });

  it('send each event once, stream it through either, and go on when one is killed', async () => {
    const there = createClient({ baseUrl: platforms[1]!.url, token: user.token });
    const controller = new AbortController();
    const events = there.events.stream({ since: 0 }, { signal: controller.signal });
    for (const name of ['a', 'b', 'c']) await user.client.databases.create({ name });
    const seen: string[] = [];
    while (seen.filter((type) => type === 'database.created').length < 3) seen.push((await events.next()).value!.type);
    await vi.waitFor(() => expect(received.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c']), { timeout: 20_000 });
    await platforms[0]!.kill();
    await there.databases.create({ name: 'd' });
    await vi.waitFor(() => expect(received.map(({ name }) => name)).toContain('d'), { timeout: 30_000 });
    expect(new Set(received.map(({ id }) => id)).size).toBe(4);
    controller.abort();
  });

  it('are read on the command line', async () => {
    const freehold = async (...args: string[]): Promise<any> => {
      const result = await runFreehold(['--json', ...args], { environment: { FREEHOLD_URL: platforms[1]!.url, FREEHOLD_TOKEN: user.token, FREEHOLD_CONFIG_HOME: folders[2]! } });
      expect(result, result.stderr).toMatchObject({ code: 0 });
      return JSON.parse(result.stdout);
    };
    const { items } = await freehold('events', '--lines', '2');
    expect(items.map(({ type }: { type: string }) => type)).toEqual(['database.created', 'database.created']);
    expect(await freehold('operation', 'watch', items[1].operation_id)).toMatchObject({ kind: 'database.create', state: 'succeeded' });
    const audited = await freehold('audit', '--action', 'database.created', '--limit', '10');
    expect(audited.items).toHaveLength(4);
    expect(audited.items[0]).toMatchObject({ actor: { remote_address: '127.0.0.1' }, operation_id: items[1].operation_id });
  });
});

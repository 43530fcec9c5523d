// Rotation as its users meet it: real processes as apps, the real program, over HTTP.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../packages/server/src/testing/free-port.fixture.js';
import { removeFolder, runFreehold, signUp, startPlatform, temporaryFolder, type Client, type RunResult, type TestPlatform } from './platform.js';
import { uriWorks } from '../../packages/server/src/testing/uri-works.fixture.js';

/** A web server that runs with any URI, or, when it is stubborn, only with the first one it was started with. */
const app = `
  const { existsSync, readFileSync, writeFileSync } = require('node:fs');
  const uri = process.env.MONGODB_URI;
  if (!existsSync('first-uri')) writeFileSync('first-uri', uri);
  if (existsSync('stubborn') && readFileSync('first-uri', 'utf8') !== uri) process.exit(7);
  require('node:http').createServer((request, response) => { response.statusCode = request.url === '/health' ? 200 : 404; response.end(); }).listen(process.env.PORT, '127.0.0.1');
`;

describe('rotating a database that an app uses', () => {
  const dataDirectory = temporaryFolder('rotation');
  const appDirectory = temporaryFolder('rotation-app');
  let platform: TestPlatform;
  let client: Client;
  let token: string;
  let databaseId: string;
  let firstUri: string;
  const freehold = (args: readonly string[]): Promise<RunResult> => runFreehold(args, { environment: { FREEHOLD_URL: platform.url, FREEHOLD_TOKEN: token } });

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
    ({ client, token } = await signUp(platform.url));
    const database = await client.databases.create({ name: 'shop' });
    ({ id: databaseId, connection_uri: firstUri } = database);
    const spec = { command: [process.execPath, '-e', app], cwd: appDirectory, port: await freePort(), health_check: { path: '/health' } };
    const { id } = await client.apps.create({ name: 'web', spec });
    expect(await client.apps.deploy({ id })).toMatchObject({ status: 'running' });
  });

  afterAll(async () => {
    await platform.stop();
    removeFolder(dataDirectory);
    removeFolder(appDirectory);
  });

  it('is taken back where the app does not come up with the new URI, and the answer names it', async () => {
    writeFileSync(join(appDirectory, 'stubborn'), '');
    const refusal: unknown = await client.databases.rotateCredentials({ id: databaseId, grace_seconds: 60 }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'ROTATION_ABORTED', status: 409, details: { apps: [{ name: 'web', reason: expect.stringContaining('exited with code 7') }] } });
    const { operation_id: id } = (refusal as { details: { operation_id: string } }).details;
    expect(await client.operations.get({ id })).toMatchObject({ kind: 'database.rotate_credentials', state: 'failed', error_code: 'ROTATION_ABORTED', result: { apps: [{ name: 'web' }] } });
    const { code, stderr } = await freehold(['db', 'rotate', 'shop']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/ROTATION_ABORTED[\s\S]*\n {2}web: it exited with code 7/u);
    expect((await client.databases.connection({ id: databaseId })).connection_uri).toBe(firstUri);
    expect((await client.apps.list()).items).toMatchObject([{ name: 'web', status: 'running' }]);
    expect(await uriWorks(firstUri)).toBe(true);
  });

  it('gives the app the new one where it is, and ends the old one at once where it has leaked', async () => {
    removeFolder(join(appDirectory, 'stubborn'));
    const { connection_uri: secondUri } = await client.databases.rotateCredentials({ id: databaseId, grace_seconds: 60 });
    expect([await uriWorks(firstUri), await uriWorks(secondUri)]).toEqual([true, true]);
    const { stdout } = await freehold(['--json', 'db', 'rotate', 'shop', '--immediate']);
    const { connection_uri: thirdUri } = JSON.parse(stdout) as { connection_uri: string };
    expect([await uriWorks(firstUri), await uriWorks(secondUri), await uriWorks(thirdUri)]).toEqual([false, false, true]);
    expect(new URL(thirdUri).searchParams.get('maxPoolSize')).toBe('100');
    expect((await client.databases.usage({ id: databaseId })).connections).toEqual({ open: expect.any(Number), budget: 100 });
  });
});

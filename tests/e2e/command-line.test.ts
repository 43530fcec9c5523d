// The `freehold` program against a running platform.
import { createClient } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { statSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, runFreehold, startPlatform, temporaryFolder, type RunResult, type TestPlatform } from './platform.js';

describe('the program', () => {
  const dataDirectory = temporaryFolder('cli');
  const configHome = temporaryFolder('cli-home');
  let platform: TestPlatform;

  const freehold = (args: readonly string[], input = ''): Promise<RunResult> =>
    runFreehold(args, { environment: { FREEHOLD_URL: platform.url, FREEHOLD_CONFIG_HOME: configHome }, input });
  const json = async (args: readonly string[], input = ''): Promise<any> => {
    const result = await freehold(['--json', ...args], input);
    expect(result, result.stderr).toMatchObject({ code: 0 });
    return JSON.parse(result.stdout);
  };

  beforeAll(async () => {
    platform = await startPlatform({ dataDirectory });
  });

  afterAll(async () => {
    await platform.stop();
    removeFolder(dataDirectory);
    removeFolder(configHome);
  });

  it('says that one is not signed in, with exit code 3', async () => {
    const result = await freehold(['db', 'list']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('freehold sign-in');
  });

  it('signs in with a password from standard input and keeps the session for its user alone', async () => {
    expect((await freehold(['sign-in', '--email', platform.operator!, '--password-stdin'], 'wrong password\n')).code).toBe(3);
    await json(['sign-in', '--email', platform.operator!, '--password-stdin'], `${platform.operator_password!}\n`);
    for (const name of readdirSync(configHome)) expect(statSync(join(configHome, name)).mode & 0o077).toBe(0);
  });

  it('lets an operator make accounts of both roles', async () => {
    expect(await json(['user', 'create', 'ada@example.org', '--name', 'Ada', '--password-stdin'], 'analytical engine')).toMatchObject({ email: 'ada@example.org', role: 'user' });
    expect(await json(['user', 'create', 'ops@example.org', '--role', 'operator', '--password-stdin'], 'difference engine')).toMatchObject({ role: 'operator' });
    const { token } = await createClient({ baseUrl: platform.url }).authentication.signIn({ email: 'ada@example.org', password: 'analytical engine' });
    await expect(createClient({ baseUrl: platform.url, token }).admin.createUser({ email: 'x@example.org', name: 'x', password: 'long enough', role: 'user' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('creates, lists, changes, shows, opens, rotates, deletes and restores a database', async () => {
    const made = await json(['db', 'create', 'shop', '--description', 'orders', '--environment', 'production']);
    expect(made).toMatchObject({ name: 'shop', environment: 'production', description: 'orders', is_default: true });
    await json(['db', 'create', 'blog']);
    expect((await json(['db', 'list'])).items.map((item: { name: string }) => item.name)).toEqual(['shop', 'blog']);
    expect((await freehold(['db', 'list'])).stdout).toMatch(/ID +NAME +STATUS[^\n]*\n[0-9a-f]{8} +shop \* +active/u);
    expect((await json(['db', 'list', '--environment', 'production'])).items).toHaveLength(1);
    expect(await json(['db', 'update', 'blog', '--name', 'log', '--description', 'for people', '--quota-mb', '20', '--default'])).toMatchObject({ name: 'log', description: 'for people', quota_mb: 20, is_default: true });
    expect(await json(['db', 'update', 'log', '--name', 'blog', '--description', '', '--quota-mb', 'none'])).toMatchObject({ name: 'blog', description: null, quota_mb: null });
    expect((await freehold(['db', 'update', 'blog'])).code).toBe(2);
    expect((await freehold(['db', 'update', 'shop', '--default'])).stdout).toContain('the default one');
    expect(await json(['db', 'show', 'SHOP'])).toMatchObject({ id: made.id });
    expect(await json(['db', 'show', made.id])).toMatchObject({ name: 'shop' });
    const uri = (await freehold(['db', 'uri', 'shop'])).stdout;
    expect(uri).toBe(`${made.connection_uri}\n`);
    const mongo = await new MongoClient(uri.trim()).connect();
    await mongo.db().collection('c').insertOne({});
    await mongo.close();
    const rotated = await json(['db', 'rotate', 'blog']);
    expect(rotated.connection_uri).not.toBe((await json(['db', 'uri', 'shop'])).connection_uri);
    expect((await freehold(['db', 'delete', 'blog'])).code).toBe(2);
    expect(await json(['db', 'delete', 'blog', '--yes'])).toMatchObject({ status: 'deleting' });
    expect(await json(['db', 'restore', 'blog'])).toMatchObject({ status: 'active' });
  });

  it('shows what a database uses', async () => {
    expect(await json(['db', 'usage', 'shop'])).toMatchObject({ collections: [{ name: 'c', documents: 1 }], totals: { documents: 1 }, apps: [] });
    const { stdout } = await freehold(['db', 'usage', 'shop', '--days', '1']);
    expect(stdout).toMatch(/^documents +1$/mu);
    expect(stdout).toMatch(/COLLECTION +DOCUMENTS[^\n]*\nc +1 /u);
  });

  it('makes, deploys, lists and deletes an app, and shows its log', async () => {
    await json(['app', 'create', 'hello', '--database', 'shop', '--env', 'GREETING=hi there', '--', process.execPath, '-e', 'console.log(process.env.GREETING); setInterval(() => {}, 1000)']);
    expect(await json(['app', 'deploy', 'hello'])).toMatchObject({ status: 'running' });
    expect((await json(['app', 'list'])).items).toMatchObject([{ name: 'hello', status: 'running' }]);
    expect((await freehold(['app', 'logs', 'hello'])).stdout).toContain('hi there');
    expect(await json(['db', 'show', 'shop'])).toMatchObject({ app_count: 1 });
    await json(['app', 'delete', 'hello', '--yes']);
    expect((await json(['app', 'list'])).total).toBe(0);
  });

  it.each([
    ['an unknown command', ['db', 'explode'], 2],
    ['an unknown option', ['db', 'list', '--colour'], 2],
    ['a database that is not there', ['db', 'show', 'nothing'], 4],
    ['a name that is taken', ['db', 'create', 'Shop'], 5],
    ['a reserved name', ['db', 'create', 'admin'], 5],
  ])('ends with its exit code for %s', async (_case, args, code) => {
    const result = await freehold(args);
    expect(result, result.stderr).toMatchObject({ code, stdout: '' });
    expect(result.stderr).not.toBe('');
  });

  it('tells errors as JSON with --json, before or after the command', async () => {
    const result = await freehold(['--json', 'db', 'create', 'Shop']);
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'DATABASE_NAME_TAKEN' } });
    expect(JSON.parse((await freehold(['db', 'create', 'Shop', '--json'])).stderr)).toMatchObject({ error: { code: 'DATABASE_NAME_TAKEN' } });
  });

  it('finds a healthy platform with doctor, and says where nobody answers', async () => {
    const { checks } = await json(['doctor']);
    expect(checks.map(({ name, status }: { name: string; status: string }) => [name, status])).toEqual(expect.arrayContaining([['platform', 'ok'], ['session', 'ok'], ['Node.js', 'ok']]));
    const nobody = await runFreehold(['--url', 'http://127.0.0.1:1', 'db', 'list'], { environment: { FREEHOLD_TOKEN: 'fh_x', FREEHOLD_CONFIG_HOME: configHome } });
    expect(nobody).toMatchObject({ code: 6 });
    expect(nobody.stderr).toContain('No platform answers at http://127.0.0.1:1');
  });

  it('signs out, on the platform too', async () => {
    await json(['sign-out']);
    expect((await freehold(['db', 'list'])).code).toBe(3);
  });
});

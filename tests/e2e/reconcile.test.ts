// `freehold reconcile` on a running platform whose MongoDB users somebody has changed behind its back.
import type { ReconcileReport } from '@freehold/api';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { externalMasterKey, startExternalMongodb, type ExternalMongodb } from './external-mongodb.js';
import { removeFolder, runFreehold, signUp, startPlatform, temporaryFolder, type RunResult, type TestPlatform } from './platform.js';

const isExternal = (process.env['FREEHOLD_TEST_MONGODB_URI'] ?? '') !== '';
const operatorPassword = 'the operator who looks';

describe.skipIf(isExternal)('freehold reconcile', () => {
  const folders = ['reconcile', 'reconcile-home'].map(temporaryFolder);
  let mongodb: ExternalMongodb;
  let platform: TestPlatform;
  let client: MongoClient;

  const freehold = (args: readonly string[], input = ''): Promise<RunResult> => runFreehold(args, { environment: { FREEHOLD_URL: platform.url, FREEHOLD_CONFIG_HOME: folders[1]! }, input });
  const reported = async (args: readonly string[], code: number): Promise<ReconcileReport> => {
    const { stdout, stderr, code: actual } = await freehold(['--json', 'reconcile', ...args]);
    expect(actual, stderr).toBe(code);
    return JSON.parse(stdout) as ReconcileReport;
  };

  beforeAll(async () => {
    mongodb = await startExternalMongodb();
    platform = await startPlatform({ dataDirectory: folders[0]!, environment: { FREEHOLD_MONGODB_URI: mongodb.uri, FREEHOLD_MASTER_KEYS: `k1:${externalMasterKey}`, FREEHOLD_OPERATOR_PASSWORD: operatorPassword } });
    client = await new MongoClient(mongodb.uri).connect();
    expect(await freehold(['sign-in', '--email', 'operator@freehold.local', '--password-stdin'], operatorPassword)).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await client.close();
    await platform.stop();
    await mongodb.stop();
    folders.forEach(removeFolder);
  });

  it('finds nothing on a platform that is in order, says what differs, mends it, and says by its exit code how that went', async () => {
    const user = await signUp(platform.url);
    const database = await user.client.databases.create({ name: 'shop' });
    expect(await reported([], 0)).toMatchObject({ state: 'done', found: {}, databases: 1, undecided: 0 });
    expect((await freehold(['reconcile', '--dry-run'])).stdout).toContain('Nothing differs.');

    await client.db('admin').command({ updateUser: database.mongo_username, roles: [{ role: 'readWriteAnyDatabase', db: 'admin' }] });
    const dry = await reported(['--dry-run'], 8);
    expect(dry).toMatchObject({ dry_run: true, found: { wrong_roles: 1 }, mended: {}, findings: { items: [{ mongo_username: database.mongo_username, is_mended: false }] } });
    const shown = await freehold(['reconcile', '--run', dry.id]);
    expect(shown).toMatchObject({ code: 8 });
    expect(shown.stdout).toMatch(/wrong_roles +1 +0 +A MongoDB user has other roles/u);

    expect(await reported(['--cluster', 'primary'], 0)).toMatchObject({ mended: { wrong_roles: 1 }, findings: { items: [{ is_mended: true }] } });
    expect(await reported(['--dry-run'], 0)).toMatchObject({ found: {} });
    expect(await freehold(['reconcile', '--cluster', 'nowhere'])).toMatchObject({ code: 4 });
    const metrics = await (await fetch(`${platform.url}/metrics`, { headers: { authorization: `Bearer ${(await operatorToken())}` } })).text();
    expect(metrics).toMatch(/^freehold_reconcile_last_run_timestamp_seconds \d/mu);
    expect(metrics).toContain('freehold_drift_findings{kind="wrong_roles"} 0');
  });

  async function operatorToken(): Promise<string> {
    const answer = await fetch(`${platform.url}/api/auth/sign-in/email`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: 'operator@freehold.local', password: operatorPassword }) });
    return ((await answer.json()) as { readonly token: string }).token;
  }
});

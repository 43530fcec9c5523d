// The runbook for bringing in the users of an earlier platform: its commands, its example of ciphers and its table of findings.
import { spawn } from 'node:child_process';
import { createHash, createHmac, createCipheriv, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, legacyFindings, legacyOutcomes } from '@freehold/api';
import { removeFolder, root, runProgram, startPlatform, temporaryFolder, type TestPlatform } from '../e2e/platform.js';

const page = readFileSync(join(root, 'docs/legacy-migration.md'), 'utf8');
const folder = temporaryFolder('legacy-guide');
let platform: TestPlatform;
let admin: MongoClient;
/** The user without a MongoDB user. */
let missing: LegacyUser;

function blocksOf(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gmsu'))].map(([, block]) => block!);
}

const ciphers = blocksOf('json')[0]!;
const fernetKey = Buffer.from((JSON.parse(ciphers) as { main: { keys: string[] } }).main.keys[0]!, 'base64');

/** What Python's `cryptography.fernet` writes. */
function fernet(text: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-128-cbc', fernetKey.subarray(16), iv);
  const signed = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(8), iv, cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([signed, createHmac('sha256', fernetKey.subarray(0, 16)).update(signed).digest()]).toString('base64url');
}

interface LegacyUser {
  readonly name: string;
  readonly password: string;
}

async function legacyUser(fields: object, hasMongoUser = true): Promise<LegacyUser> {
  const _id = new ObjectId();
  const password = randomBytes(9).toString('base64');
  const name = `user_${_id.toHexString()}`;
  await admin.db('freehold').collection('users').insertOne({ _id, email: `${name}@example.org`, mongo_password_encrypted: fernet(password), ...fields });
  if (hasMongoUser) await admin.db('admin').command({ createUser: name, pwd: password, roles: [{ role: 'dbOwner', db: name }] });
  return { name, password };
}

beforeAll(async () => {
  platform = await startPlatform({ dataDirectory: join(folder, 'data'), environment: { FREEHOLD_LEGACY_CIPHERS: ciphers } });
  const rootPassword = readFileSync(join(platform.dataDirectory, 'engine-root-password'), 'utf8').trim();
  admin = new MongoClient(`mongodb://freehold-root:${encodeURIComponent(rootPassword)}@${new URL(platform.engine!).host}/?authSource=admin&directConnection=true`);
  for (let count = 0; count < 3; count += 1) await legacyUser({});
  missing = await legacyUser({}, false);
  await legacyUser({ mongo_password_encrypted: createHash('sha256').digest('hex') });
});

afterAll(async () => {
  await admin.close();
  await platform.stop();
  removeFolder(folder);
});

const person = `set -e
freehold() { command node packages/cli/dist/main.js --url "$URL" "$@"; }
control() {
  node_modules/.bin/mongosh --quiet "mongodb://freehold-root:$(cat "$FREEHOLD_DATA_DIR/engine-root-password")@$ENGINE/freehold?authSource=admin&directConnection=true" --eval "$1"
}
`;

async function operatorToken(): Promise<string> {
  return (await createClient({ baseUrl: platform.url }).authentication.signIn({ email: platform.operator!, password: platform.operator_password! })).token;
}

async function run(script: string): Promise<string> {
  const token = await operatorToken();
  const environment = { FREEHOLD_CONFIG_HOME: join(folder, 'home'), FREEHOLD_DATA_DIR: platform.dataDirectory, FREEHOLD_TOKEN: token, HOME: folder, URL: platform.url, ENGINE: new URL(platform.engine!).host };
  const { code, stdout, stderr } = await runProgram('bash', ['-c', `${person}${script}`], { environment, cwd: root });
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

/** In a terminal, which gets a Ctrl-C when it shows a progress bar. */
async function interruptedAtItsBar(command: string, environment: NodeJS.ProcessEnv): Promise<{ readonly code: number | null; readonly shown: string }> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], { env: { ...process.env, ...environment, TERM: 'xterm' }, cwd: root, stdio: 'pipe' });
  let shown = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const onBar = (chunk: Buffer): void => {
    shown += chunk.toString();
    if (!/plan \[/u.test(shown)) return;
    child.stdout.off('data', onBar).on('data', (rest: Buffer) => (shown += rest.toString()));
    child.stdin.write('\x03');
  };
  child.stdout.on('data', onBar);
  return { code: await ended, shown };
}

describe('the runbook for legacy users', () => {
  it('has commands that work, one after the other', async () => {
    const blocks = blocksOf('sh');
    const planning = blocks.findIndex((block) => block.includes('--export csv')) + 1;
    const planned = await run(blocks.slice(0, planning).join('\n'));
    for (const code of ['MONGODB_USER_MISSING', 'PASSWORD_UNREADABLE']) expect(planned).toContain(code);
    expect(readFileSync(join(folder, 'plan.csv'), 'utf8').split('\n')[0]).toContain('user_id,outcome,findings');

    // What the finding says is to be done.
    await admin.db('admin').command({ createUser: missing.name, pwd: missing.password, roles: [{ role: 'dbOwner', db: missing.name }] });
    const shown = await run(blocks.slice(planning).join('\n'));
    expect(shown).toMatch(/outcomes +1 rolled back/u);
    expect(shown).not.toContain('MONGODB_USER_MISSING');
    // Everybody is migrated but the one whose password cannot be read, and the earlier passwords are gone.
    const users = await admin.db('freehold').collection('users').find({ email: /@example\.org$/u }).toArray();
    expect(users.map((user) => ['legacy_migration' in user, 'mongo_password_encrypted' in user].join()).sort()).toEqual(['false,true', 'true,false', 'true,false', 'true,false', 'true,false']);
  }, 180_000);

  it('lets Ctrl-C end a command that follows a run, and not the run', async () => {
    const client = createClient({ baseUrl: platform.url, token: await operatorToken() });
    const user_ids = Array.from({ length: 1000 }, (_, index) => `nobody-${index}`);
    const { id } = await client.legacyMigrations.start({ mode: 'plan', concurrency: 1, user_ids });
    const { code, shown } = await interruptedAtItsBar(`node packages/cli/dist/main.js --url ${platform.url} migrate-legacy status ${id} --follow`, { FREEHOLD_CONFIG_HOME: join(folder, 'home'), FREEHOLD_TOKEN: await operatorToken() });
    expect(shown).toContain(`freehold migrate-legacy status ${id} --follow`);
    expect(code).toBe(130);
    // The terminal has its cursor again.
    expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l'));
    await expect.poll(async () => (await client.legacyMigrations.get({ id })).state, { timeout: 60_000 }).toBe('done');
    expect((await client.legacyMigrations.get({ id })).outcomes).toEqual({ skipped: 1000 });
  }, 120_000);

  it('lists every finding and every outcome, in the words of the table', () => {
    for (const [code, { kind, meaning }] of Object.entries(legacyFindings)) expect(page).toContain(`| \`${code}\` | ${kind} | ${meaning} |`);
    for (const outcome of legacyOutcomes) expect(page).toContain(`\`${outcome}\``);
  });
});

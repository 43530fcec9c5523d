// The runbook for bringing in the users of an earlier platform: its commands, its example of ciphers and its table of findings.
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

async function legacyUser(fields: object, hasMongoUser = true): Promise<string> {
  const _id = new ObjectId();
  const password = randomBytes(9).toString('base64');
  const name = `user_${_id.toHexString()}`;
  await admin.db('freehold').collection('users').insertOne({ _id, email: `${name}@example.org`, mongo_password_encrypted: fernet(password), ...fields });
  if (hasMongoUser) await admin.db('admin').command({ createUser: name, pwd: password, roles: [{ role: 'dbOwner', db: name }] });
  return _id.toHexString();
}

beforeAll(async () => {
  platform = await startPlatform({ dataDirectory: join(folder, 'data'), environment: { FREEHOLD_LEGACY_CIPHERS: ciphers } });
  const rootPassword = readFileSync(join(platform.dataDirectory, 'engine-root-password'), 'utf8').trim();
  admin = new MongoClient(`mongodb://freehold-root:${encodeURIComponent(rootPassword)}@${new URL(platform.engine!).host}/?authSource=admin&directConnection=true`);
  for (let count = 0; count < 3; count += 1) await legacyUser({});
  await legacyUser({}, false);
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

async function run(script: string): Promise<string> {
  const { token } = await createClient({ baseUrl: platform.url }).authentication.signIn({ email: platform.operator!, password: platform.operator_password! });
  const environment = { FREEHOLD_CONFIG_HOME: join(folder, 'home'), FREEHOLD_DATA_DIR: platform.dataDirectory, FREEHOLD_TOKEN: token, HOME: folder, URL: platform.url, ENGINE: new URL(platform.engine!).host };
  const { code, stdout, stderr } = await runProgram('bash', ['-c', `${person}${script}`], { environment, cwd: root });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

describe('the runbook for legacy users', () => {
  it('has commands that work, one after the other', async () => {
    const shown = await run(blocksOf('sh').join('\n'));
    expect(shown).toContain('MONGODB_USER_MISSING');
    expect(shown).toContain('PASSWORD_UNREADABLE');
    expect(shown).toMatch(/outcomes +2 rolled back|outcomes +1 rolled back/u);
    expect(readFileSync(join(folder, 'plan.csv'), 'utf8').split('\n')[0]).toContain('user_id,outcome,findings');
    // Somebody is migrated, and somebody was put back.
    const users = await admin.db('freehold').collection('users').find({ mongo_password_encrypted: { $exists: true } }).toArray();
    expect(new Set(users.map((user) => 'legacy_migration' in user))).toEqual(new Set([true, false]));
  }, 180_000);

  it('lists every finding and every outcome, in the words of the table', () => {
    for (const [code, { kind, meaning }] of Object.entries(legacyFindings)) expect(page).toContain(`| \`${code}\` | ${kind} | ${meaning} |`);
    for (const outcome of legacyOutcomes) expect(page).toContain(`\`${outcome}\``);
  });
});

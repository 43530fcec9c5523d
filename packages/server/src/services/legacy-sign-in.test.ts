// Users of an earlier platform sign in with the passwords they have, before the migration, after it, and after a rollback.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adoptingHasher } from '../adapters/password-hashes/adopting-hasher.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIdentifiers } from '../adapters/system/identifiers.js';
import { startControlPlane, type ControlPlane } from '../testing/control-plane.fixture.js';
import { bytesOf, legacyReplica, newLegacyUser, operator, type LegacyReplica, type TestLegacyUser } from '../testing/legacy-users.fixture.js';
import { createAccountService, type AccountService } from './accounts.js';
import { noLockout } from './accounts-lockout.js';

const password = 'correct horse ü';
const bcrypt = '$2b$04$hD8/gJJxxvCJL9wb1JS1fuQFrk.tPizbW3U6B/jxQu3y2jEGcV/iK';
const pbkdf2 = 'pbkdf2_sha256$1200$M7Vwqw6ZTaDxx35CbcmRDh$cn1SSWUTLukw8X9IzfxZKy1Qw40QndLGGWa9e2RGoHY=';

let plane: ControlPlane;
let legacy: LegacyReplica;
let accounts: AccountService;

beforeAll(async () => {
  plane = await startControlPlane();
  legacy = legacyReplica(plane);
  accounts = createAccountService({
    control: plane.connection.control, hasher: adoptingHasher, lockout: noLockout, identifiers: systemIdentifiers, clock: systemClock,
    authenticator: { authenticate: () => Promise.resolve(undefined), forget: () => undefined, forgetUser: () => undefined },
  });
});
afterAll(() => plane.stop());

async function run(mode: 'plan' | 'run', users: readonly TestLegacyUser[]): Promise<string> {
  const { id } = await legacy.service.start(operator, { mode, concurrency: 2, allow_plain: false, extra_roles: 'refuse', repair: false, user_ids: users.map(({ userId }) => userId) });
  await legacy.work(id);
  return id;
}

async function rollBack(runId: string): Promise<void> {
  const { id } = await legacy.service.rollback(operator, runId, { concurrency: 1 });
  await legacy.work(id);
}

const signIn = ({ userId }: TestLegacyUser, secret = password) => accounts.signIn({ email: `${userId}@Example.org`, password: secret }, { requestId: 'r', remoteAddress: '192.0.2.1' });
const users = () => plane.connection.db.collection<any>('users');
const hashOf = async ({ key }: TestLegacyUser): Promise<string> => (await users().findOne({ _id: key })).password_hash as string;

describe('a user of an earlier platform', () => {
  it.each([['bcrypt', bcrypt], ['PBKDF2', pbkdf2]])('whose password is stored with %s signs in, and gets an Argon2 hash at the first sign-in after the migration', async (_kind, hash) => {
    const user = await newLegacyUser(plane, { fields: { password_hash: hash } });
    const before = await bytesOf(plane, user.key);
    expect((await signIn(user)).user.id).toBe(user.userId);
    await expect(signIn(user, 'another')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    // The earlier platform may go on using the document.
    expect(await bytesOf(plane, user.key)).toEqual(before);

    const id = await run('run', [user]);
    await expect(signIn(user, 'another')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(await hashOf(user)).toBe(hash);
    await signIn(user);
    expect(await hashOf(user)).toMatch(/^\$argon2id\$/u);
    await signIn(user);
    await expect(signIn(user, 'another')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });

    await rollBack(id);
    expect(await bytesOf(plane, user.key)).toEqual(before);
    await signIn(user);
  });

  it('who has another password since keeps it after a rollback', async () => {
    const user = await newLegacyUser(plane, { fields: { password_hash: bcrypt } });
    const id = await run('run', [user]);
    await signIn(user);
    const later = await adoptingHasher.hash('a later password');
    await users().updateOne({ _id: user.key }, { $set: { password_hash: later } });
    await rollBack(id);
    expect(await hashOf(user)).toBe(later);
    await signIn(user, 'a later password');
  });

  it('whose password is stored in no known form is answered as for a wrong password', async () => {
    const user = await newLegacyUser(plane, { fields: { password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' } });
    const nobody = { ...user, userId: 'nobody' };
    const answers = await Promise.all([user, nobody].map((asked) => signIn(asked, 'password').catch((error: unknown) => error)));
    expect(answers.map((answer) => (answer as { readonly code?: string }).code)).toEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS']);
  });

  it('is counted by the form of the hash in the plan', async () => {
    const hashes = [bcrypt, bcrypt, pbkdf2, 'scrypt:32768:8:1$salt$00', 'md5', await adoptingHasher.hash('x'), undefined];
    const planned: TestLegacyUser[] = [];
    for (const password_hash of hashes) planned.push(await newLegacyUser(plane, { fields: { password_hash } }));
    expect((await legacy.service.get(operator, await run('plan', planned))).findings).toEqual({ SIGN_IN_BCRYPT: 2, SIGN_IN_PBKDF2: 1, SIGN_IN_SCRYPT: 1, SIGN_IN_UNKNOWN: 1 });
  });
});

describe('an account that somebody brought with another hash', () => {
  it('gets ours at the first sign-in', async () => {
    const user = await newLegacyUser(plane, { fields: { password_hash: bcrypt, mongo_password_encrypted: undefined } });
    await signIn(user);
    expect(await hashOf(user)).toMatch(/^\$argon2id\$/u);
    await signIn(user);
  });
});

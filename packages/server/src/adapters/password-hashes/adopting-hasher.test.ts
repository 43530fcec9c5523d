// Hashes as other platforms write them: made by bcrypt 3.2, Django 3.2, passlib 1.7 and Werkzeug 2.2 of Debian 12, and, in the layouts of Werkzeug 3 and
// Django 4 for scrypt, by Python's hashlib.
import { describe, expect, it } from 'vitest';
import { passwordHashKind, type PasswordHashKind } from '../../domain/password-hash.js';
import { adoptingHasher } from './adopting-hasher.js';

const password = 'correct horse ü';

const vectors: readonly (readonly [PasswordHashKind, string, string])[] = [
  ['pbkdf2', 'werkzeug pbkdf2:sha256:1000', 'pbkdf2:sha256:1000$R5IzG5hdroiZ5ukT$ab68c8c17481f2ed599dc248e2f73af974e3a2281aa9dd53d422b90aae9b6d71'],
  ['pbkdf2', 'werkzeug pbkdf2:sha512:500', 'pbkdf2:sha512:500$juZ2Azklqhz5QCeq$e9d1941092bdb5034f565fbb5e3bbb5c0a47e0ecdaa6596bd4ce0858faa922ab0c5073051e1272a8589acb37597591adcff1c3fb08e95a89fb8e502b3a1d3bb7'],
  ['pbkdf2', 'werkzeug pbkdf2:sha1:300', 'pbkdf2:sha1:300$UmFbeIOdPayCaVpf$5657efd8d2066adb37f693908a7c712396f1e18a'],
  ['pbkdf2', 'django pbkdf2_sha256', 'pbkdf2_sha256$1200$M7Vwqw6ZTaDxx35CbcmRDh$cn1SSWUTLukw8X9IzfxZKy1Qw40QndLGGWa9e2RGoHY='],
  ['pbkdf2', 'django pbkdf2_sha1', 'pbkdf2_sha1$700$k5t4C33KKEDV7rk2VywW6b$R0jc6PdjEjADIAGWi83G8U5s9G8='],
  ['bcrypt', 'django bcrypt_sha256', 'bcrypt_sha256$$2b$04$UN3VNrJ.Or63yscEY9YDyOO5onQNBe8szhkXlCU7sio013GXcJWja'],
  ['bcrypt', 'django bcrypt', 'bcrypt$$2b$04$xlx2NxBdHO3w6FnH8WI1t.GO1iykOwtrde2LCQDqPl3QLXnzVs6dy'],
  ['pbkdf2', 'passlib pbkdf2_sha256', '$pbkdf2-sha256$900$zBljTImx1lqrtfbem5Py/g$5ChkJ0lHSIJPq/dMPVdxsBiLCXhGIW.rvynxMpsGnKU'],
  ['pbkdf2', 'passlib pbkdf2_sha512', '$pbkdf2-sha512$800$bo3xvleqlTIG4Fzrvfc.Bw$QPeX1OtfxQjAIOHeGvj.1DTJwfHLYxjx7su8mbGWh/c/o1mB.dSbu.ExNbG7wwE.WK.nlqzaL3o3GlxLdqEHhg'],
  ['pbkdf2', 'passlib pbkdf2_sha1', '$pbkdf2$700$A6AUAiCEEOK8VwqhNIbQeg$Gsd/UjS286eHNT23GVc99d0qAUs'],
  ['scrypt', 'passlib scrypt', '$scrypt$ln=8,r=8,p=1$8D5HaK01ZiwF4HyPUYrReg$DMHyvGhFwACG/HdyhCWjpycnEtGOMl38HRd42Z6hdwk'],
  ['bcrypt', 'bcrypt 2b', '$2b$04$hD8/gJJxxvCJL9wb1JS1fuQFrk.tPizbW3U6B/jxQu3y2jEGcV/iK'],
  ['bcrypt', 'bcrypt 2a', '$2a$04$DYAWNevY670z7VHI91TRXeD2lmfnFnBF7YhLG.zkbpd1O7Ydt85cm'],
  ['bcrypt', 'PHP 2y', '$2y$04$FsXgNRJzW8BpbFunUyeOQOXCJn8QYETOW8jwQDQrEd3/DcVwa.5tW'],
  ['scrypt', 'Werkzeug 3 scrypt', 'scrypt:1024:8:1$kE2xQ9vL7bT1mZ4w$d501f52c571d2cd7161dafcd30dc3357d932b35c78066989c5a624ae21c347e1a25491bacfd16c48ca40e53fe017f2aee082f3213483e1e30e8630850783b086'],
  ['scrypt', 'Werkzeug 3 scrypt, its own cost', 'scrypt:32768:8:1$kE2xQ9vL7bT1mZ4w$9c6b02735a0d4de4e1ccce86dd0cad5070e67111fd7e1602b113c71aeac21e1ec2522a3b51221957aa73047f73f97482c03cc053a74130ffa9cb2f744925f632'],
  ['scrypt', 'Django 4 scrypt', 'scrypt$1024$Yt7uB3nR8cW1xQ5z$8$1$JnhkR4+dTNYC+8Oety/wTPgwEBVv13qxwisBpXKj7K1LrE3JBtAbW7HM30bX8/NhUyH3mQyDfGBbYL+dEhr76A=='],
];

describe('a password hash of an earlier platform', () => {
  it.each(vectors)('(%s: %s) lets the right password in, and no other', async (kind, _source, hash) => {
    expect([passwordHashKind(hash), adoptingHasher.isReadable(hash), adoptingHasher.isOurs(hash)]).toEqual([kind, true, false]);
    expect(await adoptingHasher.verify(hash, password)).toBe(true);
    expect(await adoptingHasher.verify(hash, `${password} `)).toBe(false);
    expect(await adoptingHasher.verify(hash, '')).toBe(false);
  });

  it('made with Argon2 by Django is verified, and is not ours', async () => {
    const hash = `argon2${await adoptingHasher.hash(password)}`;
    expect([await adoptingHasher.verify(hash, password), await adoptingHasher.verify(hash, 'another'), adoptingHasher.isOurs(hash)]).toEqual([true, false, false]);
  });

  it.each([
    ['the password itself', password], ['nothing', ''], ['MD5 in hexadecimal', '5f4dcc3b5aa765d61d8327deb882cf99'], ['MD5 crypt', '$1$abc$def'], ['a digest without salt', 'sha1$$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8'],
    ['an unusable password of Django', '!k3Jd9'], ['bcrypt cut short', '$2b$12$abc'],
  ])('of no known form (%s) lets nobody in', async (_what, hash) => {
    expect([passwordHashKind(hash), adoptingHasher.isReadable(hash), await adoptingHasher.verify(hash, password)]).toEqual(['unknown', false, false]);
  });

  it.each([
    ['more iterations than anybody means', `pbkdf2:sha256:99999999999$salt$${'ab'.repeat(32)}`], ['more memory than a sign-in is worth', `scrypt:1073741824:8:1$salt$${'ab'.repeat(64)}`],
    ['a cost that is no power of two', `scrypt:1000:8:1$salt$${'ab'.repeat(64)}`], ['a key of two bytes', 'pbkdf2:sha256:1000$salt$abcd'], ['bcrypt for hours', `$2b$31$${'a'.repeat(53)}`],
    ['no hash after the parameters', 'pbkdf2_sha256$1000$salt$'],
  ])('with %s is refused at once', async (_what, hash) => {
    expect(await adoptingHasher.verify(hash, password)).toBe(false);
  });
});

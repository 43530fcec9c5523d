import { describe, expect, it } from 'vitest';
import { scrub } from './scrub.js';

const token = `fh_${'aB3-_'.repeat(9)}`;

describe('the scrubber', () => {
  it.each([
    ['a MongoDB URI', 'connect to mongodb://user_1_2:p%40ss%2Fw0rd@db.example.org:27017/shop?authSource=admin failed', 'p%40ss'],
    ['a MongoDB URI over SRV', 'mongodb+srv://u:topsecret@cluster.example.net/', 'topsecret'],
    ['a MongoDB URI without a password', 'mongodb://onlyuser@db/', 'onlyuser'],
    ['a Redis URI', 'redis://:hunter22@cache:6379', 'hunter22'],
    ['an API token', `token ${token} refused`, token],
    ['a session token', `fhs_${'x'.repeat(43)}`, 'xxxxx'],
    ['a bearer header', 'Authorization: Bearer abcdef123456', 'abcdef123456'],
    ['a confirm token in an address', 'DELETE /api/databases/ab12cd34?confirm_token=c0nf1rm-t0k3n&on_apps=detach', 'c0nf1rm'],
    ['a field of JSON', '{"password":"correct horse","name":"Ada"}', 'correct horse'],
    ['a field of JSON with quotes inside', '{"connection_uri":"say \\"friend\\" and enter"}', 'friend'],
    ['a field of JSON inside a string of JSON', JSON.stringify({ message: JSON.stringify({ password: 'nested secret' }) }), 'nested secret'],
    ['a stored password', '{"mongo_password":"s3cr3ts3cr3t"}', 's3cr3t'],
  ])('takes out %s', (_, text, secret) => {
    const scrubbed = scrub(text);
    expect(scrubbed).not.toContain(secret);
    expect(scrubbed).toContain('[secret]');
  });

  it.each([
    'GET /api/databases/ab12cd34 answered 200', 'mongodb://db.example.org:27017/shop', 'https://example.org/a@b', '{"token_id":"abc","name":"x"}', 'the password was wrong',
  ])('leaves "%s" alone', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it('keeps a line of JSON one', () => {
    const line = JSON.stringify({ event: 'x', uri: 'mongodb://u:p"w@h/', password: 'a"b\\c', nested: { authorization: 'Bearer zzzzzzzzzzzz' } });
    expect(() => JSON.parse(scrub(line)) as unknown).not.toThrow();
  });

  it('takes time in proportion to the text, whatever is in it', () => {
    const nasty = [`mongodb://${'a'.repeat(100_000)}`, `"password":"${'\\'.repeat(100_000)}`, 'a:'.repeat(50_000), 'fh_'.repeat(30_000)].join(' ');
    expect(scrub(nasty).length).toBeGreaterThan(0);
  });
});

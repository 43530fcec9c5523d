// PCRE's patterns are translated; what has no translation is refused rather than matched otherwise.
import { expect, it } from 'vitest';
import { describeRefusals, find, startedEngine } from './refusals.fixture.js';

describeRefusals('a pattern', [
  ['has no possessive quantifiers', find({ a: { $regex: 'a++b' } }), 51091, /possessive quantifiers are not supported/u],
  ['has no atomic groups', find({ a: { $regex: '(?>a)b' } }), 51091, /\(\?>/u],
  ['does not recurse', find({ a: { $regex: '(a(?R)?b)' } }), 51091, /\(\?R/u],
  ['has no verbs', find({ a: { $regex: '(*FAIL)' } }), 51091, /\(\*/u],
]);

const engine = startedEngine();

it.each([
  ['(?i)ana', 'ANA'], ['^\\Aa', 'ab'], ['[[:digit:]]+$', 'x12'], ['\\x61\\z', 'ba'], ['(?<word>a)\\k<word>', 'aa'],
])('the PCRE pattern %s is understood', async (pattern, text) => {
  const texts = engine().client.db('differences').collection('texts');
  await texts.deleteMany({});
  await texts.insertOne({ text });
  expect(await texts.countDocuments({ text: { $regex: pattern } })).toBe(1);
});
